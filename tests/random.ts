/** Random numbers that a seed repeats. */

/** A generator (Marsaglia's xorshift32). */
export class Random {
  #state: number;

  /** Start with `seed`. */
  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) | 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** A number from 0 up to, but without, 1. */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, but without, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** One of `items`. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** `items` in a random order. */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const other = this.below(i + 1);
      [result[i], result[other]] = [result[other] as T, result[i] as T];
    }
    return result;
  }
}

/** A seed that differs from run to run; it is printed where a test with it fails. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/** Run `test` with random numbers; what it throws names the seed. `ANNCAT_SEED` in the environment repeats one. */
export async function withSeed(test: (random: Random) => void | Promise<void>): Promise<void> {
  const asked = Deno.env.get("ANNCAT_SEED"), seed = asked === undefined ? freshSeed() : Number(asked);
  try {
    await test(new Random(seed));
  } catch (error) {
    console.error(`The seed was ${seed}: repeat with ANNCAT_SEED=${seed}`);
    throw error;
  }
}
