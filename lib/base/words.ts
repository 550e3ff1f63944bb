/**
 * Items of any type as words, for code that only moves them: byte by byte takes several times as long.
 *
 * @module
 */

/** Items, each of one or more words. */
export type Words = Uint8Array | Uint16Array | Uint32Array;

/** The items of `item` bytes each in `bytes`, over the same memory where it starts at a multiple of the word. */
export function wordsOf(bytes: Uint8Array, item: number): Words {
  if (item % 2 > 0) return bytes;
  const aligned = bytes.byteOffset % Math.min(4, item) === 0 ? bytes : bytes.slice(), { buffer, byteOffset } = aligned;
  return item % 4 > 0
    ? new Uint16Array(buffer, byteOffset, bytes.length >> 1)
    : new Uint32Array(buffer, byteOffset, bytes.length >> 2);
}

/** How many words an item of `item` bytes is. */
export function wordsPer(item: number): number {
  return item % 4 > 0 ? 1 : item / 4;
}
