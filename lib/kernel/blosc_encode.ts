import * as kernel from "./kernel.wasm";
import { divide, MIN_BYTES } from "./blosc_blocks.ts";
import { type BloscName, HEADER_BYTES, MAX_BYTES, writeHeader } from "./blosc_header.ts";
import { type EncodeRoom, encodeStream, encodeTables } from "./blosc_streams.ts";
import { layOut, view } from "./scratch.ts";
import { tileElements } from "./shuffle.ts";

export interface BloscConfig {
  readonly cname: BloscName;
  /** 0 (store) to 9. */
  readonly clevel: number;
  /** 0 none, 1 byte, 2 bit */
  readonly shuffle: 0 | 1 | 2;
  /** 0 chooses one as c-blosc does. */
  readonly blocksize: number;
  /** Above 255 counts as 1, as in c-blosc. */
  readonly typesize: number;
}

/** What `bloscEncode` may write at most. */
export function bloscBound(bytes: number): number {
  return bytes + HEADER_BYTES;
}

/**
 * Encodes a Blosc 1 frame that c-blosc reads, with c-blosc's choice of blocks,
 * and returns its length; `into` has at least `bloscBound` bytes.
 */
export function bloscEncode(decoded: Uint8Array, config: BloscConfig, into: Uint8Array): number {
  const { cname, clevel, shuffle } = config;
  const bytes = decoded.length;
  check(config, bytes, into.length);
  const typesize = config.typesize > 255 ? 1 : config.typesize;
  const { blocksize, split } = divide(bytes, { ...config, typesize });
  let encodedBytes = 0;
  if (clevel > 0 && bytes >= MIN_BYTES) {
    const frame = { ...config, typesize, blocksize, split };
    encodedBytes = encodeBlocks(decoded, frame, into.subarray(0, bloscBound(bytes)));
  }
  const memcpyed = encodedBytes === 0;
  if (memcpyed) {
    into.set(decoded, HEADER_BYTES);
    encodedBytes = bloscBound(bytes);
  }
  writeHeader(into, { cname, shuffle, memcpyed, split, typesize, bytes, blocksize, encodedBytes });
  return encodedBytes;
}

function check(config: BloscConfig, bytes: number, room: number): void {
  const { clevel, typesize } = config;
  const refuse = (why: string) => {
    throw new RangeError(`Cannot encode Blosc frame: ${why}`);
  };
  if (!Number.isInteger(clevel) || clevel < 0 || clevel > 9) {
    refuse(`level is ${clevel}, must be 0 to 9`);
  }
  if (!Number.isInteger(typesize) || typesize < 1) {
    refuse(`type size is ${typesize}, must be 1 or more`);
  }
  if (bytes > MAX_BYTES) refuse(`${bytes} bytes are above ${MAX_BYTES}`);
  if (room < bloscBound(bytes)) refuse(`${bytes} bytes need ${bloscBound(bytes)}, not ${room}`);
}

interface Frame extends BloscConfig {
  readonly split: boolean;
}

/** Kernel addresses. */
interface Room extends EncodeRoom {
  /** A block as its streams will have it. */
  readonly streams: number;
  /** Byte planes, before they become rows of bits. */
  readonly planes: number;
  /** A tile of elements. */
  readonly tile: number;
}

/** The whole length, or 0 where the frame would not fit. */
function encodeBlocks(decoded: Uint8Array, frame: Frame, into: Uint8Array): number {
  const { blocksize, typesize } = frame;
  const bytes = decoded.length;
  // a leftover block is never split
  const longest = Math.max(frame.split ? blocksize / typesize : blocksize, bytes % blocksize);
  const [streams = 0, planes = 0, via = 0, tables = 0, tile = 0] = layOut(
    blocksize,
    frame.shuffle === 2 ? blocksize : 0,
    longest,
    encodeTables(frame.cname),
    frame.shuffle === 0 ? 0 : tileElements(typesize) * typesize,
  );
  const room = { streams, planes, via, tables, tile };
  const data = new DataView(into.buffer, into.byteOffset, into.length);
  const blockCount = Math.ceil(bytes / blocksize);
  // the streams that did not shrink in the block before: the bytes of a mantissa, say
  const dull = new Uint8Array(typesize);
  let end = HEADER_BYTES + 4 * blockCount;
  if (end > into.length) return 0;
  for (let block = 0; block < blockCount; block++) {
    data.setUint32(HEADER_BYTES + 4 * block, end, true);
    const part = decoded.subarray(block * blocksize, (block + 1) * blocksize);
    orderBlock(part, frame, room);
    const streamCount = frame.split && part.length === blocksize ? typesize : 1;
    const streamBytes = part.length / streamCount;
    for (let stream = 0; stream < streamCount; stream++) {
      const from = streams + stream * streamBytes, to = end + 4;
      if (to >= into.length) return 0;
      const hope = dull[stream] === 0 ? "some" : "little";
      let length = encodeStream(frame, { from, bytes: streamBytes, hope }, room, into.subarray(to));
      dull[stream] = Number(length === 0);
      if (length === 0) {
        if (to + streamBytes > into.length) return 0;
        into.set(view(from, streamBytes), to);
        length = streamBytes;
      }
      data.setUint32(end, length, true);
      end = to + length;
    }
  }
  return end;
}

/** Copies a block to `room.streams`, shuffled as the frame asks. */
function orderBlock(part: Uint8Array, { shuffle, typesize }: Frame, room: Room): void {
  const count = Math.floor(part.length / typesize);
  // blosc_internal_bitshuffle leaves such blocks as they are
  const bits = shuffle === 2 && count > 0 && count % 8 === 0;
  if (!bits && !(shuffle === 1 && typesize > 1)) {
    view(room.streams, part.length).set(part);
    return;
  }
  const planes = bits ? room.planes : room.streams;
  const step = tileElements(typesize);
  for (let first = 0; first < count; first += step) {
    const n = Math.min(step, count - first);
    const tile = part.subarray(first * typesize, (first + n) * typesize);
    view(room.tile, tile.length).set(tile);
    kernel.shuffle(room.tile, planes + first, n, typesize, count);
  }
  if (bits) kernel.bitRows(room.planes, room.streams, count, typesize);
  const rest = part.subarray(count * typesize);
  view(room.streams + count * typesize, rest.length).set(rest);
}
