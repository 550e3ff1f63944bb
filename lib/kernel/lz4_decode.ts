// Bare LZ4 blocks of any length, through windows of fixed size: the kernel
// decodes the sequences that lie whole in a window, and the rare one that is
// longer than a window is copied here.

import * as kernel from "./kernel.wasm";
import { layOut, reason, view } from "./scratch.ts";

/** How far back matches reach. */
const HISTORY = 65536;

/** Encoded and decoded bytes per window. */
const WINDOW = 512 * 1024;

const BAD_DISTANCE = -3;

/** Decodes an LZ4 block (no frame, no length before it) of exactly `into.length` bytes. */
export function lz4Decode(encoded: Uint8Array, into: Uint8Array): void {
  const [inAt = 0, historyAt = 0] = layOut(
    Math.min(encoded.length, WINDOW),
    HISTORY + Math.min(into.length, WINDOW),
  );
  const outAt = historyAt + HISTORY;
  let ip = 0, op = 0;
  while (true) {
    const source = encoded.subarray(ip, ip + WINDOW);
    const history = into.subarray(Math.max(0, op - HISTORY), op);
    const room = Math.min(WINDOW, into.length - op);
    view(inAt, source.length).set(source);
    view(outAt - history.length, history.length).set(history);
    const code = kernel.lz4Decode(inAt, source.length, outAt, room, history.length);
    const whole = ip + source.length === encoded.length && op + room === into.length;
    if (code === BAD_DISTANCE || (whole && code !== 0)) refuse(reason(code));

    const written = whole ? room : kernel.lz4Written();
    into.set(view(outAt, written), op);
    op += written;
    if (whole) return;
    const read = kernel.lz4Read();
    ip += read;
    if (read === 0) {
      const next = copySequence(encoded, ip, into, op);
      if (next === undefined) return;
      ({ ip, op } = next);
    }
  }
}

/** One sequence of any length; undefined if it was the last. */
function copySequence(
  encoded: Uint8Array,
  start: number,
  into: Uint8Array,
  filled: number,
): { ip: number; op: number } | undefined {
  let ip = start, op = filled;
  const byte = () => encoded[ip++] ?? refuse(reason(-1));
  const lengthOf = (field: number) => {
    let length = field;
    for (let more = field === 15 ? 255 : 0; more === 255;) {
      more = byte();
      length += more;
    }
    return length;
  };
  const token = byte();
  const literals = lengthOf(token >> 4);
  if (literals > encoded.length - ip) refuse(reason(-1));
  if (literals > into.length - op) refuse(reason(-2));
  into.set(encoded.subarray(ip, ip + literals), op);
  ip += literals;
  op += literals;
  if (ip === encoded.length) return op === into.length ? undefined : refuse(reason(-4));

  const distance = byte() | byte() << 8;
  const length = lengthOf(token & 15) + 4;
  if (length > into.length - op) refuse(reason(-2));
  if (distance === 0 || distance > op) refuse(reason(BAD_DISTANCE));
  // what is copied doubles each time, so that it may overlap itself
  const from = op - distance, end = op + length;
  while (op < end) {
    const part = Math.min(op - from, end - op);
    into.copyWithin(op, from, from + part);
    op += part;
  }
  return { ip, op };
}

function refuse(why: string): never {
  throw new Error(`Cannot decode LZ4 block: ${why}`);
}
