// Bare LZ4 blocks of any length, through windows of fixed size: no match
// crosses the start of a window, which costs less than a part in a hundred.

import * as kernel from "./kernel.wasm";
import { layOut, view } from "./scratch.ts";

const WINDOW = 512 * 1024;

/** LZ4's LZ4_MAX_INPUT_SIZE. */
const MAX_BYTES = 0x7E000000;

/** What `lz4Encode` may write at most. */
export function lz4Bound(bytes: number): number {
  return bytes + Math.floor(bytes / 255) + 16;
}

/**
 * Encodes an LZ4 block (no frame, no length before it) and returns its length;
 * `into` has at least `lz4Bound` bytes. `acceleration` 1 is LZ4's own default.
 */
export function lz4Encode(decoded: Uint8Array, into: Uint8Array, acceleration = 1): number {
  const bytes = decoded.length;
  if (bytes > MAX_BYTES) throw new RangeError(`Cannot encode LZ4 block: ${bytes} bytes are above ${MAX_BYTES}`);
  if (into.length < lz4Bound(bytes)) {
    throw new RangeError(`Cannot encode LZ4 block: ${bytes} bytes need ${lz4Bound(bytes)}, not ${into.length}`);
  }
  const window = Math.min(bytes, WINDOW);
  // the kernel's own bound for a sequence is wider than lz4Bound
  const [from = 0, to = 0] = layOut(window, 2 * window + 64);
  // `literals` before `at` are in no sequence yet
  let at = 0, literals = 0, end = 0;
  while (true) {
    const part = decoded.subarray(at, at + WINDOW);
    const last = at + part.length === bytes;
    view(from, part.length).set(part);
    const length = kernel.lz4Encode(from, part.length, to, 2 * window + 64, clamp(acceleration), last ? 1 : 0);
    const sequences = view(to, length);
    if (length > 0) {
      end = literals === 0 ? put(sequences, into, end) : splice(sequences, decoded, at - literals, literals, into, end);
    }
    if (last) return end;
    const covered = kernel.lz4Covered();
    literals = covered === 0 ? literals + part.length : part.length - covered;
    at += part.length;
  }
}

/** As LZ4_compress_fast: 1 to 65537. */
function clamp(acceleration: number): number {
  return Math.min(Math.max(Math.trunc(acceleration), 1), 65537);
}

function put(sequences: Uint8Array, into: Uint8Array, end: number): number {
  into.set(sequences, end);
  return end + sequences.length;
}

/** Puts `more` literals, from `start`, before those of the first sequence. */
function splice(
  sequences: Uint8Array,
  decoded: Uint8Array,
  start: number,
  more: number,
  into: Uint8Array,
  end: number,
): number {
  let ip = 0, op = end;
  const byte = () => sequences[ip++] ?? 0;
  const token = byte();
  let own = token >> 4;
  for (let next = own === 15 ? 255 : 0; next === 255;) {
    next = byte();
    own += next;
  }
  const literals = own + more;
  into[op++] = Math.min(literals, 15) << 4 | token & 15;
  if (literals >= 15) {
    const full = Math.floor((literals - 15) / 255);
    into.fill(255, op, op + full);
    op += full;
    into[op++] = literals - 15 - 255 * full;
  }
  into.set(decoded.subarray(start, start + literals), op);
  return put(sequences.subarray(ip + own), into, op + literals);
}
