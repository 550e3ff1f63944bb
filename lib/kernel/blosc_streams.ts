// The inner streams of Blosc frames: one codec each for encoding and decoding.
// LZ4, BloscLZ and Snappy are the kernel's, zlib and Zstandard are Node's, but
// for short streams of Zstandard.

import { Buffer } from "node:buffer";
import zlib from "node:zlib";
import * as kernel from "./kernel.wasm";
import type { BloscHeader, BloscName } from "./blosc_header.ts";
import { reason, view } from "./scratch.ts";
import { FEW_BYTES, zstdDecodeAt } from "./zstd_decode.ts";

/** Decodes `encoded` to `bytes` bytes at kernel address `to`, through `via`. */
export function decodeStream(
  cname: BloscHeader["cname"],
  encoded: Uint8Array,
  to: number,
  bytes: number,
  via: number,
): void {
  if (cname === "zstd" && bytes <= FEW_BYTES) {
    return checkLength(zstdDecodeAt(encoded, { via, to, bytes }), bytes);
  }
  if (cname === "zlib" || cname === "zstd") {
    return decodeByNode(cname, encoded, view(to, bytes));
  }
  view(via, encoded.length).set(encoded);
  const code = cname === "lz4"
    ? kernel.lz4Decode(via, encoded.length, to, bytes, 0)
    : cname === "snappy"
    ? kernel.snappyDecode(via, encoded.length, to, bytes)
    : kernel.blosclzDecode(via, encoded.length, to, bytes);
  if (code !== 0) throw new Error(reason(code));
}

function decodeByNode(cname: "zlib" | "zstd", encoded: Uint8Array, into: Uint8Array): void {
  // one byte more than expected, so that a longer stream shows; a limit, so
  // that a bomb does not go off
  const options = { chunkSize: Math.max(into.length + 1, 64), maxOutputLength: into.length + 1 };
  const decoded = cname === "zlib" ? zlib.inflateSync(encoded, options) : zlib.zstdDecompressSync(encoded, options);
  // Zstandard does not report truncated input: the length is the only sign
  checkLength(decoded.length, into.length);
  into.set(decoded);
  release(decoded);
}

function checkLength(bytes: number, expected: number): void {
  if (bytes !== expected) throw new Error(`it decodes to ${bytes} bytes, not ${expected}`);
}

/** Where an encoder writes to in the kernel's memory. */
export interface EncodeRoom {
  /** As many bytes as the longest stream has decoded. */
  readonly via: number;
  /** `encodeTables` bytes. */
  readonly tables: number;
}

/** Bytes of kernel memory that an encoder asks for besides. */
export function encodeTables(cname: BloscName): number {
  return cname === "lz4hc" ? kernel.lz4hcTables() : 0;
}

/** `bytes` bytes at kernel address `from`, and whether there is hope that they shrink. */
export interface Stream {
  readonly from: number;
  readonly bytes: number;
  readonly hope: "some" | "little";
}

/** How much wider the steps are in which LZ4 looks for matches where there is little hope of any. */
const WIDER = 32;

/**
 * Encodes a stream to `into`; returns the length, or 0 where it would not be
 * below the stream's own or not fit `into`.
 */
export function encodeStream(
  config: { readonly cname: BloscName; readonly clevel: number },
  { from, bytes, hope }: Stream,
  { via, tables }: EncodeRoom,
  into: Uint8Array,
): number {
  const { cname, clevel } = config;
  if (cname === "zlib" || cname === "zstd") {
    return encodeByNode(cname, clevel, view(from, bytes), into);
  }
  const room = Math.min(bytes - 1, into.length);
  const length = cname === "lz4"
    // the acceleration is c-blosc's get_accel
    ? kernel.lz4Encode(from, bytes, via, room, (10 - clevel) * (hope === "some" ? 1 : WIDER), 1)
    : cname === "lz4hc"
    ? kernel.lz4hcEncode(from, bytes, via, room, 1 << (clevel - 1), tables)
    : cname === "snappy"
    ? kernel.snappyEncode(from, bytes, via, room)
    : kernel.blosclzEncode(from, bytes, via, room);
  if (length > 0) into.set(view(via, length));
  return length;
}

function encodeByNode(
  cname: "zlib" | "zstd",
  clevel: number,
  decoded: Uint8Array,
  into: Uint8Array,
): number {
  const chunkSize = decoded.length + 1024;
  const forZstd: zlib.ZstdOptions & { readonly pledgedSrcSize: number } = {
    chunkSize,
    // without it older readers miss the decoded size in the frame
    pledgedSrcSize: decoded.length,
    params: { [zlib.constants.ZSTD_c_compressionLevel]: zstdLevel(clevel) },
  };
  const encoded = cname === "zlib"
    ? zlib.deflateSync(decoded, { level: clevel, chunkSize })
    : zlib.zstdCompressSync(decoded, forZstd);
  const fits = encoded.length < decoded.length && encoded.length <= into.length;
  if (fits) into.set(encoded);
  const length = encoded.length;
  release(encoded);
  return fits ? length : 0;
}

/** As c-blosc's zstd_wrap_compress maps it; 22 is Zstandard's highest. */
function zstdLevel(clevel: number): number {
  return clevel < 9 ? clevel * 2 - 1 : 22;
}

/** Frees at once what the garbage collector would leave for long. */
function release({ buffer }: Buffer): void {
  // small ones may lie in the pool that all of node:buffer shares
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}
