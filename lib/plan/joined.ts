/**
 * The axis that is joined: its names in the result, and where each input's positions go.
 *
 * @module
 */
import { IncompatibleInputsError } from "../base/errors.ts";
import { rowCount, type Strings } from "../base/strings.ts";
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
}

/** Join the indexes of `what` (`obs`, `var` or `raw/var`), which have `length` names where all are the same. */
export function joinAxis(draft: Draft, what: string, { indexes, indexOf }: Distinct, length: number): Joined {
  if (indexes.length < 2) return { length, names: null, maps: indexOf.map(() => null) };
  indexes.forEach((index, number) => checkUnique(draft, what, index, indexOf.indexOf(number)));
  const { names, reindexes } = joinIndexes(indexes, draft.options.join);
  if (rowCount(names) === 0) {
    draft.note("info", what, `the inputs share no ${what} names; --join outer would keep all of them`);
  }
  return { length: rowCount(names), names, maps: indexOf.map((index) => reindexes[index] ?? null) };
}

function checkUnique(draft: Draft, what: string, index: Strings, input: number): void {
  const { count, names } = duplicates(index);
  if (count === 0) return;
  const shown = names.map((name) => `"${name}"`).join(", ") + (count > names.length ? ", …" : "");
  throw new IncompatibleInputsError(
    `Cannot reindex ${what} of ${draft.inputName(input)}: ${count} ${what} names are duplicates (${shown}); ` +
      `make them unique first`,
    { source: draft.inputName(input), element: what },
  );
}
