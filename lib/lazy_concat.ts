/**
 * Concatenation that writes nothing: the result as streams.
 *
 * @module
 */
import { concatOnDisk, type ConcatReport, type InputLike, lazyPlan } from "./concat.ts";
import { annData, type AnnDataView } from "./lazy/anndata.ts";
import { plannedContent } from "./lazy/planned.ts";
import { Sorting } from "./lazy/sorting.ts";
import type { ConcatOptions, RunOptions } from "./options.ts";
import type { Note } from "./plan/plan.ts";
import { Inputs } from "./run/inputs.ts";

/** Options of {@linkcode concat}. */
export interface LazyConcatOptions extends ConcatOptions {
  /**
   * Where the temporary folder is made that sparse matrices need which lie in another order than the result's: csc
   * where the result is csr, permuted rows, dense arrays beside sparse ones. By default where the system keeps temporary
   * files. It needs permission to write, which nothing else here does.
   */
  readonly scratch?: string;
  /** Stops waiting for a server, now and whenever values are read. */
  readonly signal?: AbortSignal;
  /** The server of `s3://` locations; by default what the environment of AWS says, or Amazon's. */
  readonly s3Endpoint?: string;
}

/** What only writing needs to know: how the result is stored, and how the work is run. */
export type WriteOptions = RunOptions & Pick<ConcatOptions, "zarrFormat" | "chunks" | "shards" | "codec">;

/** AnnData stores as one. */
export interface Concatenation extends AnnDataView {
  /** All that is dropped, coerced or filled, and why. */
  readonly notes: readonly Note[];
  /**
   * Write it: the same as {@linkcode concatOnDisk} with the inputs and options of this concatenation.
   *
   * @param out Path of the new store; its suffix says the format.
   * @throws what {@linkcode concatOnDisk} throws.
   */
  write(out: string, options?: WriteOptions): Promise<ConcatReport>;
}

/**
 * Concatenate AnnData stores without writing anything: headers are read, and join, reindexing and conversion happen on
 * the fly when values are streamed. Every chunk is what {@linkcode concatOnDisk} would have written.
 *
 * Sparse matrices that lie in another order than the result's are sorted when they are first streamed, in a temporary
 * folder that stays until the concatenation is disposed of (`await using`), or the process ends.
 *
 * @example Two stores as one, by batches of cells
 * ```ts
 * import { concat, openAnnData } from "@anncat/anncat";
 *
 * const a = await openAnnData("testdata/cases/dtype_i4_f4_csr/inputs/0.zarr");
 * const b = await openAnnData("testdata/cases/dtype_i4_f4_csr/inputs/1.zarr");
 * await using merged = await concat([a, b], { join: "outer" });
 * for await (using batch of merged.X?.chunks({ rows: 4 }) ?? []) console.log(batch.rows, batch.data.length);
 * ```
 *
 * @param inputs AnnData stores: opened, or by path, URL, or as stores in memory; each with a key where it has one.
 * @throws {FormatError} where an input is broken, {@linkcode IncompatibleInputsError} where inputs do not go together.
 */
export async function concat(inputs: readonly InputLike[], options: LazyConcatOptions = {}): Promise<Concatenation> {
  const { scratch, signal, ...wanted } = options, { plan, stores } = await lazyPlan(inputs, options);
  const opened = new Inputs(plan, "", { stores, signal });
  const merged = await annData(plannedContent(opened, new Sorting(opened, scratch)));
  return {
    ...merged,
    notes: plan.notes,
    write: (out, how = {}) =>
      concatOnDisk(inputs, out, { ...(signal === undefined ? {} : { signal }), ...wanted, ...how }),
  };
}
