// The 16 bytes before every Blosc 1 frame, as blosc/blosc.c of c-blosc 1.21
// writes and checks them (README_CHUNK_FORMAT.rst there).

export type BloscName = "lz4" | "lz4hc" | "blosclz" | "snappy" | "zlib" | "zstd";

/** Before, in this order: versions, flags, typesize, three 32-bit sizes. */
export const HEADER_BYTES = 16;

const VERSION = 2;

/** The same for every inner format so far. */
const INNER_VERSION = 1;

/** By the number in the flags; LZ4HC writes LZ4's format. */
const FORMATS = ["blosclz", "lz4", "snappy", "zlib", "zstd"] as const;

const SHUFFLE = 1, MEMCPYED = 2, BITSHUFFLE = 4, RESERVED = 8, DONT_SPLIT = 16;

export interface BloscHeader {
  readonly version: number;
  readonly innerVersion: number;
  readonly flags: number;
  /** 0 none, 1 byte, 2 bit */
  readonly shuffle: 0 | 1 | 2;
  /** The bytes after the header are the decoded ones. */
  readonly memcpyed: boolean;
  /** Whether full blocks are one stream for each byte of the type. */
  readonly split: boolean;
  readonly cname: Exclude<BloscName, "lz4hc">;
  readonly typesize: number;
  /** When decoded. */
  readonly bytes: number;
  readonly blocksize: number;
  readonly encodedBytes: number;
}

/** Reads the header and refuses what contradicts itself. */
export function bloscHeader(encoded: Uint8Array): BloscHeader {
  if (encoded.length < HEADER_BYTES) {
    return refuse(`it has ${encoded.length} bytes and a header alone takes ${HEADER_BYTES}`);
  }
  const data = new DataView(encoded.buffer, encoded.byteOffset, HEADER_BYTES);
  const version = data.getUint8(0), innerVersion = data.getUint8(1);
  const flags = data.getUint8(2), typesize = data.getUint8(3);
  const bytes = data.getUint32(4, true), blocksize = data.getUint32(8, true);
  const encodedBytes = data.getUint32(12, true);
  const memcpyed = (flags & MEMCPYED) !== 0;
  const cname = FORMATS[flags >> 5];

  if (version !== VERSION) refuse(`its version is ${version}, not ${VERSION}`);
  if ((flags & RESERVED) !== 0) refuse(`its flags are ${flags}, of a later version`);
  if (cname === undefined) return refuse(`its inner format is ${flags >> 5}, above 4`);
  if (innerVersion !== INNER_VERSION && !memcpyed) {
    refuse(`its ${cname} version is ${innerVersion}, not ${INNER_VERSION}`);
  }
  if (typesize === 0) refuse("its type size is 0");
  if (encodedBytes !== encoded.length) {
    refuse(`it says ${encodedBytes} bytes and has ${encoded.length}`);
  }
  if (bytes > MAX_BYTES) refuse(`it says ${bytes} decoded bytes, above ${MAX_BYTES}`);
  if (bytes > 0) {
    if (blocksize === 0 || blocksize > bytes) {
      refuse(`its block size is ${blocksize} for ${bytes} bytes`);
    }
    if (memcpyed && encodedBytes !== bytes + HEADER_BYTES) {
      refuse(`it says ${bytes} copied bytes and has ${encodedBytes - HEADER_BYTES}`);
    }
    if (!memcpyed && Math.ceil(bytes / blocksize) > (encodedBytes - HEADER_BYTES) / 4) {
      refuse(`it has no room for the starts of ${Math.ceil(bytes / blocksize)} blocks`);
    }
  }
  return {
    version,
    innerVersion,
    flags,
    shuffle: shuffleOf(flags, typesize),
    memcpyed,
    split: (flags & DONT_SPLIT) === 0,
    cname,
    typesize,
    bytes,
    blocksize,
    encodedBytes,
  };
}

/** c-blosc's BLOSC_MAX_BUFFERSIZE: INT_MAX less the header. */
export const MAX_BYTES = 0x7FFFFFFF - HEADER_BYTES;

function shuffleOf(flags: number, typesize: number): 0 | 1 | 2 {
  // bytes alone have nothing to shuffle; both bits: byte shuffle wins (blosc_d)
  if ((flags & SHUFFLE) !== 0 && typesize > 1) return 1;
  return (flags & BITSHUFFLE) !== 0 ? 2 : 0;
}

export function writeHeader(
  into: Uint8Array,
  header: {
    readonly cname: BloscName;
    readonly shuffle: 0 | 1 | 2;
    readonly memcpyed: boolean;
    readonly split: boolean;
    readonly typesize: number;
    readonly bytes: number;
    readonly blocksize: number;
    readonly encodedBytes: number;
  },
): void {
  const format = FORMATS.indexOf(header.cname === "lz4hc" ? "lz4" : header.cname);
  const flags = format << 5 | (header.split ? 0 : DONT_SPLIT) |
    (header.memcpyed ? MEMCPYED : 0) |
    (header.shuffle === 1 ? SHUFFLE : header.shuffle === 2 ? BITSHUFFLE : 0);
  const data = new DataView(into.buffer, into.byteOffset, HEADER_BYTES);
  data.setUint8(0, VERSION);
  data.setUint8(1, INNER_VERSION);
  data.setUint8(2, flags);
  data.setUint8(3, header.typesize);
  data.setUint32(4, header.bytes, true);
  data.setUint32(8, header.blocksize, true);
  data.setUint32(12, header.encodedBytes, true);
}

export function refuse(why: string): never {
  throw new Error(`Cannot decode Blosc frame: ${why}`);
}
