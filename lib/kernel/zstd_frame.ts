/**
 * The frame of zstd data, walked without decoding: node:zlib takes truncated frames for whole ones.
 *
 * Source: RFC 8878, section 3.1.
 *
 * @module
 */

/** Blocks have at most so many bytes, encoded or decoded. */
export const MOST_BLOCK = 131072;

/** What is known of a frame before it is decoded. */
export interface ZstdFrame {
  /** The length of what it decodes to, where the writer said so. */
  readonly contentBytes: number | undefined;
  /** Where its first block is. */
  readonly start: number;
  /** Where its last block and its checksum end, or undefined where they end too early. */
  readonly end: number | undefined;
  /** How many bytes a block may have, encoded or decoded. */
  readonly blockBytes: number;
  /** Whether a checksum is behind the last block. */
  readonly hasChecksum: boolean;
  /** Whether it asks for a dictionary, or for what no reader knows yet. */
  readonly isForeign: boolean;
}

/** What is behind a block's header. */
export interface ZstdBlock {
  readonly kind: "raw" | "run" | "coded" | "reserved";
  readonly isLast: boolean;
  /** Bytes that are stored. */
  readonly stored: number;
  /** The header's number: bytes that are stored, or that a run is long. */
  readonly size: number;
}

const KINDS = ["raw", "run", "coded", "reserved"] as const;

/** The header of the block at `at`, which has three bytes. */
export function blockHeader(view: DataView, at: number): ZstdBlock {
  const header = view.getUint16(at, true) | view.getUint8(at + 2) << 16;
  const kind = KINDS[header >> 1 & 3] ?? "reserved", size = header >> 3;
  // A run of one byte is stored as that byte.
  return { kind, isLast: (header & 1) !== 0, stored: kind === "run" ? 1 : size, size };
}

/** Walk the first frame of `encoded`; undefined where it starts with something else, or with no whole header. */
export function zstdFrame(encoded: Uint8Array): ZstdFrame | undefined {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (encoded.length < 6 || view.getUint32(0, true) !== 0xfd2fb528) return undefined;
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const sizeAt = 5 + (single ? 0 : 1) + dictionaryBytes, start = sizeAt + sizeBytes;
  if (start > encoded.length) return undefined;
  const contentBytes = readSize(view, sizeAt, sizeBytes), hasChecksum = (descriptor & 4) !== 0;
  const window = single ? contentBytes ?? 0 : windowBytes(view.getUint8(5));
  const dictionary = encoded.subarray(sizeAt - dictionaryBytes, sizeAt);
  return {
    contentBytes,
    start,
    end: frameEnd(view, start, hasChecksum),
    blockBytes: Math.min(MOST_BLOCK, window),
    hasChecksum,
    isForeign: (descriptor & 8) !== 0 || dictionary.some((byte) => byte !== 0),
  };
}

function frameEnd(view: DataView, start: number, hasChecksum: boolean): number | undefined {
  let at = start;
  for (let last = false; !last;) {
    if (at + 3 > view.byteLength) return undefined;
    const { kind, isLast, stored } = blockHeader(view, at);
    if (kind === "reserved") return undefined;
    last = isLast;
    at += 3 + stored;
  }
  const end = at + (hasChecksum ? 4 : 0);
  return end <= view.byteLength ? end : undefined;
}

/** Section 3.1.1.1.2. */
function windowBytes(descriptor: number): number {
  return 2 ** (7 + (descriptor >> 3)) * (8 + (descriptor & 7));
}

function readSize(view: DataView, at: number, bytes: number): number | undefined {
  switch (bytes) {
    case 0:
      return undefined;
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}
