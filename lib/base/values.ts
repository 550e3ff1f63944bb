/**
 * Lists of values: texts as bytes, numbers as they are.
 *
 * @module
 */
import { fromTexts, isStrings, rowCount, type Strings, toTexts } from "./strings.ts";

/** A list of values of one type. */
export type Values = Strings | readonly (number | boolean)[];

/** How many there are. */
export function countOf(values: Values): number {
  return isStrings(values) ? rowCount(values) : values.length;
}

/** How many values there are, and the bytes that they have together. */
export interface ValuesSize {
  readonly count: number;
  readonly bytes: number;
}

/** The size of all of `lists` together. */
export function sizeOf(lists: readonly Values[]): ValuesSize {
  return total(lists.map((list) => (
    { count: countOf(list), bytes: isStrings(list) ? list.bytes.length : Float64Array.BYTES_PER_ELEMENT * list.length }
  )));
}

/** All of `sizes` together. */
export function total(sizes: readonly ValuesSize[]): ValuesSize {
  return sizes.reduce((sum, { count, bytes }) => ({ count: sum.count + count, bytes: sum.bytes + bytes }), {
    count: 0,
    bytes: 0,
  });
}

/** All of them, as JavaScript has them: for what is small. */
export function listOf(values: Values): readonly (string | number | boolean)[] {
  return isStrings(values) ? toTexts(values) : values;
}

/** All of them as text. */
export function textsOf(values: Values): Strings {
  return isStrings(values) ? values : fromTexts(values.map(String));
}

/** Whether both are the same values in the same order. */
export function areSame(a: Values, b: Values): boolean {
  if (isStrings(a)) return isStrings(b) && same(a.offsets, b.offsets) && same(a.bytes, b.bytes);
  return !isStrings(b) && same(a, b);
}

function same(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
