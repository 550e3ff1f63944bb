/**
 * The story of a concatenation: open, plan, run, commit.
 *
 * @module
 */
import { text } from "./base/argument.ts";
import { MiscountError, ResumeError } from "./base/errors.ts";
import { BufferPool } from "./base/pool.ts";
import { type ConcatOptions, type ResolvedOptions, resolveOptions, type RunOptions } from "./options.ts";
import { checkAllKeys, givenStores, type InputLike, keysOf, locationOf, pathsOf } from "./given.ts";
import type { Header } from "./anndata/header.ts";
import { isWorthWorker } from "./plan/batch.ts";
import { buildPlan } from "./plan/build.ts";
import { checkFormat } from "./plan/hdf5.ts";
import type { Plan } from "./plan/plan.ts";
import { execute } from "./run/executor.ts";
import { changedSince, localFingerprints } from "./run/fingerprint.ts";
import { Journal, journalHead } from "./run/journal.ts";
import { Meter } from "./run/meter.ts";
import { Crew } from "./run/pool.ts";
import { type GrowingOutput, openOutput } from "./run/open_output.ts";
import { isStop } from "./run/partial.ts";
import type { GivenStores } from "./run/inputs.ts";
import { finalNodes } from "./run/result.ts";
import { Sweep } from "./run/sweep.ts";
import { openStoreWriter } from "./storage/create.ts";
import type { NodeSpec, StoreFormat } from "./storage/node.ts";
import { survey } from "./survey.ts";

export { type InputLike, isSource, keysOf } from "./given.ts";

/** What a caller may see of a run's start. */
export interface PlanOptions {
  /** Called with the plan, before anything is written. */
  readonly onPlan?: (plan: Plan) => void;
}

/** What a concatenation did. */
export interface ConcatReport {
  /** The plan that was carried out. */
  readonly plan: Plan;
  /** Seconds from start to end. */
  readonly seconds: number;
  /** Stored entries of each sparse matrix of the result, by its path. */
  readonly entries: Readonly<Record<string, number>>;
}

/**
 * Concatenate AnnData stores on disk into a new store: what `anndata.concat` returns, within `memory`.
 *
 * @example
 * ```ts
 * import { concatOnDisk } from "@anncat/anncat";
 *
 * const inputs = "testdata/cases/dtype_i4_f4_csr/inputs", out = `${Deno.makeTempDirSync()}/all.zarr`;
 * const stores = [`${inputs}/0.zarr`, { source: `${inputs}/1.zarr`, key: "second" }];
 * const { seconds, entries } = await concatOnDisk(stores, out, { join: "outer", label: "batch", memory: "256MiB" });
 * console.log(seconds, entries);
 * ```
 *
 * @param inputs AnnData stores: paths, URLs, or stores in memory.
 * @param out Path of the new store, or its place in a bucket (`s3://bucket/key.zarr`); its suffix says the format.
 * @throws {FormatError} where an input is broken, {@linkcode IncompatibleInputsError} where inputs do not go together,
 * {@linkcode MemoryLimitError} where the budget is too small, {@linkcode OutputExistsError} where `out` exists, or is no
 * store that `overwrite` replaces, {@linkcode UnsupportedError} where it is an input, holds one or lies in one,
 * {@linkcode ResumeError} where the run that is to be resumed had other inputs or options, or an input changes while it is
 * read, `TypeError` and `RangeError` for wrong arguments.
 */
export async function concatOnDisk(
  inputs: readonly InputLike[],
  out: string,
  options: ConcatOptions & RunOptions & PlanOptions = {},
): Promise<ConcatReport> {
  const started = performance.now();
  const stores = givenStores(inputs), fingerprints = localFingerprints(pathsOf(inputs));
  using crew = new Crew();
  const plan = await planHere(inputs, out, options, {
    seen(header, resolved) {
      if (isWorthWorker(header, resolved)) crew.resize(1);
    },
  });
  options.onPlan?.(plan);
  const run = { stores, fingerprints, crew, options };
  const entries = await carryOut(plan, { ...run, presumes: true }).catch((error) => {
    if (!(error instanceof MiscountError)) throw error;
    return carryOut(plan, { ...run, options: { ...options, resume: false }, presumes: false });
  });
  return { plan, entries, seconds: (performance.now() - started) / 1000 };
}

/** What a plan is carried out with. */
interface RunParts {
  readonly stores: GivenStores;
  /** Of the inputs that are here, from before the plan was made. */
  readonly fingerprints: ReadonlyMap<string, string>;
  readonly crew: Crew;
  readonly options: RunOptions;
  /** As {@linkcode execute} has it. */
  readonly presumes: boolean;
}

/** Carry out `plan`: the output is there afterwards, or nothing is. Returns its {@linkcode ConcatReport.entries}. */
async function carryOut(plan: Plan, parts: RunParts): Promise<ConcatReport["entries"]> {
  const { stores, fingerprints, crew, options, presumes } = parts;
  const { overwrite = false, resume = false, signal } = options;
  crew.resize(plan.memory.workers - 1);
  const output = await openOutput(plan, { overwrite, resume, signal });
  const meter = new Meter(plan, options), { folders } = output;
  using journal = await openJournal(output, plan, meter, parts);
  try {
    const sweep = new Sweep(plan, folders.scratch, journal, (task) => meter.skip(task));
    await execute(plan, { folders, journal: sweep, meter, crew, presumes, signal, stores });
    refuseChanged(fingerprints);
    const { nodes, entries } = finalNodes(plan, output.folders);
    await writeMetadata(plan, output, nodes, signal);
    signal?.throwIfAborted();
    await output.publish({ sync: options.sync });
    return entries;
  } catch (error) {
    const isKept = (options.keepPartial ?? false) && journal.count > 0 && isStop(error, signal);
    throw withLeft(error, await (isKept ? output.keep() : output.discard()));
  }
}

/** What was read of an input that has changed meanwhile may be half of one store and half of another. */
function refuseChanged(fingerprints: ReadonlyMap<string, string>): void {
  const source = changedSince(fingerprints);
  if (source === undefined) return;
  throw new ResumeError(`Cannot go on with "${source}": it has changed while it was read; run again when it is whole`, {
    source,
  });
}

async function writeMetadata(
  plan: Plan,
  { folders }: GrowingOutput,
  nodes: readonly NodeSpec[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { s3Endpoint } = plan.options, { format } = plan.output;
  const writer = await openStoreWriter(folders.store, format, new BufferPool(), { s3Endpoint, signal });
  try {
    await writer.finish(nodes);
  } finally {
    await writer.close?.();
  }
}

/** `error`, with what the failed run has had to leave. */
function withLeft(error: unknown, left: string | undefined | void): unknown {
  if (left === undefined || !(error instanceof Error)) return error;
  return Object.assign(error, { message: `${error.message}; ${left}` });
}

/** The journal of a run: begun, or of the run that is resumed. */
async function openJournal(
  output: GrowingOutput,
  plan: Plan,
  meter: Meter,
  { stores, fingerprints, options: { signal } }: RunParts,
): Promise<Journal> {
  const skip = (id: number): void => {
    const task = plan.tasks[id];
    if (task !== undefined) meter.skip(task);
  };
  try {
    const head = await journalHead(plan, stores, fingerprints, signal), { folder, isTakenOver } = output;
    if (!isTakenOver) return Journal.begin(folder, head);
    return await Journal.resume(folder, plan.output.location, head, skip, signal);
  } catch (error) {
    throw withLeft(error, await (output.isTakenOver ? output.keep() : output.discard()));
  }
}

/**
 * Plan a concatenation without writing anything; the same arguments and errors as {@linkcode concatOnDisk}.
 *
 * @example
 * ```ts
 * import { planConcat } from "@anncat/anncat";
 *
 * const inputs = "testdata/cases/dtype_i4_f4_csr/inputs";
 * const plan = await planConcat([`${inputs}/0.zarr`, `${inputs}/1.zarr`], "all.zarr", { memory: "256MiB" });
 * for (const { kind, element, message } of plan.notes) console.log(kind, element, message);
 * console.log(plan.shape, plan.memory.total, plan.tasks.length);
 * ```
 */
export async function planConcat(
  inputs: readonly InputLike[],
  out: string,
  options: ConcatOptions & RunOptions = {},
): Promise<Plan> {
  return await planTasks(inputs, out, options);
}

/** {@linkcode planConcat} with tasks that read no more than about `taskBytes`. */
export async function planTasks(
  inputs: readonly InputLike[],
  out: string,
  options: ConcatOptions & RunOptions,
  taskBytes?: number,
): Promise<Plan> {
  return await planHere(inputs, out, options, { taskBytes });
}

/** What a planner may be told, and who may be told what it sees. */
interface Planning {
  /** Decoded bytes that a task reads at most. */
  readonly taskBytes?: number | undefined;
  /** Called with each input's header, before all is planned. */
  readonly seen?: (header: Header, options: ResolvedOptions) => void;
}

/** A plan for this machine. */
async function planHere(
  inputs: readonly InputLike[],
  out: string,
  options: ConcatOptions & RunOptions,
  planning: Planning,
): Promise<Plan> {
  const machine = thisMachine();
  const outputOf = (resolved: ResolvedOptions, first: StoreFormat | undefined): Plan["output"] => (
    { location: out, format: outputFormat(out, resolved, first) }
  );
  return await planFor(inputs, options, machine, outputOf, planning);
}

/** The plan of a concatenation that is only to be read, and those of its inputs that are stores of the caller's. */
export async function lazyPlan(
  inputs: readonly InputLike[],
  options: ConcatOptions & Pick<RunOptions, "signal" | "s3Endpoint">,
): Promise<{ readonly plan: Plan; readonly stores: GivenStores }> {
  // Streams are as large as who reads them asks for: no budget cuts them.
  const machine = { cores: 0, memory: Number.MAX_SAFE_INTEGER }, memory = Number.MAX_SAFE_INTEGER;
  const plan = await planFor(inputs, { ...options, memory }, machine, ({ zarrFormat }) => (
    { location: "", format: { kind: "zarr", version: zarrFormat ?? 3 } }
  ));
  return { plan, stores: givenStores(inputs) };
}

async function planFor(
  inputs: readonly InputLike[],
  options: ConcatOptions & RunOptions,
  machine: Parameters<typeof resolveOptions>[1],
  outputOf: (options: ResolvedOptions, first: StoreFormat | undefined) => Plan["output"],
  { taskBytes, seen }: Planning = {},
): Promise<Plan> {
  const stores = givenStores(inputs);
  if (inputs.length === 0) throw new TypeError("No objects to concatenate");
  const here = stores.size > 0 ? { workers: 0 } : {},
    resolved = resolveOptions({ ...options, ...here }, machine),
    keys = keysOf(inputs, options);
  checkAllKeys(keys, inputs.length, resolved.label);
  outputOf(resolved, undefined); // may refuse, before anything is read
  const { headers, ...found } = await survey(inputs.map(locationOf), resolved, {
    signal: options.signal,
    seen: (header) => seen?.(header, resolved),
  });
  const output = outputOf(resolved, headers[0]?.format);
  return buildPlan({ headers, ...found, keys, output, options: resolved, taskBytes });
}

/** Refuse what an output cannot be, as far as its name and the options tell. */
export function checkOutput(out: string, options: ConcatOptions & RunOptions): void {
  const resolved = resolveOptions(options, thisMachine());
  checkFormat(resolved, outputFormat(out, resolved, undefined), out);
}

function thisMachine(): Parameters<typeof resolveOptions>[1] {
  return { cores: navigator.hardwareConcurrency, memory: machineMemory() };
}

function outputFormat(out: string, options: ResolvedOptions, first: StoreFormat | undefined): StoreFormat {
  if (/\.h5(ad)?\/?$/i.test(text("out", out))) return { kind: "h5ad" };
  if (!/\.zarr\/?$/i.test(out)) {
    throw new TypeError(`Cannot tell the format of "${out}": give the output a name that ends in .zarr or .h5ad`);
  }
  const version = options.zarrFormat ?? (first?.kind === "zarr" ? first.version : 3);
  if (version === 2 && Array.isArray(options.shards)) {
    const whose = options.zarrFormat === null ? ", the first input's," : "";
    throw new TypeError(
      `Cannot write "${out}" with shards: zarr format 2${whose} has none; add --zarr-format 3, or leave out --shards`,
    );
  }
  return { kind: "zarr", version };
}

/** What the machine has, where the runtime may tell; else as much as makes the default budget. */
export function machineMemory(): number {
  if (Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" }).state !== "granted") return 4 * 2 ** 30;
  return Deno.systemMemoryInfo().total;
}
