// The first half of a Zstandard block, RFC 8878, section 3.1.1.3.1: bytes that are copied.

import { BAD_CODE, INPUT_ENDS, OUTPUT_FULL } from "./errors.as.ts";
import { decodeFour, decodeOne, readHuffman } from "./zstd_decode_huffman.as.ts";

/** As many as a block may have, and room for wide copies from them. */
const LITERALS: usize = memory.data(131072 + 64, 16);

/** Where they are, and where the block goes on behind them. */
let from: usize = 0;
let bytes: usize = 0;
let next: usize = 0;

/** Whether the frame has had a Huffman code, that a block may use again. */
let hasCode = false;

export function literals(): usize {
  return from;
}
export function literalsEnd(): usize {
  return from + bytes;
}
export function literalsNext(): usize {
  return next;
}

export function startLiterals(): void {
  hasCode = false;
}

/** Reads literals, `most` at most, which is 131072 at most; 0 or a negative reason. */
export function readLiterals(src: usize, end: usize, most: usize): i32 {
  if (end - src < 2) return INPUT_ENDS;
  // what of this is behind the end says that the literals end there, too
  const head = load<u64>(src), kind = <u32> head & 3, format = <u32> (head >> 2) & 3;
  let code = 0;
  if (kind < 2) {
    const headBytes: usize = format == 1 ? 2 : format == 3 ? 3 : 1;
    bytes = <usize> (format == 1 ? head >> 4 & 0xfff : format == 3 ? head >> 4 & 0xfffff : head >> 3 & 31);
    from = src + headBytes;
    next = from + (kind == 0 ? bytes : 1);
    code = check(end, most);
    if (code != 0 || kind == 0) return code;
    memory.fill(LITERALS, load<u8>(from), bytes);
    from = LITERALS;
    return 0;
  }
  const sizeBits: u64 = format < 2 ? 10 : format == 2 ? 14 : 18, mask = (<u64> 1 << sizeBits) - 1;
  let at = src + (format < 2 ? 3 : format == 2 ? 4 : 5);
  bytes = <usize> (head >> 4 & mask);
  next = at + <usize> (head >> (4 + sizeBits) & mask);
  from = LITERALS;
  code = check(end, most);
  if (code != 0) return code;
  if (kind == 2) {
    at = readHuffman(at, next);
    hasCode = at != 0;
  }
  if (!hasCode) return BAD_CODE;
  const isRight = format == 0 ? decodeOne(at, next, LITERALS, bytes) : decodeFour(at, next, LITERALS, bytes);
  return isRight ? 0 : BAD_CODE;
}

function check(end: usize, most: usize): i32 {
  return bytes > most ? OUTPUT_FULL : next > end ? INPUT_ENDS : 0;
}
