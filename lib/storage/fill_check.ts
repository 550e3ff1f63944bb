/**
 * Telling whether a chunk holds nothing but the fill value, and need not be stored.
 *
 * @module
 */
import { rowBytes, rowCount, type Strings, utf8 } from "../base/strings.ts";
import { fillBytes, fillText } from "./fill.ts";
import type { ArraySpec } from "./node.ts";

/** A check that leaves at the first element which is not the fill value. Bytes are compared: -0 is not 0. */
export function fillCheck({ dtype, fill }: ArraySpec): (elements: Uint8Array | Strings) => boolean {
  if (dtype === "string") {
    const text = utf8(fillText(fill));
    return (strings) => !(strings instanceof Uint8Array) && isAll(strings, text);
  }
  const one = fillBytes(dtype, fill);
  // Compared eight bytes at a time where items divide them.
  const word = 8 % one.length === 0 ? repeated(one, 8) : one;
  return (bytes) => bytes instanceof Uint8Array && isRepeated(bytes, word);
}

function isAll(strings: Strings, text: Uint8Array): boolean {
  const { offsets, bytes } = strings;
  const total = (offsets.at(-1) ?? 0) - (offsets[0] ?? 0);
  if (total !== rowCount(strings) * text.length) return false;
  if (text.length === 0) return true;
  for (let row = 0; row < rowCount(strings); row++) {
    const found = rowBytes({ offsets, bytes }, row);
    if (found.length !== text.length || found.some((byte, i) => byte !== text[i])) return false;
  }
  return true;
}

function isRepeated(bytes: Uint8Array, word: Uint8Array<ArrayBuffer>): boolean {
  let at = 0;
  if (word.length === 8 && bytes.byteOffset % 8 === 0) {
    const [low, high] = new Uint32Array(word.buffer, word.byteOffset, 2) as unknown as [number, number];
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 3 << 1);
    for (let i = 0; i < words.length; i += 2) if (words[i] !== low || words[i + 1] !== high) return false;
    at = words.length * 4;
  }
  for (; at < bytes.length; at++) if (bytes[at] !== word[at % word.length]) return false;
  return true;
}

function repeated(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length] ?? 0);
}
