/**
 * The frame of zstd data, walked without decoding: node:zlib takes truncated frames for whole ones.
 *
 * Source: RFC 8878, section 3.1.
 *
 * @module
 */

/** What is known of a frame before it is decoded. */
export interface ZstdFrame {
  /** The length of what it decodes to, where the writer said so. */
  readonly contentBytes: number | undefined;
  /** Where its last block and its checksum end, or undefined where they end too early. */
  readonly end: number | undefined;
}

/** Walk the first frame of `encoded`; undefined where it starts with something else, or with no whole header. */
export function zstdFrame(encoded: Uint8Array): ZstdFrame | undefined {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (encoded.length < 6 || view.getUint32(0, true) !== 0xfd2fb528) return undefined;
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const sizeAt = 5 + (single ? 0 : 1) + dictionaryBytes;
  let at = sizeAt + sizeBytes;
  if (at > encoded.length) return undefined;
  const contentBytes = readSize(view, sizeAt, sizeBytes);
  const checksumBytes = descriptor & 4 ? 4 : 0;
  for (let last = false; !last;) {
    if (at + 3 > encoded.length) return { contentBytes, end: undefined };
    const header = view.getUint16(at, true) | view.getUint8(at + 2) << 16;
    last = (header & 1) !== 0;
    const kind = header >> 1 & 3;
    if (kind === 3) return { contentBytes, end: undefined };
    // A run of one byte is stored as that byte.
    at += 3 + (kind === 1 ? 1 : header >> 3);
  }
  const end = at + checksumBytes;
  return { contentBytes, end: end <= encoded.length ? end : undefined };
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
