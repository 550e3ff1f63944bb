/**
 * The checksum CRC-32C (Castagnoli), eight bytes at a step.
 *
 * Source: RFC 3720, appendix B.4 (the polynomial); M. Kounavis and F. Berry, "A Systematic Approach to Building High
 * Performance Software-Based CRC Generators", 2005 (slicing by 8).
 *
 * @module
 */

const TABLES = makeTables();

/** Table `n` holds what a byte does to the checksum when `n` more bytes follow it. */
function makeTables(): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    return crc;
  });
  const tables = [first];
  for (let n = 1; n < 8; n++) {
    const last = tables[n - 1] as Uint32Array;
    tables.push(last.map((crc) => (crc >>> 8) ^ (first[crc & 0xff] as number)));
  }
  return tables;
}

/** The CRC-32C of `bytes`. */
export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
    ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array],
  ];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1, at = 0;
  // Every index below is masked to the size of its table: `as number` costs nothing, a default would.
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = view.getInt32(at, true) ^ crc, high = view.getInt32(at + 4, true);
    crc = (t7[low & 0xff] as number) ^ (t6[low >>> 8 & 0xff] as number) ^
      (t5[low >>> 16 & 0xff] as number) ^ (t4[low >>> 24] as number) ^
      (t3[high & 0xff] as number) ^ (t2[high >>> 8 & 0xff] as number) ^
      (t1[high >>> 16 & 0xff] as number) ^ (t0[high >>> 24] as number);
  }
  for (; at < bytes.length; at++) crc = (t0[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
