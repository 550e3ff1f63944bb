/**
 * Put AnnData stores together: on disk, in memory that you set, or as streams, without writing anything.
 *
 * @example On disk
 * ```ts
 * import { concatOnDisk } from "./mod.ts";
 *
 * const [a, b] = ["testdata/cases/dtype_i4_f4_csr/inputs/0.zarr", "testdata/cases/dtype_i4_f4_csr/inputs/1.zarr"];
 * const out = `${Deno.makeTempDirSync()}/out.zarr`;
 * await concatOnDisk([a, b], out, { join: "outer", label: "batch", memory: "256MiB" });
 * ```
 *
 * @example As streams
 * ```ts
 * import { concat, openAnnData } from "./mod.ts";
 *
 * const a = await openAnnData("testdata/cases/dtype_i4_f4_csr/inputs/0.zarr"); // headers and names only
 * const b = await openAnnData("testdata/cases/dtype_i4_f4_csr/inputs/1.zarr");
 * const merged = await concat([a, b], { join: "inner" }); // nothing is written
 * for await (using chunk of merged.X!.chunks({ rows: 4096 })) {
 *   if (chunk.kind === "sparse") console.log(chunk.rows, chunk.indptr, chunk.indices, chunk.data);
 * }
 * ```
 *
 * @module
 */
export { type CheckOptions, type CheckReport, compareStores } from "./lib/check/check.ts";
export type { Difference, Example } from "./lib/check/difference.ts";
export { type Problem, type VerifyOptions, verifyOutput, type VerifyReport } from "./lib/check/verify.ts";
export type { ElementSums } from "./lib/check/verify_sums.ts";
export { concatOnDisk, type ConcatReport, type InputLike, planConcat, type PlanOptions } from "./lib/concat.ts";
export {
  type FinishOptions,
  finishTasks,
  runTaskFile,
  type RunTaskOptions,
  type RunTaskReport,
  type TasksOptions,
  type TasksReport,
  writeTasks,
} from "./lib/tasks.ts";
export type { Finished } from "./lib/run/work.ts";
export type { BatchStage } from "./lib/plan/batch.ts";
export type { ConcatOptions, MergeStrategy, Progress, ResolvedOptions, RunOptions, TaskEvent } from "./lib/options.ts";
export {
  AnncatError,
  type ErrorPlace,
  FormatError,
  IncompatibleInputsError,
  MemoryLimitError,
  NetworkError,
  OutputExistsError,
  ResumeError,
  UnsupportedError,
} from "./lib/base/errors.ts";
export { generate, type GenerateReport } from "./lib/generate/generate.ts";
export type { GenerateOptions, ShapeName } from "./lib/generate/options.ts";
export { type RemovedFiles, removeGenerated } from "./lib/generate/remove.ts";
export { type Json, planJson } from "./lib/plan/json.ts";
export type { Note, Plan, PlanInput } from "./lib/plan/plan.ts";
export type { Estimate, PlanDocument } from "./lib/report/estimate.ts";
export type { MachinesEstimate, MachinesStage } from "./lib/report/machines.ts";
export { type DescribeOptions, describeStore, type StoreInfo } from "./lib/report/info.ts";
export type { CategoriesInfo, NodeInfo } from "./lib/report/info_node.ts";
export type { Hint } from "./lib/report/hints.ts";
export type { TablePreview } from "./lib/report/preview.ts";
export { concat, type Concatenation, type LazyConcatOptions, type WriteOptions } from "./lib/lazy_concat.ts";
export { openAnnData, type OpenAnnDataOptions } from "./lib/lazy/open.ts";
export type { AnnData, AnnDataElement, AnnDataView, Matrix, OtherElement, Raw } from "./lib/lazy/anndata.ts";
export type { SparseChunk, SparseMatrix } from "./lib/lazy/sparse.ts";
export type { DenseChunk, DenseMatrix } from "./lib/lazy/dense.ts";
export type { DataFrame } from "./lib/lazy/frame.ts";
export type {
  CategoricalChunk,
  CategoricalColumn,
  Column,
  ColumnBase,
  NullableChunk,
  NullableColumn,
  NumberChunk,
  NumberColumn,
  StringChunk,
  StringColumn,
} from "./lib/lazy/column.ts";
export type { ChunkOptions, ReadOptions } from "./lib/lazy/cut.ts";
export type { InputSource } from "./lib/lazy/source.ts";
export type { ReadableStore, StoreKey, StoreRange } from "./lib/storage/store.ts";
export type { NumberArray, NumericType, TypedArray } from "./lib/base/dtype.ts";
export type { Range } from "./lib/base/range.ts";
export { type Strings, toTexts } from "./lib/base/strings.ts";
export type { Values } from "./lib/base/values.ts";
export type {
  AppendElement,
  AppendPart,
  AppendSource,
  ArraySource,
  CopyElement,
  DenseElement,
  DensePart,
  Element,
  GatheredLayer,
  GatheredSource,
  SparseElement,
  SparsePart,
  SparseSort,
  Transform,
  ValueSource,
} from "./lib/plan/element.ts";
export type { MemoryPlan } from "./lib/plan/memory.ts";
export type { Task, TaskBase, TaskWork } from "./lib/plan/task.ts";
export type { Location } from "./lib/storage/open.ts";
export type {
  ArraySpec,
  Attributes,
  CodecSpec,
  FillValue,
  JsonValue,
  NodeSpec,
  StoreFormat,
} from "./lib/storage/node.ts";
export type { DType, FixedText, StructField, StructType } from "./lib/base/dtype.ts";
export type { MaybePromise } from "./lib/base/async.ts";
