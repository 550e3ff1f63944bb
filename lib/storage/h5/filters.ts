/**
 * HDF5's filters as codecs on bytes: the names are zarr's where it has the same codec.
 *
 * Source: HDF5's registry of filters, and the plug-ins' own framing.
 *
 * @module
 */
import { lz4Decode } from "../../kernel/lz4.ts";
import { openByteCodec } from "../codec/codecs.ts";
import { isZlib } from "../codec/deflate.ts";
import type { ByteCodec } from "../codec/pipeline.ts";
import type { CodecSpec } from "../node.ts";
import { fletcher32 } from "./checksum.ts";
import { NotSupported } from "./fields.ts";
import { lzfDecode, lzfEncode } from "./lzf.ts";
import type { FilterSpec } from "./messages.ts";

/** The numbers of the filters that anncat knows. */
export const Filter = {
  gzip: 1,
  shuffle: 2,
  fletcher32: 3,
  lzf: 32000,
  blosc: 32001,
  lz4: 32004,
  zstd: 32015,
} as const;

/** Filters that have a name, and that only HDF5 and its plug-ins can undo. */
const KNOWN: Readonly<Record<number, string>> = {
  4: "szip",
  5: "nbit",
  6: "scaleoffset",
  307: "bzip2",
  32008: "bitshuffle",
  32013: "zfp",
  32017: "sz",
  32026: "blosc2",
};

const BLOSC_NAMES = ["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"];

/** What the port calls a filter. */
export function filterCodec({ id, name, values }: FilterSpec, itemBytes: number): CodecSpec {
  switch (id) {
    case Filter.gzip:
      return { name: "gzip", configuration: { level: values[0] ?? 4 } };
    case Filter.shuffle:
      return { name: "shuffle", configuration: { elementsize: values[0] ?? itemBytes } };
    case Filter.fletcher32:
      return { name: "fletcher32", configuration: {} };
    case Filter.lzf:
      return { name: "lzf", configuration: {} };
    case Filter.lz4:
      return { name: "lz4", configuration: {} };
    case Filter.zstd:
      return { name: "zstd", configuration: { level: values[0] ?? 3 } };
    case Filter.blosc: {
      const shuffle = ["noshuffle", "shuffle", "bitshuffle"][values[5] ?? 1] ?? "shuffle";
      const cname = BLOSC_NAMES[values[6] ?? 0] ?? "blosclz";
      const [typesize = itemBytes, clevel = 5] = [values[2], values[4]];
      return { name: "blosc", configuration: { cname, clevel, shuffle, typesize, blocksize: 0 } };
    }
    default: {
      const known = KNOWN[id] ?? (name === "" ? undefined : name);
      throw new NotSupported(
        `filter ${id}${known === undefined ? "" : ` (${known})`} of HDF5 is not supported; ` +
          "rewrite the file with h5repack -f GZIP=4",
      );
    }
  }
}

/** The codec that undoes the filter that {@linkcode filterCodec} calls `spec`, and does it where anncat writes it. */
export function openFilter(spec: CodecSpec): ByteCodec {
  switch (spec.name) {
    case "gzip":
      // A bare zlib stream, whatever HDF5 and its users call it.
      return { ...known({ ...spec, name: "zlib" }), frame: (encoded) => encoded.length > 6 && isZlib(encoded) };
    case "fletcher32":
      return { encodedBytes: (bytes) => bytes + 4, decode: decodeFletcher };
    case "lzf":
      return LZF;
    case "lz4":
      return { decode: decodeLz4 };
    default:
      return known(spec);
  }
}

function known(spec: CodecSpec): ByteCodec {
  const codec = openByteCodec(spec);
  if (codec === undefined) throw new NotSupported(`codec ${spec.name} is not supported`);
  return codec;
}

function decodeFletcher(encoded: Uint8Array): Uint8Array {
  if (encoded.length < 4) throw new RangeError("its checksum is cut off");
  const body = encoded.subarray(0, encoded.length - 4);
  const stored = new DataView(encoded.buffer, encoded.byteOffset + body.length, 4).getUint32(0, true);
  if (fletcher32(body) !== stored) throw new RangeError("its checksum is wrong");
  return body;
}

const LZF: ByteCodec = {
  decode(encoded, expected, lease) {
    if (expected === undefined) throw new RangeError("LZF does not say how long it is");
    const into = lease.take(expected);
    lzfDecode(encoded, into);
    return into;
  },
  encode(decoded, lease) {
    const into = lease.take(decoded.length);
    return into.subarray(0, lzfEncode(decoded, into));
  },
};

/** The plug-in's own framing: the whole length, the length of a block, then blocks with theirs, all big-endian. */
const decodeLz4: ByteCodec["decode"] = (encoded, expected, lease) => {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (encoded.length < 12) throw new RangeError(`it has ${encoded.length} bytes, too few for LZ4`);
  const length = Number(view.getBigUint64(0)), block = view.getUint32(8);
  if (length !== expected) throw new RangeError(`its LZ4 header says ${length} bytes instead of ${expected}`);
  const into = lease.take(length);
  let at = 12;
  for (let to = 0; to < length;) {
    const own = Math.min(block, length - to), stored = at + 4 <= encoded.length ? view.getUint32(at) : Infinity;
    if (own === 0 || at + 4 + stored > encoded.length) throw new RangeError("its LZ4 data are cut off");
    const bytes = encoded.subarray(at + 4, at + 4 + stored);
    if (stored === own) into.set(bytes, to);
    else lz4Decode(bytes, into.subarray(to, to + own));
    at += 4 + stored;
    to += own;
  }
  return into;
};
