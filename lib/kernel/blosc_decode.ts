import * as kernel from "./kernel.wasm";
import { wouldSplit } from "./blosc_blocks.ts";
import { type BloscHeader, bloscHeader, HEADER_BYTES, refuse } from "./blosc_header.ts";
import { decodeStream } from "./blosc_streams.ts";
import { layOut, MAX_BLOCK, view } from "./scratch.ts";
import { tileElements } from "./shuffle.ts";

/**
 * Decodes a Blosc 1 frame into exactly as many bytes as its header says.
 * Hostile frames make an Error, or wrong bytes, but nothing worse.
 */
export function bloscDecode(encoded: Uint8Array, into: Uint8Array): void {
  const header = bloscHeader(encoded);
  if (header.bytes !== into.length) {
    refuse(`it has ${header.bytes} decoded bytes, not the ${into.length} expected`);
  }
  if (header.memcpyed) {
    into.set(encoded.subarray(HEADER_BYTES, HEADER_BYTES + header.bytes));
  } else if (header.bytes > 0) decodeBlocks(header, encoded, into);
}

/** Kernel addresses, each with room for a block. */
interface Room {
  /** Decoded streams. */
  readonly streams: number;
  /** Byte planes, where the streams are rows of bits. */
  readonly planes: number;
  /** An encoded stream. */
  readonly via: number;
  /** A tile of elements. */
  readonly tile: number;
}

function decodeBlocks(header: BloscHeader, encoded: Uint8Array, into: Uint8Array): void {
  const { blocksize, typesize, bytes, split } = header;
  if (blocksize > MAX_BLOCK) refuse(`its block size is ${blocksize}, above ${MAX_BLOCK}`);
  const full = split && wouldSplit(typesize, blocksize) ? typesize : 1;
  if (blocksize % full !== 0) refuse(`its block size ${blocksize} is no multiple of ${typesize}`);

  // a leftover block is never split
  const longest = Math.max(bytes < blocksize ? 0 : blocksize / full, bytes % blocksize);
  const [streams = 0, planes = 0, via = 0, tile = 0] = layOut(
    blocksize,
    header.shuffle === 2 ? blocksize : 0,
    encodedLimit(longest),
    header.shuffle === 0 ? 0 : tileElements(typesize) * typesize,
  );
  const room = { streams, planes, via, tile };
  const starts = new DataView(encoded.buffer, encoded.byteOffset, encoded.length);
  const blockCount = Math.ceil(bytes / blocksize);
  for (let block = 0; block < blockCount; block++) {
    const start = starts.getUint32(HEADER_BYTES + 4 * block, true);
    const from = block * blocksize, to = Math.min(from + blocksize, bytes);
    const streamCount = to - from === blocksize ? full : 1;
    decodeBlock(header, room, encoded, { block, start, streamCount }, into.subarray(from, to));
  }
}

/** No stream is longer: Snappy's worst case, the others are stored as they are. */
function encodedLimit(bytes: number): number {
  return bytes + Math.ceil(bytes / 6) + 64;
}

function decodeBlock(
  header: BloscHeader,
  room: Room,
  encoded: Uint8Array,
  at: { readonly block: number; readonly start: number; readonly streamCount: number },
  into: Uint8Array,
): void {
  const data = new DataView(encoded.buffer, encoded.byteOffset, encoded.length);
  const bytes = into.length / at.streamCount;
  let offset = at.start;
  for (let stream = 0; stream < at.streamCount; stream++) {
    const name = () => `block ${at.block}, stream ${stream}`;
    if (offset > encoded.length - 4) refuse(`${name()} starts after its end`);
    const length = data.getUint32(offset, true);
    offset += 4;
    if (length > encoded.length - offset) refuse(`${name()} goes past its end`);
    if (length > encodedLimit(bytes)) refuse(`${name()} takes ${length} for ${bytes} bytes`);
    const source = encoded.subarray(offset, offset + length);
    offset += length;

    const to = room.streams + stream * bytes;
    // a stream that did not shrink is stored as it is (blosc_c)
    if (length === bytes) {
      if (header.shuffle === 0) into.set(source, stream * bytes);
      else view(to, bytes).set(source);
      continue;
    }
    try {
      decodeStream(header.cname, source, to, bytes, room.via);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot decode Blosc frame: ${name()} is not ${header.cname}: ${why}`, {
        cause,
      });
    }
    if (header.shuffle === 0) into.set(view(to, bytes), stream * bytes);
  }
  if (header.shuffle !== 0) orderBlock(header, room, into);
}

/** Undoes the shuffle from the block's streams to `into`. */
function orderBlock(header: BloscHeader, room: Room, into: Uint8Array): void {
  const { typesize } = header;
  const count = Math.floor(into.length / typesize);
  let from = room.streams;
  if (header.shuffle === 2) {
    // blosc_internal_bitshuffle leaves such blocks as they are
    if (count === 0 || count % 8 !== 0) {
      into.set(view(room.streams, into.length));
      return;
    }
    kernel.bitPlanes(room.streams, room.planes, count, typesize);
    from = room.planes;
  }
  const step = tileElements(typesize);
  for (let first = 0; first < count; first += step) {
    const n = Math.min(step, count - first);
    kernel.unshuffle(from + first, room.tile, n, typesize, count);
    into.set(view(room.tile, n * typesize), first * typesize);
  }
  const rest = count * typesize;
  into.set(view(room.streams + rest, into.length - rest), rest);
}
