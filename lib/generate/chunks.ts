/**
 * How zarr-python cuts an array when nobody says how.
 *
 * @module
 */
import { type DType, itemBytes } from "../base/dtype.ts";
import { product } from "../base/range.ts";

const LEAST = 128 * 1024, USUAL = 256 * 1024, MOST = 64 * 2 ** 20;

/** The chunk shape that zarr-python 3.1 gives an array. Source: its `_guess_chunks`, after h5py's and PyTables'. */
export function guessChunks(shape: readonly number[], dtype: DType): number[] {
  const item = dtype === "string" ? 1 : itemBytes(dtype); // text of no fixed size is counted as one byte
  const chunks = shape.map((length) => Math.max(length, 1));
  const whole = product(chunks) * item;
  const target = Math.min(Math.max(USUAL * 2 ** Math.log10(whole / 2 ** 20), LEAST), MOST);
  for (let axis = 0;; axis = (axis + 1) % chunks.length) {
    const bytes = product(chunks) * item;
    const isNear = bytes < target || Math.abs(bytes - target) / target < 0.5;
    if ((isNear && bytes < MOST) || product(chunks) === 1) return chunks;
    chunks[axis] = Math.ceil((chunks[axis] as number) / 2);
  }
}
