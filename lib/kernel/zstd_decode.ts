// Zstandard frames of few bytes, where node:zlib takes longest to get ready.

import * as kernel from "./kernel.wasm";
import { layOut, reason, view } from "./scratch.ts";
import { blockHeader, MOST_BLOCK, type ZstdBlock, type ZstdFrame, zstdFrame } from "./zstd_frame.ts";

/** Up to so many decoded bytes this is faster than node:zlib: the more there are, the less its start matters. */
export const FEW_BYTES = 32768;

/** Kernel memory that a frame is decoded in. */
interface Room {
  /** For a block that is encoded: as many bytes as the frame has, or as blocks may have. */
  readonly via: number;
  /** For what it decodes to. */
  readonly to: number;
  readonly bytes: number;
}

/** Decodes the first frame of `encoded` to `into`; how many bytes it has. A `RangeError` where they are more, or wrong. */
export function zstdDecode(encoded: Uint8Array, into: Uint8Array): number {
  const [via = 0, to = 0] = layOut(Math.min(encoded.length, MOST_BLOCK), into.length);
  const bytes = zstdDecodeAt(encoded, { via, to, bytes: into.length });
  into.set(view(to, bytes));
  return bytes;
}

/** As {@linkcode zstdDecode}, to where `room` says. */
export function zstdDecodeAt(encoded: Uint8Array, room: Room): number {
  const frame = zstdFrame(encoded);
  if (frame === undefined) throw new RangeError("it does not start as zstd does");
  if (frame.end === undefined) throw new RangeError("its zstd frame is cut off");
  if (frame.isForeign) throw new RangeError("it needs a dictionary, or a newer reader of zstd");
  const data = new DataView(encoded.buffer, encoded.byteOffset, encoded.length);
  const bytes = decodeBlocks(encoded, data, frame, room), said = frame.contentBytes ?? bytes;
  if (bytes !== said) throw new RangeError(`its zstd header says ${said} bytes and it has ${bytes}`);
  const isRight = !frame.hasChecksum || kernel.xxh64(room.to, bytes) >>> 0 === data.getUint32(frame.end - 4, true);
  if (!isRight) throw new RangeError("its checksum is wrong");
  return bytes;
}

function decodeBlocks(encoded: Uint8Array, data: DataView, frame: ZstdFrame, room: Room): number {
  kernel.zstdDecodeStart();
  let done = 0;
  for (let at = frame.start, last = false; !last;) {
    const block = blockHeader(data, at), start = at + 3;
    at = start + block.stored;
    done += decodeBlock(block, encoded.subarray(start, at), frame.blockBytes, room, done);
    last = block.isLast;
  }
  return done;
}

/** Decodes a block that comes after `done` bytes; how many it has. */
function decodeBlock(block: ZstdBlock, stored: Uint8Array, most: number, room: Room, done: number): number {
  const { kind, size } = block, to = room.to + done, left = Math.min(most, room.bytes - done);
  if (size > (kind === "coded" ? most : left)) throw new RangeError(reason(-2));
  if (kind === "coded") {
    view(room.via, size).set(stored);
    const code = kernel.zstdDecodeBlock(room.via, size, to, left, room.to);
    if (code < 0) throw new RangeError(reason(code));
    return code;
  }
  if (kind === "raw") view(to, size).set(stored);
  else view(to, size).fill(stored[0] ?? 0);
  return size;
}
