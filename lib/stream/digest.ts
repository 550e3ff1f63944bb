/**
 * Digests of values by content: equal values have equal digests, however they are chunked, ordered or encoded. A digest
 * is a sum of one hash for every value and its place, so values can come in any order and none is held.
 *
 * @module
 */
import { rowBytes, rowCount, type Strings } from "../base/strings.ts";

/** Four sums of 32 bits. */
const LANES = 4;

/** Odd numbers that tell the lanes apart. */
const SEEDS = Uint32Array.of(0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f);

/** Two halves of a float64. */
const HALVES = new Uint32Array(2);
const FLOAT = new Float64Array(HALVES.buffer);

/** Sums up values and their places. */
export class Digest {
  readonly #sums = new Uint32Array(LANES);
  /** How many values there were: missing ones are not added, so their number counts. */
  #count = 0;

  /** Add a number at a place; 1, 1.0 and true are the same, as are 0 and -0. */
  number(place: number, value: number): void {
    FLOAT[0] = value === 0 ? 0 : Number.isNaN(value) ? NaN : value;
    this.#add(place, HALVES[0] as number, HALVES[1] as number, 1);
  }

  /** Add a whole number at a place: the same as {@linkcode number} where that holds it. */
  whole(place: number, value: bigint): void {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return this.number(place, number);
    this.#add(place, Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n)), 2);
  }

  /** Add text (UTF-8) at a place. */
  text(place: number, text: Uint8Array): void {
    hashText(text);
    this.#add(place, TEXT[0] as number, TEXT[1] as number, 3);
  }

  /** The sums as text. */
  toString(): string {
    return `${this.#count}:${Array.from(this.#sums, (sum) => sum.toString(36)).join(".")}`;
  }

  #add(place: number, low: number, high: number, kind: number): void {
    const near = place | 0, far = Math.floor(place / 2 ** 32) ^ kind << 28;
    this.#count++;
    for (let lane = 0; lane < LANES; lane++) {
      const seed = SEEDS[lane] as number;
      let hash = Math.imul(near ^ seed, 0xcc9e2d51);
      hash = mixed(hash, far);
      hash = mixed(hash, low);
      hash = mixed(hash, high);
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      this.#sums[lane] = (this.#sums[lane] as number) + (hash ^ (hash >>> 16));
    }
  }
}

/** What {@linkcode hashText} has found. */
const TEXT = new Uint32Array(2);

/** Two hashes of text, into {@linkcode TEXT}. */
function hashText(text: Uint8Array): void {
  let low = 0x811c9dc5, high = text.length;
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ (text[i] as number), 0x01000193);
    high = Math.imul((high ^ (text[i] as number)) + 0x7f4a7c15, 0x5bd1e995);
    high ^= high >>> 13;
  }
  TEXT[0] = low;
  TEXT[1] = high;
}

/** A number of 53 bits for text (UTF-8), which hardly any other text has. */
export function textKey(text: Uint8Array): number {
  hashText(text);
  return ((TEXT[1] as number) >>> 11) * 2 ** 32 + (TEXT[0] as number);
}

/** One round of MurmurHash3's kind. */
function mixed(hash: number, word: number): number {
  let own = Math.imul(word, 0xcc9e2d51);
  own = Math.imul((own << 15) | (own >>> 17), 0x1b873593);
  const next = hash ^ own;
  return Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64 | 0;
}

/** The digest of texts in their order. */
export function digestTexts(texts: Strings): string {
  const digest = new Digest();
  for (let row = 0; row < rowCount(texts); row++) digest.text(row, rowBytes(texts, row));
  return digest.toString();
}
