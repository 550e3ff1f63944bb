/**
 * Comparing what was written with what is expected: as `anncat check` does, and encodings count as they are written.
 *
 * @module
 */
import { compareExactly } from "../lib/check/check.ts";
import type { Difference } from "../lib/check/difference.ts";
import { differenceLines } from "../lib/check/text.ts";
import type { Group } from "../lib/storage/node.ts";

/** What is compared. */
export interface CompareOptions {
  /**
   * The elements at the root that count.
   * @default all
   */
  readonly slots?: readonly string[];
}

/** Compare `got` (A) with `expected` (B); nothing is found where they are the same. */
export async function compareStores(
  got: Group,
  expected: Group,
  { slots }: CompareOptions = {},
): Promise<readonly Difference[]> {
  return await compareExactly(got, expected, slots);
}

/** A difference for people. */
export function differenceText(difference: Difference): string {
  return differenceLines(difference).join("\n");
}
