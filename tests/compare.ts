/**
 * Comparing what was written with what is expected: as `anncat check` does, and encodings count as they are written.
 *
 * @module
 */
import { compareRoots } from "../lib/check/compare.ts";
import type { Difference } from "../lib/check/difference.ts";
import { Job } from "../lib/check/job.ts";
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
  const options = { rtol: 0, exact: true, ignore: [], examples: 1, memory: 2 ** 30, reserved: 0, signal: undefined };
  const job = new Job(options);
  await compareRoots(job, got, expected, slots);
  job.pool.clear();
  return job.differences;
}

/** A difference for people. */
export function differenceText(difference: Difference): string {
  return differenceLines(difference).join("\n");
}
