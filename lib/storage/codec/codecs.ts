/**
 * The codecs that turn bytes into bytes: Blosc, LZ4, what undoes deflate, short zstd and what numbers become of it by
 * the kernel, other zstd and deflate itself by node:zlib, whatever else there is by zarrita's registry.
 *
 * @module
 */
import zlib from "node:zlib";
import { bloscBound, bloscDecode, bloscEncode, bloscHeader, type BloscName } from "../../kernel/blosc.ts";
import { lz4Bound, lz4Decode, lz4Encode } from "../../kernel/lz4.ts";
import { shuffle, unshuffle } from "../../kernel/shuffle.ts";
import { FEW_BYTES, zstdDecode } from "../../kernel/zstd_decode.ts";
import { zstdBound, zstdEncode } from "../../kernel/zstd_encode.ts";
import { zstdFrame } from "../../kernel/zstd_frame.ts";
import type { Lease } from "../lease.ts";
import type { Attributes, CodecSpec, JsonValue } from "../node.ts";
import { then } from "../steps.ts";
import { crc32c } from "./crc32c.ts";
import { gzipDecode, isGzip, zlibDecode } from "./deflate.ts";
import { type ByteCodec, checkLength, checkMost, MOST_BYTES } from "./pipeline.ts";

/** Makes codecs of a name; a `RangeError` for parameters that it does not know. */
type Opener = (configuration: Attributes) => ByteCodec;

const OPENERS: Readonly<Record<string, Opener>> = {
  "blosc": openBlosc,
  "numcodecs.blosc": openBlosc,
  "zstd": openZstd,
  "numcodecs.zstd": openZstd,
  "gzip": openGzip,
  "numcodecs.gzip": openGzip,
  "zlib": openZlib,
  "numcodecs.zlib": openZlib,
  "lz4": openLz4,
  "numcodecs.lz4": openLz4,
  "shuffle": openShuffle,
  "numcodecs.shuffle": openShuffle,
  "crc32c": openCrc32c,
  "numcodecs.crc32c": openCrc32c,
};

const WRITABLE: ReadonlySet<string> = new Set(["blosc", "zstd", "gzip", "numcodecs.zlib", "numcodecs.lz4", "crc32c"]);

/** Whether a codec of that name works on bytes. */
export function isByteCodec(name: string): boolean {
  return Object.hasOwn(OPENERS, name);
}

/** Whether arrays can be written with the codec of that name. */
export function isWritable(name: string): boolean {
  return WRITABLE.has(name);
}

/** The codec that `spec` asks for, or undefined where its name is unknown. */
export function openByteCodec({ name, configuration }: CodecSpec): ByteCodec | undefined {
  return Object.hasOwn(OPENERS, name) ? OPENERS[name]?.(configuration) : undefined;
}

function integer(configuration: Attributes, name: string, least: number, most: number, otherwise: number): number {
  const value = configuration[name] ?? otherwise;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} ${JSON.stringify(value)} is not supported`);
}

function shuffleMode(value: JsonValue): 0 | 1 | 2 {
  switch (value) {
    case 0:
    case "noshuffle":
      return 0;
    case 1:
    case "shuffle":
      return 1;
    case 2:
    case "bitshuffle":
      return 2;
    default:
      throw new RangeError(`shuffle ${JSON.stringify(value)} is not supported`);
  }
}

function bloscName(value: JsonValue): BloscName {
  switch (value) {
    case "lz4":
    case "lz4hc":
    case "blosclz":
    case "snappy":
    case "zlib":
    case "zstd":
      return value;
    default:
      throw new RangeError(`cname ${JSON.stringify(value)} is not supported`);
  }
}

function openBlosc(configuration: Attributes): ByteCodec {
  const parameters = {
    cname: bloscName(configuration["cname"] ?? "lz4"),
    clevel: integer(configuration, "clevel", 0, 9, 5),
    shuffle: shuffleMode(configuration["shuffle"] ?? 1),
    blocksize: integer(configuration, "blocksize", 0, MOST_BYTES, 0),
    // c-blosc takes items that its header has no room for as bytes.
    typesize: integer({ typesize: Number(configuration["typesize"] ?? 1) }, "typesize", 0, MOST_BYTES, 1),
  };
  if (parameters.typesize < 1 || parameters.typesize > 255) parameters.typesize = 1;
  return {
    frame(encoded, expected) {
      try {
        const { bytes } = bloscHeader(encoded);
        return expected === undefined || bytes === expected;
      } catch {
        return false;
      }
    },
    decodedBytes: (encoded) => bloscHeader(encoded).bytes,
    decode(encoded, expected, lease) {
      const { bytes } = bloscHeader(encoded);
      // Before memory is taken for it.
      if (expected !== undefined && bytes !== expected) {
        throw new RangeError(`its Blosc header says ${bytes} bytes instead of ${expected}`);
      }
      const into = lease.take(bytes);
      return then(bloscDecode(encoded, into), () => into);
    },
    encode(decoded, lease) {
      const into = lease.take(bloscBound(decoded.length));
      return then(bloscEncode(decoded, parameters, into), (length) => into.subarray(0, length));
    },
  };
}

/** The sizes of numbers that the kernel's encoder knows what to make of. */
const QUICK_BYTES: ReadonlySet<number> = new Set([1, 2, 4, 8]);

/**
 * Numbers are encoded by the kernel at the levels up to the usual one, 3 (which 0 stands for): it is made for them, and
 * takes about the same room as level 3 in less time. All else is for node:zlib: other levels, checksums, texts.
 */
function openZstd(configuration: Attributes): ByteCodec {
  const level = integer(configuration, "level", -131072, 22, 0);
  const isQuick = level >= 0 && level <= 3 && configuration["checksum"] !== true;
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = zlib.constants;
  const params = {
    [ZSTD_c_compressionLevel]: level,
    [ZSTD_c_checksumFlag]: configuration["checksum"] === true ? 1 : 0,
  };
  return {
    frame(encoded, expected) {
      const frame = zstdFrame(encoded);
      if (frame === undefined || frame.end !== encoded.length) return false;
      return expected === undefined || frame.contentBytes === expected;
    },
    decodedBytes(encoded) {
      const frame = zstdFrame(encoded);
      return frame?.end === encoded.length ? frame.contentBytes : undefined;
    },
    decode(encoded, expected, lease) {
      const frame = zstdFrame(encoded);
      // node:zlib decodes a frame that is cut off to what it has, without an error.
      if (frame !== undefined && frame.end === undefined) throw new RangeError("its zstd frame is cut off");
      const another = frame?.end !== encoded.length;
      const length = expected ?? (another ? undefined : frame.contentBytes);
      const isShort = frame !== undefined && (length ?? Infinity) <= FEW_BYTES;
      const decoded = isShort ? shortFrame(encoded, length ?? 0, lease) : decompressed(encoded, length, lease);
      checkLength(decoded, length);
      return decoded;
    },
    encode(decoded, lease, numberBytes) {
      if (isQuick && numberBytes !== undefined && QUICK_BYTES.has(numberBytes)) {
        const into = lease.take(zstdBound(decoded.length));
        return into.subarray(0, zstdEncode(decoded, numberBytes, into));
      }
      // Without the length in the frame, numcodecs before 0.14 refuses to read it.
      const pledgedSrcSize = decoded.length;
      const options = { params, pledgedSrcSize, chunkSize: decoded.length + (decoded.length >> 7) + 1024 };
      return lease.adopt(zlib.zstdCompressSync(decoded, options));
    },
  };
}

function openGzip(configuration: Attributes): ByteCodec {
  const level = integer(configuration, "level", 0, 9, 1);
  return {
    frame(encoded, expected) {
      if (expected === undefined || encoded.length < 18 || !isGzip(encoded)) return false;
      // The last four bytes are the length, so a file that was cut off is almost sure to be found out.
      const view = new DataView(encoded.buffer, encoded.byteOffset + encoded.length - 4, 4);
      return view.getUint32(0, true) === expected % 2 ** 32;
    },
    decode: gzipDecode,
    encode: (decoded, lease) => lease.adopt(zlib.gzipSync(decoded, { level, chunkSize: deflateBound(decoded.length) })),
  };
}

function openZlib(configuration: Attributes): ByteCodec {
  const level = integer(configuration, "level", -1, 9, 1);
  return {
    decode: zlibDecode,
    encode: (decoded, lease) => {
      return lease.adopt(zlib.deflateSync(decoded, { level, chunkSize: deflateBound(decoded.length) }));
    },
  };
}

/** More than zlib ever makes of `bytes` bytes. */
function deflateBound(bytes: number): number {
  return bytes + (bytes >> 7) + 1024;
}

/** What the kernel makes of a zstd frame of `bytes` bytes at most. */
function shortFrame(encoded: Uint8Array, bytes: number, lease: Lease): Uint8Array {
  const into = lease.take(bytes);
  return into.subarray(0, zstdDecode(encoded, into));
}

/** What node:zlib makes of zstd frames, in one piece of memory of the right size. */
function decompressed(encoded: Uint8Array, expected: number | undefined, lease: Lease): Uint8Array {
  if (expected !== undefined) checkMost(expected);
  const chunkSize = Math.max(64, Math.min(MOST_BYTES, expected === undefined ? 4 * encoded.length : expected + 1));
  const maxOutputLength = Math.max(1, expected ?? MOST_BYTES);
  try {
    return lease.adopt(zlib.zstdDecompressSync(encoded, { chunkSize, maxOutputLength }));
  } catch (error) {
    const tooLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    if (tooLarge) throw new RangeError(`it decodes to more than ${maxOutputLength} bytes`);
    throw error;
  }
}

/** numcodecs' own framing: the decoded length, then one raw block. */
function openLz4(): ByteCodec {
  const size = (encoded: Uint8Array) => new DataView(encoded.buffer, encoded.byteOffset).getUint32(0, true);
  return {
    decode(encoded, expected, lease) {
      if (encoded.length < 4) throw new RangeError(`it has ${encoded.length} bytes, too few for LZ4`);
      const length = size(encoded);
      // One byte of LZ4 makes 255 at most: more is a lie, found out before memory is taken for it.
      if (length > MOST_BYTES || length > 255 * encoded.length || length !== (expected ?? length)) {
        throw new RangeError(
          `its LZ4 header says ${length} bytes${expected === undefined ? "" : ` instead of ${expected}`}`,
        );
      }
      const into = lease.take(length);
      lz4Decode(encoded.subarray(4), into);
      return into;
    },
    encode(decoded, lease) {
      const into = lease.take(4 + lz4Bound(decoded.length));
      new DataView(into.buffer, into.byteOffset).setUint32(0, decoded.length, true);
      return into.subarray(0, 4 + lz4Encode(decoded, into.subarray(4)));
    },
  };
}

function openShuffle(configuration: Attributes): ByteCodec {
  const size = integer(configuration, "elementsize", 0, 65536, 4);
  return {
    encodedBytes: (bytes) => bytes,
    decode(encoded, _expected, lease) {
      const into = lease.take(encoded.length);
      unshuffle(encoded, size, into);
      return into;
    },
    encode(decoded, lease) {
      const into = lease.take(decoded.length);
      shuffle(decoded, size, into);
      return into;
    },
  };
}

function openCrc32c(): ByteCodec {
  const isRight = (encoded: Uint8Array) => {
    if (encoded.length < 4) return false;
    const end = encoded.length - 4;
    return crc32c(encoded.subarray(0, end)) ===
      new DataView(encoded.buffer, encoded.byteOffset + end).getUint32(0, true);
  };
  return {
    encodedBytes: (bytes) => bytes + 4,
    frame: (encoded, expected) => (expected === undefined || encoded.length === expected + 4) && isRight(encoded),
    decode(encoded) {
      if (!isRight(encoded)) throw new RangeError("its checksum is wrong");
      return encoded.subarray(0, encoded.length - 4);
    },
    encode(decoded, lease) {
      const into = lease.take(decoded.length + 4);
      into.set(decoded);
      new DataView(into.buffer, into.byteOffset + decoded.length).setUint32(0, crc32c(decoded), true);
      return into;
    },
  };
}
