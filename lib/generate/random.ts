/**
 * Random numbers by their place: number `at` of a key is a function of both, so that any part of an array can be made
 * without the rest, in any order, and always comes out the same.
 *
 * @module
 */

/**
 * A bijection of 32 bits in which each bit of the result hangs on each of `x`.
 *
 * Source: the constants are those of "Prospecting for Hash Functions" (C. Wellons), found by TheIronBorn.
 */
export function mix(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x21f0aaad);
  x ^= x >>> 15;
  x = Math.imul(x, 0xd35a2d97);
  return x ^ (x >>> 15);
}

/** What tells one sequence of random numbers from another: three words. */
export interface Key {
  /** Added to a number's place. */
  readonly offset: number;
  /** Makes the first word of each number. */
  readonly high: number;
  /** Makes the second. */
  readonly low: number;
}

/** The key that `path` names, such as a seed and a column's name. */
export function keyOf(...path: readonly (number | string)[]): Key {
  let key: Key = { offset: 0x9e3779b9, high: 0x243f6a88, low: 0x85a308d3 };
  for (const unit of new TextEncoder().encode(JSON.stringify(path))) key = subkey(key, unit);
  return key;
}

/** Key number `at` below `key`. */
export function subkey(key: Key, at: number): Key {
  const state = mix(at + key.offset), high = mix(state ^ key.high), low = mix(high ^ key.low);
  return { offset: mix(low + state), high: mix(low ^ 0x13198a2e) ^ high, low };
}

/** 32 random bits: word `at` of `key`, as a number of at least 0. */
export function word(key: Key, at: number): number {
  return mix(mix(at + key.offset) ^ key.high) >>> 0;
}

/** A whole number below `limit` (2^32 at most), each as likely as any other but for 1 in 2^32 / `limit`. */
export function below(key: Key, at: number, limit: number): number {
  return Math.floor(word(key, at) / 2 ** 32 * limit);
}

/** A number in [0, 1) with 53 random bits, as numpy makes it. */
export function unit(key: Key, at: number): number {
  const state = mix(at + key.offset);
  return joined(mix(state ^ key.high), mix(state ^ key.low));
}

/** Two words as a number in [0, 1). */
export function joined(high: number, low: number): number {
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}
