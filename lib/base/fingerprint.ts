/**
 * A sum of one hash for each value and its place: the order of the values does not count, and none is held.
 *
 * @module
 */

const HALVES = new Uint32Array(2);
const FLOAT = new Float64Array(HALVES.buffer);

/** Two sums of 32 bits over values and their places. */
export class Fingerprint {
  #one = 0;
  #other = 0;
  #count = 0;

  /** Add a value at a place; whole numbers are the same in any type that holds them. */
  add(place: number, value: number | bigint): void {
    const number = Number(value);
    if (typeof value === "bigint" && !Number.isSafeInteger(number)) {
      this.#add(place, Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n)) ^ 0x5bd1e995);
      return;
    }
    FLOAT[0] = number === 0 ? 0 : Number.isNaN(number) ? NaN : number;
    this.#add(place, HALVES[0] as number, HALVES[1] as number);
  }

  /** The sums as text. */
  toString(): string {
    return `${this.#count}:${(this.#one >>> 0).toString(36)}.${(this.#other >>> 0).toString(36)}`;
  }

  #add(place: number, low: number, high: number): void {
    const near = place | 0, far = Math.floor(place / 2 ** 32);
    this.#count++;
    this.#one = this.#one + hash(near, far, low, high, 0x9e3779b1) | 0;
    this.#other = this.#other + hash(far ^ 0x27d4eb2f, near, high, low, 0xc2b2ae3d) | 0;
  }
}

function hash(a: number, b: number, c: number, d: number, seed: number): number {
  let sum = Math.imul(a ^ seed, 0xcc9e2d51);
  sum = Math.imul((sum ^ (sum >>> 15)) + b, 0x85ebca6b);
  sum = Math.imul((sum ^ (sum >>> 13)) + c, 0xc2b2ae35);
  sum = Math.imul((sum ^ (sum >>> 16)) + d, 0x27d4eb2f);
  sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b);
  return sum ^ (sum >>> 13);
}

/** 53 bits of text, as a number. */
export function textKey(bytes: Uint8Array): number {
  let low = 0x811c9dc5, high = 0x050c5d1f;
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul((high ^ byte) + 0x7f4a7c15, 0x5bd1e995);
    high ^= high >>> 13;
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
