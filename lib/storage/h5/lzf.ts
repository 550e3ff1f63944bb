/**
 * LZF, h5py's fast codec: runs of literals, and references of 3 to 264 bytes to what came at most 8 KiB before.
 *
 * Source: the format as liblzf 3.5 describes it (Marc Lehmann); written anew.
 *
 * @module
 */

/** Decode `encoded` into all of `into`; a `RangeError` where it does not fill it exactly. */
export function lzfDecode(encoded: Uint8Array, into: Uint8Array): void {
  let at = 0, to = 0;
  const end = encoded.length, room = into.length;
  while (at < end) {
    const control = encoded[at++] as number;
    if (control < 32) {
      const count = control + 1;
      if (at + count > end || to + count > room) throw new RangeError("its LZF data are corrupt");
      for (let i = 0; i < count; i++) into[to++] = encoded[at++] as number;
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += encoded[at++] ?? 0;
    const from = to - ((control & 31) << 8) - (encoded[at++] ?? 0) - 1;
    count += 2;
    if (at > end || from < 0 || to + count > room) throw new RangeError("its LZF data are corrupt");
    for (let i = 0; i < count; i++) into[to++] = into[from + i] as number;
  }
  if (to !== room) throw new RangeError(`its LZF data hold ${to} bytes instead of ${room}`);
}

const HASH_BITS = 14;

/** Encode `bytes` into `into`; the length, or 0 where it does not get shorter. */
export function lzfEncode(bytes: Uint8Array, into: Uint8Array): number {
  const end = bytes.length, room = Math.min(into.length, end - 1), table = new Int32Array(1 << HASH_BITS).fill(-1);
  let at = 0, to = 0, literal = 0;
  const flush = (until: number): boolean => {
    while (literal < until) {
      const count = Math.min(32, until - literal);
      if (to + 1 + count > room) return false;
      into[to++] = count - 1;
      for (let i = 0; i < count; i++) into[to++] = bytes[literal++] as number;
    }
    return true;
  };
  while (at + 2 < end) {
    const word = (bytes[at] as number) << 16 | (bytes[at + 1] as number) << 8 | (bytes[at + 2] as number);
    const hash = Math.imul(word, 0x9e3779b1) >>> 32 - HASH_BITS, from = table[hash] as number;
    table[hash] = at;
    const distance = at - from - 1;
    const isMatch = from >= 0 && distance < 8192 && bytes[from] === bytes[at] && bytes[from + 1] === bytes[at + 1] &&
      bytes[from + 2] === bytes[at + 2];
    if (!isMatch) {
      at++;
      continue;
    }
    let count = 3;
    const most = Math.min(264, end - at);
    while (count < most && bytes[from + count] === bytes[at + count]) count++;
    if (!flush(at) || to + 3 > room) return 0;
    const length = count - 2;
    if (length < 7) into[to++] = length << 5 | distance >> 8;
    else {
      into[to++] = 7 << 5 | distance >> 8;
      into[to++] = length - 7;
    }
    into[to++] = distance & 255;
    at += count;
    literal = at;
  }
  return flush(end) ? to : 0;
}
