/** Memory around what a codec writes, and comparison of many bytes, for its tests. */
import { assertEquals } from "@std/assert";

/** Bytes on either side. */
const GUARD = 100;

/** What `write`, which says how much that is, writes into `length` bytes; nothing else may change. */
export function guarded(
  length: number,
  write: (into: Uint8Array<ArrayBuffer>) => number,
  note = "",
): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length + 2 * GUARD).fill(0xa5);
  const written = write(all.subarray(GUARD, GUARD + length));
  const around = [...all.subarray(0, GUARD), ...all.subarray(GUARD + length)];
  assertEquals(around.every((byte) => byte === 0xa5), true, `wrote outside: ${note}`);
  return all.slice(GUARD, GUARD + written);
}

/** Fail at the first byte that is not the same, without printing all of them. */
export function same(actual: Uint8Array, expected: Uint8Array, note: string): void {
  const first = expected.findIndex((byte, at) => byte !== actual[at]);
  assertEquals([actual.length, first], [expected.length, -1], note);
}
