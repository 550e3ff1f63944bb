/**
 * A concatenation in pieces that processes on any number of machines do: write the tasks, run each, finish.
 *
 * @module
 */
import { resolve } from "node:path";
import { BufferPool } from "./base/pool.ts";
import { parseBytes } from "./base/bytes.ts";
import { isUrl } from "./base/location.ts";
import { ResumeError, UnsupportedError } from "./base/errors.ts";
import { type InputLike, planTasks } from "./concat.ts";
import type { ConcatOptions, RunOptions } from "./options.ts";
import {
  type Batch,
  batchesOf,
  type BatchStage,
  batchStages,
  processMemory,
  TASK_SIZE,
  tasksOf,
} from "./plan/batch.ts";
import type { Plan } from "./plan/plan.ts";
import { inputsRead } from "./plan/reads.ts";
import { execute } from "./run/executor.ts";
import { inputFingerprints } from "./run/fingerprint.ts";
import { Meter } from "./run/meter.ts";
import { Output } from "./run/output.ts";
import { Crew } from "./run/pool.ts";
import { liesIn } from "./run/replace.ts";
import { finalNodes } from "./run/result.ts";
import { type Finished, type TaskFile, Work } from "./run/work.ts";
import { openStoreWriter } from "./storage/create.ts";
import { exists, isFolder } from "./storage/store.ts";
import type { WrittenFile } from "./storage/written.ts";

/** Options of {@linkcode writeTasks} beside those of a concatenation. */
export interface TasksOptions
  extends ConcatOptions, Pick<RunOptions, "memory" | "workers" | "maxLoadedElems" | "s3Endpoint"> {
  /**
   * Decoded bytes of input that a task reads, about, in bytes or as text (`"512MiB"`); a chunk or shard of the output
   * at least.
   * @default {"2GiB"}
   */
  readonly taskSize?: number | string;
  /**
   * Whether an output that exists is replaced when the work is finished.
   * @default {false}
   */
  readonly overwrite?: boolean;
  /** Stops the planning. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode writeTasks} wrote. */
export interface TasksReport {
  /** The plan that the tasks carry out. */
  readonly plan: Plan;
  /** The folder of the tasks, as an absolute path. */
  readonly dir: string;
  /** The stages in their order. */
  readonly stages: readonly BatchStage[];
}

/**
 * Plan a concatenation, and write it into the folder `dir` as tasks that {@linkcode runTaskFile} runs, on any machine
 * which sees the same paths; {@linkcode finishTasks} then gives the result its name. What they make is the same, byte
 * for byte, as what `concatOnDisk` makes.
 *
 * @example
 * ```ts
 * import { finishTasks, runTaskFile, writeTasks } from "@anncat/anncat";
 *
 * const inputs = "testdata/cases/dtype_i4_f4_csr/inputs", folder = Deno.makeTempDirSync(), dir = `${folder}/work`;
 * const stores = [`${inputs}/0.zarr`, `${inputs}/1.zarr`];
 * const { stages } = await writeTasks(stores, `${folder}/all.zarr`, dir, { join: "outer", memory: "256MiB" });
 * for (const { start, end } of stages) { // each stage after the one before it
 *   for (let number = start; number < end; number++) await runTaskFile(dir, number); // in any order, anywhere
 * }
 * console.log((await finishTasks(dir)).shape);
 * ```
 *
 * @param inputs AnnData stores: paths and URLs.
 * @param out Path of the new store, which ends in `.zarr`: an HDF5 file has one writer.
 * @param dir A folder that all machines see; it is made where it is missing.
 * @throws as {@linkcode concatOnDisk} does, and {@linkcode ResumeError} where `dir` is not empty.
 */
export async function writeTasks(
  inputs: readonly InputLike[],
  out: string,
  dir: string,
  options: TasksOptions = {},
): Promise<TasksReport> {
  const { taskSize, overwrite = false, ...planning } = options, folder = resolve(dir);
  refuseOutput(out);
  if (isUrl(dir)) throw new UnsupportedError(`Cannot write tasks into "${dir}": ${NO_URL}`, { source: dir });
  if (!isVacant(folder)) {
    throw new ResumeError(`Cannot write tasks into "${dir}": it is not empty; choose another folder, or remove it`, {
      source: dir,
    });
  }
  if (liesIn(folder, resolve(out))) {
    const why = "the output would take its place; choose another folder";
    throw new UnsupportedError(`Cannot write tasks into "${dir}": ${why}`, { source: dir });
  }
  const output = resolve(out), size = taskSize === undefined ? TASK_SIZE : parseBytes(taskSize);
  const plan = await planTasks(inputs.map(everywhere), output, planning, size), batches = batchesOf(plan.tasks, size);
  const stages = batchStages(plan, batches);
  const { s3Endpoint } = plan.options, { signal } = options;
  const locations = plan.inputs.map(({ location }) => location), { format } = plan.output;
  const fingerprints = await inputFingerprints(locations, { s3Endpoint, signal });
  const hidden = Output.prepare(output, { overwrite, format, inputs: locations });
  try {
    const head = { output, overwrite, folder: hidden, stages };
    Work.begin(folder, head, plan, taskFiles(plan, batches, stages, fingerprints));
  } catch (error) {
    Output.adopt(output, hidden, overwrite).discard();
    if (exists(folder)) Deno.removeSync(folder, { recursive: true });
    throw error;
  }
  return { plan, dir: folder, stages };
}

/** Why neither tasks nor what they write may be at a URL, and the way out. */
const NO_URL = "tasks work in folders that all machines see, not in buckets or at URLs; give a path";

/** Whether nothing is in the folder `dir`, or at its path. */
function isVacant(dir: string): boolean {
  return isFolder(dir) ? Deno.readDirSync(dir)[Symbol.iterator]().next().done === true : !exists(dir);
}

function refuseOutput(out: string): void {
  if (/\.h5(ad)?\/?$/i.test(out)) {
    throw new UnsupportedError(
      `Cannot split "${out}" into tasks: one HDF5 file has one writer; give the output a name that ends in .zarr ` +
        "(anncat convert makes .h5ad of it)",
      { source: out },
    );
  }
  if (isUrl(out)) {
    throw new UnsupportedError(`Cannot split "${out}" into tasks: ${NO_URL}`, { source: out });
  }
}

/** An input by a location that says the same in every folder. */
function everywhere(input: InputLike): InputLike {
  const { source, key } = typeof input === "object" && "source" in input ? input : { source: input, key: undefined };
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw new TypeError("Cannot split a concatenation of stores in memory into tasks: give paths or URLs");
  }
  const location = source instanceof URL || isUrl(source) ? source : resolve(source);
  return key === undefined ? location : { source: location, key };
}

/** The task files, one by one: there may be many. */
function* taskFiles(
  plan: Plan,
  batches: readonly Batch[],
  stages: readonly BatchStage[],
  fingerprints: readonly (string | null)[],
): Generator<TaskFile> {
  const known = plan.inputs.map(({ location }, at) => ({ location, fingerprint: fingerprints[at] ?? null }));
  for (const batch of batches) {
    const tasks = tasksOf(plan, batch), stage = stages.find(({ stage }) => stage === batch.stage);
    const elements = new Set(tasks.map(({ element }) => element)), inputs = new Set<number>();
    for (const task of tasks) {
      const element = plan.elements[task.element];
      if (element !== undefined) inputsRead(element, task).forEach((input) => inputs.add(input));
    }
    yield {
      version: 1,
      ...batch,
      elements: [...elements].map((element) => plan.elements[element]?.path ?? ""),
      inputs: [...inputs].sort((a, b) => a - b).flatMap((input) => known[input] ?? []),
      memory: plan.options.memory,
      workers: stage?.workers ?? 1,
      tasks,
    };
  }
}

/** Options of {@linkcode runTaskFile}: how to run, where the plan does not say it right for this machine. */
export type RunTaskOptions = Pick<RunOptions, "memory" | "workers" | "signal" | "onProgress" | "onTask">;

/** What {@linkcode runTaskFile} did. */
export interface RunTaskReport {
  /** Whether the task had been done before, so that there was nothing to do. */
  readonly wasDone: boolean;
  /** The elements that the task works on. */
  readonly elements: readonly string[];
  /** Decoded bytes that the task reads, about. */
  readonly bytes: number;
  /** Seconds from start to end. */
  readonly seconds: number;
}

/**
 * Run task `number` of those that {@linkcode writeTasks} wrote into `dir`; see there for an example. A task may be run
 * again, or twice at the same time, and be killed at any moment.
 *
 * @throws {RangeError} where there is no such task, {@linkcode ResumeError} where an input has changed or earlier stages
 * are not done, {@linkcode MemoryLimitError} where `memory` is too little.
 */
export async function runTaskFile(dir: string, number: number, options: RunTaskOptions = {}): Promise<RunTaskReport> {
  const started = performance.now(), work = Work.open(dir), file = work.task(number), { elements, bytes } = file;
  const report = (wasDone: boolean): RunTaskReport => (
    { wasDone, elements, bytes, seconds: (performance.now() - started) / 1000 }
  );
  if (work.finished !== undefined) return report(true);
  if (!work.isGrowing) throw new ResumeError(gone(dir, work.head.folder), { source: dir });
  const changed = await work.changedInput(file, options.signal);
  if (changed !== undefined) {
    throw new ResumeError(
      `Cannot run task ${number} of "${dir}": "${changed}" has changed since the tasks were written; write them anew`,
      { source: changed },
    );
  }
  if (work.isDone(file)) return report(true);
  const missing = work.missing(file.stage);
  if (missing.length > 0) {
    throw new ResumeError(
      `Cannot run task ${number} of "${dir}": it needs what earlier stages make, and ${named(missing)} not done`,
      { source: dir },
    );
  }
  work.record(file, await run(work, file, options));
  return report(false);
}

async function run(work: Work, file: TaskFile, options: RunTaskOptions): Promise<readonly WrittenFile[]> {
  const { tasks } = file, read = work.plan(new Set(tasks.map(({ element }) => element))), written: WrittenFile[] = [];
  const limits = {
    memory: options.memory === undefined ? file.memory : parseBytes(options.memory),
    workers: options.workers ?? file.workers,
  };
  const plan = { ...read.plan, tasks, memory: processMemory(read.plan, read.names, tasks, limits) };
  using crew = new Crew();
  crew.resize(plan.memory.workers - 1);
  await execute(plan, {
    folders: work.folders,
    journal: { done: new Set(), record: (_, files) => void written.push(...files) },
    meter: new Meter(plan, options),
    crew,
    signal: options.signal,
  });
  return written;
}

/** Options of {@linkcode finishTasks}. */
export type FinishOptions = Pick<RunOptions, "sync">;

/**
 * Finish what the tasks in `dir` made: check that all are done, write the metadata, and give the result its name. Doing
 * it again does nothing. See {@linkcode writeTasks} for an example.
 *
 * @throws {ResumeError} where tasks are missing, {@linkcode OutputExistsError} where the output has come into being.
 */
export async function finishTasks(dir: string, { sync }: FinishOptions = {}): Promise<Finished> {
  const work = Work.open(dir), { output: location, folder, overwrite } = work.head, { finished } = work;
  if (finished !== undefined) return finished;
  if (!work.isGrowing) return afterPublishing(work);
  const missing = work.incomplete();
  if (missing.length > 0) {
    throw new ResumeError(
      `Cannot finish "${dir}": ${named(missing)} not done, of ${work.count}; anncat run-task runs each`,
      { source: dir },
    );
  }
  const output = Output.adopt(location, folder, overwrite);
  if (!work.isGrowing) { // another process has been faster
    output.keep();
    return afterPublishing(work);
  }
  let result: Finished;
  try {
    const { plan } = work.plan(), { nodes, entries } = finalNodes(plan, work.folders);
    result = { output: location, shape: plan.shape, entries };
    const writer = await openStoreWriter(work.folders.store, plan.output.format, new BufferPool());
    await writer.finish(nodes);
    work.publish(result);
    output.publish({ sync });
  } catch (error) {
    output.keep();
    throw error;
  }
  work.finish(result);
  return result;
}

/** The end of work whose result has its name already. */
function afterPublishing(work: Work): Finished {
  const { output, folder, overwrite } = work.head, result = work.publishing;
  if (result === undefined) throw new ResumeError(gone(work.dir, folder), { source: work.dir });
  try {
    Output.adopt(output, folder, overwrite).discard();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // it is removed
  }
  work.finish(result);
  return result;
}

function gone(dir: string, folder: string): string {
  return `Cannot go on with the tasks in "${dir}": the output that they were making, in "${folder}", is gone; ` +
    "remove the tasks and write them anew";
}

/** Tasks by their numbers, for a message: `task 3 is`, `tasks 3, 4 and 7 more are`. */
function named(numbers: readonly number[]): string {
  const [first] = numbers, shown = numbers.slice(0, 10), more = numbers.length - shown.length;
  if (numbers.length === 1) return `task ${first} is`;
  const list = more > 0
    ? `${shown.join(", ")} and ${more} more`
    : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
  return `tasks ${list} are`;
}
