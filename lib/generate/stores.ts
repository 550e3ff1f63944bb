/**
 * Which stores a recipe makes: the notebook's `write_temp_data`, `generate_dimensions` and `array_creators`, in their
 * order and with their names.
 *
 * @module
 */
import type { Matrix } from "./matrix.ts";
import type { Recipe, ShapeName } from "./options.ts";
import { keyOf, unit } from "./random.ts";

/** How X is stored, by the notebook's names. */
export type ArrayName = "csc" | "csr" | "np";

/** Stores that hold the same matrix. */
export interface Family {
  readonly matrix: Matrix;
  readonly stores: readonly PlannedStore[];
}

/** One store. */
export interface PlannedStore {
  /** The name of its folder or file. */
  readonly name: string;
  readonly array: ArrayName;
  /** Tells its obs and var from those of other stores. */
  readonly seed: readonly (number | string)[];
}

/** Names that generate gives. */
export const STORE_NAME = /^\d{2,}_(?:fat|tall|square)_(?:csc|csr|np)\.(?:zarr|h5ad)$/;

/** The families that `recipe` makes, in their order. */
export function* familiesOf({ sizes, shapes, densities, runs, seed, format }: Recipe): Generator<Family> {
  let id = 1;
  for (let run = 0; run < runs; run++) {
    for (const shape of shapes) {
      for (const size of sizes) {
        for (const density of densities) {
          const place = [seed, run, shape, size, density];
          const arrays: readonly ArrayName[] = density === 1 ? ["np"] : ["csc", "csr"];
          yield {
            matrix: { shape: dimensions(shape, size, unit(keyOf(...place, "length"), 0)), density, seed: place },
            stores: arrays.map((array) => ({
              name: nameOf(id++, shape, array, format),
              array,
              seed: [...place, array],
            })),
          };
        }
      }
    }
  }
}

/** The notebook's `generate_dimensions`: the longer axis is 20 to 40 % longer, as `random` in [0, 1) says. */
function dimensions(shape: ShapeName, size: number, random: number): { rows: number; columns: number } {
  const longer = size + Math.floor(size * (0.2 + 0.2 * random));
  return { rows: shape === "fat" ? longer : size, columns: shape === "tall" ? longer : size };
}

function nameOf(id: number, shape: ShapeName, array: ArrayName, format: Recipe["format"]): string {
  return `${String(id).padStart(2, "0")}_${shape}_${array}.${format === "h5ad" ? "h5ad" : "zarr"}`;
}
