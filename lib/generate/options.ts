/**
 * What is to be generated: the notebook's parameters.
 *
 * @module
 */

/** Which axis is longer: `fat` has more rows than `size`, `tall` more columns (the notebook's words), `square` neither. */
export type ShapeName = "fat" | "tall" | "square";

/** Options of `generate`. */
export interface GenerateOptions {
  /**
   * Rows and columns of a square.
   * @default {[10000]}
   */
  readonly sizes?: readonly number[];
  /**
   * The shapes, in this order.
   * @default {["fat", "tall", "square"]}
   */
  readonly shapes?: readonly ShapeName[];
  /**
   * The share of cells with an entry; 1 makes a dense matrix, any other one sparse by columns and by rows.
   * @default {[0.1, 1]}
   */
  readonly densities?: readonly number[];
  /**
   * How often each is made.
   * @default {3}
   */
  readonly runs?: number;
  /**
   * What the random numbers follow from: the same seed gives the same bytes.
   * @default {0}
   */
  readonly seed?: number;
  /**
   * The stores' zarr format.
   * @default {2}
   */
  readonly zarrFormat?: 2 | 3;
  /**
   * Whether `.h5ad` files are made instead of zarr stores.
   * @default {false}
   */
  readonly h5ad?: boolean;
  /**
   * Whether what an earlier `generate` made there is replaced.
   * @default {false}
   */
  readonly rewrite?: boolean;
  /** Stops the run; no unfinished store is left. */
  readonly signal?: AbortSignal;
  /** Called with a line for each store that is there. */
  readonly onStore?: (line: string) => void;
}

/** The options that shape what is made, with every default filled in: plain JSON. */
export interface Recipe {
  readonly sizes: readonly number[];
  readonly shapes: readonly ShapeName[];
  readonly densities: readonly number[];
  readonly runs: number;
  readonly seed: number;
  readonly format: "zarr 2" | "zarr 3" | "h5ad";
}

const SHAPES: readonly ShapeName[] = ["fat", "tall", "square"];

/** Check options and fill in what was not said; wrong ones are `TypeError` or `RangeError`. */
export function recipeOf(options: GenerateOptions): Recipe {
  const { sizes = [10_000], shapes = SHAPES, densities = [0.1, 1], runs = 3, seed = 0, zarrFormat = 2 } = options;
  if (zarrFormat !== 2 && zarrFormat !== 3) throw new TypeError(`Cannot use zarrFormat ${zarrFormat}: it is 2 or 3`);
  return {
    sizes: some("sizes", sizes, (size) => Number.isSafeInteger(size) && size >= 1 && size < 2 ** 30, "whole numbers"),
    shapes: some("shapes", shapes, (shape) => SHAPES.includes(shape), "fat, tall or square"),
    densities: some("densities", densities, (density) => density >= 0 && density <= 1, "from 0 to 1"),
    runs: whole("runs", runs, 1),
    seed: whole("seed", seed, 0),
    format: options.h5ad === true ? "h5ad" : `zarr ${zarrFormat}`,
  };
}

function some<T>(name: string, values: readonly T[], isRight: (value: T) => boolean, what: string): readonly T[] {
  if (values.length > 0 && values.every(isRight)) return values;
  throw new RangeError(`Cannot use ${name} ${JSON.stringify(values)}: they are ${what}`);
}

function whole(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`Cannot use ${name} ${value}: it is a whole number of at least ${least}`);
}
