// The literals of a Zstandard block, RFC 8878, section 3.1.1.3.1: as they are,
// one byte for all, in a Huffman code of their own, or in the one before.

import { countBytes, countOf, countParts, MANY, total } from "./zstd_encode_counts.as.ts";
import { log256 } from "./zstd_encode_fse.as.ts";
import { addSymbol, codeBits, kinds, makeCode, putStream, putWeights, startCode } from "./zstd_encode_huffman.as.ts";

/** Fewer literals are not worth a code. */
const LEAST: usize = 32;

/** Whether the code that the decoder has by now has codes for all bytes. */
let isComplete = false;

/** No code is known. */
export function forgetCode(): void {
  isComplete = false;
}

/** Whether a code of the literals' own would not be much better than the one that the decoder has. */
function isCodeRight(src: usize, bytes: usize): bool {
  countParts(src, bytes, 16);
  let coded: u32 = 0, cost: u32 = 0;
  const sum = total(), all = log256(sum);
  for (let i: usize = 0; i < 256; i++) {
    const own = countOf(i);
    if (own == 0) continue;
    coded += own * codeBits(i);
    cost += own * (all - log256(own));
  }
  cost >>= 8;
  return coded <= min(cost + (cost >> 6), sum * 8 - (sum >> 2));
}

/** Writes `bytes` literals from `src`, and returns where they end. */
export function putLiterals(op: usize, src: usize, bytes: usize): usize {
  if (bytes < LEAST) return putRaw(op, src, bytes);
  if (isComplete && bytes >= MANY && isCodeRight(src, bytes)) return putCoded(op, src, bytes, false);
  countBytes(src, bytes);
  startCode();
  // what the code will make of them is a little more than this
  let cost: u64 = 0;
  const sum = total(), all = log256(sum);
  for (let i: u32 = 0; i < 256; i++) {
    const own = countOf(i);
    if (own == 0) continue;
    addSymbol(i, own);
    // no code is shorter than a bit
    cost += <u64> own * max<u32>(256, all - log256(own));
  }
  if (kinds == 1) return putHeader(op, 1, bytes, src);
  if (<u32> (cost >> 11) + (sum >> 6) + (kinds >> 2) > sum) return putRaw(op, src, bytes);
  isComplete = false;
  makeCode();
  return putCoded(op, src, bytes, true);
}

/** Writes literals by the code that was made, with its description or without. */
function putCoded(op: usize, src: usize, bytes: usize, withCode: bool): usize {
  const head: usize = bytes < 1024 ? 3 : bytes < 16384 ? 4 : 5;
  const start = op + head;
  let end = withCode ? putWeights(start) : start;
  if (end == 0) return putRaw(op, src, bytes);
  if (bytes < 256) end = putStream(end, src, bytes);
  else {
    const part = (bytes + 3) >> 2, jumps = end;
    end += 6;
    for (let i: usize = 0; i < 3; i++) {
      const begin = end;
      end = putStream(end, src + i * part, part);
      store<u16>(jumps + 2 * i, <u16> (end - begin));
    }
    end = putStream(end, src + 3 * part, bytes - 3 * part);
  }
  const length = end - start;
  if (length + head >= bytes) return putRaw(op, src, bytes);
  const format: u64 = bytes < 256 ? 0 : head - 2, wide: u64 = head == 3 ? 10 : head == 4 ? 14 : 18;
  const header = (withCode ? 2 : 3) | format << 2 | (<u64> bytes) << 4 | (<u64> length) << (4 + wide);
  for (let i: usize = 0; i < head; i++) store<u8>(op + i, <u8> (header >> (8 * i)));
  if (withCode) isComplete = kinds == 256;
  return end;
}

function putRaw(op: usize, src: usize, bytes: usize): usize {
  op = putHeader(op, 0, bytes, src);
  memory.copy(op, src, bytes);
  return op + bytes;
}

/** The header of raw literals, or of one byte for all with that byte. */
function putHeader(op: usize, kind: usize, bytes: usize, src: usize): usize {
  if (bytes < 32) store<u8>(op++, kind | bytes << 3);
  else if (bytes < 4096) {
    store<u16>(op, <u16> (kind | 1 << 2 | bytes << 4));
    op += 2;
  } else {
    store<u32>(op, <u32> (kind | 3 << 2 | bytes << 4));
    op += 3;
  }
  if (kind == 1) store<u8>(op++, load<u8>(src));
  return op;
}
