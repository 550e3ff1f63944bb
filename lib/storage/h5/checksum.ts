/**
 * The checksums of HDF5: Jenkins' lookup3 for metadata, Fletcher's for chunks.
 *
 * Source: Bob Jenkins, lookup3.c (`hashlittle`, public domain); HDF5 File Format Specification 3.0, "Checksum"; for the
 * filter fletcher32, HDF5's own sum over big-endian 16-bit words.
 *
 * @module
 */

const rotate = (x: number, by: number): number => x << by | x >>> (32 - by);

/** Jenkins' lookup3 of `bytes`. */
export function lookup3(bytes: Uint8Array, seed = 0): number {
  let length = bytes.length, at = 0;
  let a = 0xdeadbeef + length + seed | 0, b = a, c = a;
  const word = (from: number): number => {
    return (bytes[from] as number) | (bytes[from + 1] as number) << 8 | (bytes[from + 2] as number) << 16 |
      (bytes[from + 3] as number) << 24;
  };
  while (length > 12) {
    a = a + word(at) | 0;
    b = b + word(at + 4) | 0;
    c = c + word(at + 8) | 0;
    a = a - c ^ rotate(c, 4);
    c = c + b | 0;
    b = b - a ^ rotate(a, 6);
    a = a + c | 0;
    c = c - b ^ rotate(b, 8);
    b = b + a | 0;
    a = a - c ^ rotate(c, 16);
    c = c + b | 0;
    b = b - a ^ rotate(a, 19);
    a = a + c | 0;
    c = c - b ^ rotate(b, 4);
    b = b + a | 0;
    at += 12;
    length -= 12;
  }
  if (length === 0) return c >>> 0;
  for (let i = 0; i < length; i++) {
    const value = (bytes[at + i] as number) << i % 4 * 8;
    if (i < 4) a = a + value | 0;
    else if (i < 8) b = b + value | 0;
    else c = c + value | 0;
  }
  c = (c ^ b) - rotate(b, 14) | 0;
  a = (a ^ c) - rotate(c, 11) | 0;
  b = (b ^ a) - rotate(a, 25) | 0;
  c = (c ^ b) - rotate(b, 16) | 0;
  a = (a ^ c) - rotate(c, 4) | 0;
  b = (b ^ a) - rotate(a, 14) | 0;
  c = (c ^ b) - rotate(b, 24) | 0;
  return c >>> 0;
}

/** `bytes` without the checksum in its last four bytes; a `RangeError` where that is wrong. */
export function checked(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) throw new RangeError("a structure is cut off");
  const body = bytes.subarray(0, bytes.length - 4);
  const stored = new DataView(bytes.buffer, bytes.byteOffset + body.length, 4).getUint32(0, true);
  if (lookup3(body) !== stored) throw new RangeError("a checksum is wrong");
  return body;
}

/** Fletcher's checksum as the filter fletcher32 computes it. */
export function fletcher32(bytes: Uint8Array): number {
  let low = 0, high = 0, at = 0;
  const even = bytes.length & ~1;
  while (at < even) {
    const end = Math.min(even, at + 720);
    for (; at < end; at += 2) {
      low += (bytes[at] as number) << 8 | (bytes[at + 1] as number);
      high += low;
    }
    low = (low & 0xffff) + (low >>> 16);
    high = high % 65536 + Math.floor(high / 65536);
  }
  if (even < bytes.length) {
    low += (bytes[even] as number) << 8;
    high += low;
    low = (low & 0xffff) + (low >>> 16);
    high = high % 65536 + Math.floor(high / 65536);
  }
  low = (low & 0xffff) + (low >>> 16);
  high = high % 65536 + Math.floor(high / 65536);
  return (high * 65536 + low) >>> 0;
}
