/**
 * The axis that is joined: its names in the result, and where each input's positions go.
 *
 * @module
 */
import { IncompatibleInputsError } from "../base/errors.ts";
import { rowCount, rowText, type Strings } from "../base/strings.ts";
import { sizeOf, type ValuesSize } from "../base/values.ts";
import type { Draft } from "./draft.ts";
import { duplicates, joinIndexes } from "./join.ts";

/** The inputs' indexes of one axis, equal ones once. */
export interface Distinct {
  /** The distinct indexes; empty where all inputs have the same. */
  readonly indexes: readonly Strings[];
  /** Which of `indexes` each input has. */
  readonly indexOf: readonly number[];
}

/** A joined axis. */
export interface Joined {
  /** Its length. */
  readonly length: number;
  /** Its names, or null where they are those of every input. */
  readonly names: Strings | null;
  /** Where each position of each input goes; null where nothing changes. */
  readonly maps: readonly (Int32Array | null)[];
  /** The indexes that were joined, equal ones once. */
  readonly read: ValuesSize;
  /** How many names they have that differ. */
  readonly distinct: number;
  /** The first name of each of the distinct indexes that have any: what inputs without shared names are told by. */
  readonly examples: readonly string[];
}

/** How many of the joined positions any of `inputs` has. */
export function coverage({ length, maps }: Joined, inputs: readonly number[]): number {
  const own = inputs.map((input) => maps[input] ?? null);
  if (own.length === 0) return 0;
  if (own.includes(null)) return length;
  const covered = new Uint8Array(length);
  for (const map of own) for (const to of map ?? []) if (to >= 0) covered[to] = 1;
  return covered.reduce((sum, one) => sum + one, 0);
}

/** An axis that is to be joined. */
export interface JoinInputs {
  /** What messages call it: `obs`, `var` or `raw/var`. */
  readonly what: string;
  /** The inputs' names for messages. */
  readonly sources: readonly string[];
  readonly distinct: Distinct;
  /** How many names there are where all inputs have the same. */
  readonly length: number;
  readonly join: "inner" | "outer";
}

/** Join the indexes of an axis. */
export function joinAxis({ what, sources, distinct, length, join }: JoinInputs): Joined {
  const { indexes, indexOf } = distinct;
  if (indexes.length < 2) {
    return {
      length,
      names: null,
      maps: indexOf.map(() => null),
      read: sizeOf([]),
      distinct: 0,
      examples: [],
    };
  }
  const { reindexes, repeating: [repeats], ...made } = joinIndexes(indexes, join);
  if (repeats !== undefined) {
    throw notUnique(what, indexes[repeats] as Strings, sources[indexOf.indexOf(repeats)] ?? "");
  }
  const examples = indexes.filter((index) => rowCount(index) > 0).map((index) => rowText(index, 0));
  const read = sizeOf(indexes), maps = indexOf.map((index) => reindexes[index] ?? null);
  return { ...made, length: rowCount(made.names), maps, read, examples };
}

/** Say so where a join has left nothing, and why that may be. */
export function noteJoin(draft: Draft, what: string, { names, examples }: Joined): void {
  const [one, other] = examples;
  if (names === null || rowCount(names) > 0 || one === undefined) return;
  const shown = other === undefined ? "one has none" : `"${one}" in one, "${other}" in another${reason(one, other)}`;
  draft.note("dropped", what, `the inputs share no ${what} names (${shown}); --join outer would keep all of them`);
}

/** Why genes of two inputs may have nothing in common. */
function reason(one: string, other: string): string {
  const isId = [one, other].map((name) => /^ENS[A-Z]*[GT]\d+/.test(name));
  if (isId[0] !== isId[1]) return ": Ensembl ids beside symbols?";
  const organisms = [one, other].map((name) => /^ENS([A-Z]*)[GT]\d+/.exec(name)?.[1]);
  const isOtherCase = /^[A-Z0-9.-]+$/.test(one) !== /^[A-Z0-9.-]+$/.test(other);
  return (isId[0] && organisms[0] !== organisms[1]) || isOtherCase ? ": another organism?" : "";
}

function notUnique(what: string, index: Strings, source: string): IncompatibleInputsError {
  const { count, names } = duplicates(index);
  const shown = names.map((name) => `"${name}"`).join(", ") + (count > names.length ? ", …" : "");
  return new IncompatibleInputsError(
    `Cannot reindex ${what} of ${source}: ${count} ${what} names are duplicates (${shown}); make them unique first`,
    { source, element: what },
  );
}
