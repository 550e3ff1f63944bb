/**
 * Merging mappings: which input's value stays under each name.
 *
 * Source: anndata `merge_nested` with `merge_same`, `merge_unique`, `merge_first`, `merge_only`.
 *
 * @module
 */

import { valueUnder } from "../base/record.ts";
import type { MergeStrategy } from "../options.ts";

/** A value of one input. */
export interface Candidate<T> {
  /** The number of the input. */
  readonly input: number;
  readonly value: T;
}

/** What a merge works on. */
export interface MergeRules<T> {
  readonly strategy: MergeStrategy;
  /** Whether two values are the same. */
  readonly same: (a: Candidate<T>, b: Candidate<T>) => boolean;
  /** What a value holds that is a mapping itself; null for any other. */
  readonly children: (value: T) => Readonly<Record<string, T>> | null;
  /** Told of each name that does not stay, by its path in the mapping, and why. */
  readonly lost: (path: readonly string[], why: string) => void;
}

/** What stays under a name: an input's value, or a mapping of such. */
export type Kept<T> =
  | { readonly kind: "value"; readonly input: number; readonly value: T }
  | { readonly kind: "mapping"; readonly children: ReadonlyMap<string, Kept<T>> };

/** Merge the mappings `inputs`. */
export function mergeMappings<T>(
  inputs: readonly Candidate<Readonly<Record<string, T>>>[],
  rules: MergeRules<T>,
  path: readonly string[] = [],
): ReadonlyMap<string, Kept<T>> {
  const kept = new Map<string, Kept<T>>();
  for (const name of keysOf(inputs, rules.strategy)) {
    const own = inputs.flatMap(({ input, value }): Candidate<T>[] => {
      const found = valueUnder(value, name);
      return found === undefined ? [] : [{ input, value: found }];
    });
    const result = mergeValues(own, inputs.length, rules, [...path, name]);
    if (result !== null) kept.set(name, result);
  }
  return kept;
}

/** `same` follows the last input's order, all others the first that has a name. Names that cannot stay come too. */
function keysOf<T>(inputs: readonly Candidate<Readonly<Record<string, T>>>[], strategy: MergeStrategy): string[] {
  const lists = inputs.map(({ value }) => Object.keys(value));
  return [...new Set((strategy === "same" ? lists.toReversed() : lists).flat())];
}

function mergeValues<T>(
  own: readonly Candidate<T>[],
  count: number,
  rules: MergeRules<T>,
  path: readonly string[],
): Kept<T> | null {
  if (rules.strategy === "same" && own.length < count) {
    rules.lost(path, "some inputs have none");
    return null;
  }
  const mappings = own.flatMap(({ input, value }) => {
    const children = rules.children(value);
    return children === null ? [] : [{ input, value: children }];
  });
  if (mappings.length === own.length) {
    const children = mergeMappings(mappings, rules, path);
    return children.size === 0 ? null : { kind: "mapping", children };
  }
  const chosen = choose(own, rules);
  if (typeof chosen !== "string") return { kind: "value", ...chosen };
  rules.lost(path, chosen);
  return null;
}

/** The value that stays, or why none does. */
function choose<T>(own: readonly Candidate<T>[], { strategy, same }: MergeRules<T>): Candidate<T> | string {
  const [first, ...others] = own;
  if (first === undefined) return "no input has any";
  switch (strategy) {
    case "first":
      return first;
    case "only":
      return others.length === 0 ? first : "more than one input has it";
    case "same":
    case "unique":
      return others.every((other) => same(other, first)) ? first : "the inputs differ";
  }
}
