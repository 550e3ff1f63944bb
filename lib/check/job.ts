/**
 * What every step of a comparison works with: how to compare, memory, and where to put what is found.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import { itemBytes } from "../base/dtype.ts";
import { MemoryLimitError } from "../base/errors.ts";
import { BufferPool } from "../base/pool.ts";
import { product } from "../base/range.ts";
import { INLINE, RUNTIME } from "../plan/memory.ts";
import type { ArraySpec } from "../storage/node.ts";
import { type Difference, type Names, Tally } from "./difference.ts";

/** How stores are compared. */
export interface JobOptions {
  /** The relative tolerance of floats. */
  readonly rtol: number;
  /** Whether encodings count as they are written, not only by what they mean. */
  readonly exact: boolean;
  /** Elements that do not count, with all below them. */
  readonly ignore: readonly string[];
  /** How many values of an element are told. */
  readonly examples: number;
  /** Resident bytes of the whole process. */
  readonly memory: number;
  /** What of them is for other things than chunks. */
  readonly reserved: number;
  /** Stops the comparison. */
  readonly signal: AbortSignal | undefined;
}

/** Garbage and small things, beside what is counted. */
const SLACK = 16 * 2 ** 20;

/** The least bytes that a piece of an array is worth comparing. */
const LEAST = 2 ** 16;

/** A comparison under way. */
export class Job {
  readonly rtol: number;
  readonly exact: boolean;
  readonly signal: AbortSignal | undefined;
  readonly pool: BufferPool = new BufferPool();
  readonly differences: Difference[] = [];
  /** Elements compared. */
  elements = 0;
  readonly #ignore: readonly string[];
  readonly #examples: number;
  readonly #memory: number;
  readonly #fixed: number;

  /** Compare as `options` say. */
  constructor(options: JobOptions) {
    this.rtol = options.rtol;
    this.exact = options.exact;
    this.signal = options.signal;
    this.#ignore = options.ignore;
    this.#examples = options.examples;
    this.#memory = options.memory;
    this.#fixed = RUNTIME + INLINE + SLACK + options.reserved;
  }

  /** Whether `element`, or what it belongs to, does not count. */
  ignores(element: string): boolean {
    return this.#ignore.some((path) => element === path || element.startsWith(`${path}/`));
  }

  /** Note that `what` of `element` differs; returns whether it does. */
  differs(element: string, what: string, a: string, b: string): boolean {
    if (a !== b) this.differences.push({ kind: "form", element, what, a, b });
    return a !== b;
  }

  /** A new count of values. */
  tally(): Tally {
    return new Tally(this.#examples);
  }

  /** Note what `tally` has found; returns whether there is anything. */
  async note(tally: Tally, element: string, axes: readonly (Names | null)[]): Promise<boolean> {
    const found = await tally.result(element, axes);
    if (found !== undefined) this.differences.push(found);
    return found !== undefined;
  }

  /**
   * Bytes that each of `pieces` pieces of arrays may take while chunks of arrays like `specs` are decoded; a
   * {@linkcode MemoryLimitError} where the budget is too small.
   */
  room(element: string, specs: readonly ArraySpec[], pieces: number): number {
    // A chunk as it is stored, and decoded.
    const chunks = specs.reduce((sum, spec) => sum + 2.07 * chunkBytes(spec), 0);
    const rest = this.#memory - this.#fixed - chunks;
    if (rest >= pieces * LEAST) return rest / pieces;
    const limit = this.#memory, required = this.#fixed + chunks + pieces * LEAST;
    const way = `it needs ${formatBytes(Math.ceil(required))}; raise --memory to ${Math.ceil(required / 2 ** 20)}MiB`;
    throw new MemoryLimitError(`Cannot compare "${element}" in ${formatBytes(limit)}: ${way}`, {
      limit,
      required,
      element,
    });
  }
}

/** Bytes of a decoded chunk; text is taken for 32 bytes. */
function chunkBytes({ dtype, chunks }: ArraySpec): number {
  return product(chunks) * (dtype === "string" ? 32 : itemBytes(dtype));
}
