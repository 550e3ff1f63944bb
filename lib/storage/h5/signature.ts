/**
 * The signature by which an HDF5 file is known.
 *
 * Source: HDF5 File Format Specification 3.0, section II.A.
 *
 * @module
 */

/** The eight bytes that an HDF5 file starts with. */
export const SIGNATURE: readonly number[] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Where the signature is in `bytes` bytes, of which `read` gives eight; undefined where these are no HDF5 file. */
export function findSignature(bytes: number, read: (at: number) => Uint8Array): number | undefined {
  // A user's block of 512 bytes, or that doubled, may stand before it.
  for (let at = 0; at + SIGNATURE.length <= bytes; at = at === 0 ? 512 : at * 2) {
    const found = read(at);
    if (SIGNATURE.every((byte, i) => found[i] === byte)) return at;
  }
  return undefined;
}
