/**
 * A folder of work that processes on any number of machines share: the plan, task files by stage, scratch files, and a
 * file for each task that is done.
 *
 * Nothing in it is written twice in place: every file grows under a hidden name, and is moved when it is whole. So any
 * process may be killed at any moment, and two may do the same task.
 *
 * @module
 */
import { FormatError, ResumeError } from "../base/errors.ts";
import type { Batch, BatchStage } from "../plan/batch.ts";
import type { Element } from "../plan/element.ts";
import { positionsOf } from "../plan/held.ts";
import { planJson, revived } from "../plan/json.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import { isFile, isFolder } from "../storage/store.ts";
import type { WrittenFile } from "../storage/written.ts";
import type { Folders } from "./bench.ts";
import { inputFingerprints } from "./fingerprint.ts";
import { sharedFolders } from "./output.ts";
import { reindexFile, writeReindex } from "./reindex.ts";

/** The version of a folder's form. */
const VERSION = 3;

/** Where the work stands among several: its form is JSON. */
export interface WorkHead {
  /** The version of this form, and of the folder's. */
  readonly version: typeof VERSION;
  /** The output's path. */
  readonly output: string;
  /** Whether an output that exists is replaced. */
  readonly overwrite: boolean;
  /** The hidden folder beside the output in which it grows. */
  readonly folder: string;
  /** The stages in their order, with the numbers of their task files. */
  readonly stages: readonly BatchStage[];
}

/** The plan but for what stands in files of its own: elements and reindexes, a file each, and tasks. Its form is JSON. */
interface PlanFile extends Omit<Plan, "elements" | "reindexes" | "tasks"> {
  /** How many elements there are. */
  readonly elements: number;
  /** Positions of all reindexes together. */
  readonly names: number;
}

/** What a process reads of a plan: the elements that it asks for, at their numbers; reindexes are read when they count. */
export interface ReadPlan {
  readonly plan: Omit<Plan, "tasks">;
  /** Positions of all reindexes together. */
  readonly names: number;
}

/** A task file: what one process has to do, and what it takes. Its form is JSON. */
export interface TaskFile extends Omit<Batch, "tasks"> {
  /** The version of this form. */
  readonly version: 1;
  /** The elements that it works on, such as `X/data`. */
  readonly elements: readonly string[];
  /** The inputs that it reads, with a text each that differs where they do. */
  readonly inputs: readonly { readonly location: string; readonly fingerprint: string | null }[];
  /** The memory budget of the process, in bytes. */
  readonly memory: number;
  /** Its threads. */
  readonly workers: number;
  /** The pieces of work, as the plan has them. */
  readonly tasks: readonly Task[];
}

/** That a task is done, and the files that it wrote; paths are relative to the output's hidden folder, or to this one. */
interface DoneFile {
  readonly version: 1;
  readonly number: number;
  readonly files: readonly (readonly [path: string, bytes: number, checksum: number])[];
}

/** What finished work came to; JSON. */
export interface Finished {
  /** The output's path. */
  readonly output: string;
  /** Cells and genes of the result. */
  readonly shape: readonly [obs: number, vars: number];
  /** Stored entries of each sparse matrix of the result, by its path. */
  readonly entries: Readonly<Record<string, number>>;
}

/** A folder of work. */
export class Work {
  /** The folder. */
  readonly dir: string;
  /** What the work is. */
  readonly head: WorkHead;

  /** Begin work in the folder `dir`; it is there once the head is written. */
  static begin(dir: string, about: Omit<WorkHead, "version">, plan: Plan, files: Iterable<TaskFile>): Work {
    const head: WorkHead = { version: VERSION, ...about };
    Deno.mkdirSync(dir, { recursive: true });
    Deno.mkdirSync(scratchPath(dir), { recursive: true });
    for (const { stage } of head.stages) {
      for (const kind of ["tasks", "done"]) Deno.mkdirSync(`${dir}/${kind}/stage-${stage}`, { recursive: true });
    }
    writePlan(dir, plan);
    for (const file of files) writeWhole(numbered(dir, "tasks", file), file);
    writeWhole(headPath(dir), head);
    return new Work(dir, head);
  }

  /** Open the work in the folder `dir`. */
  static open(dir: string): Work {
    const head = readJson<WorkHead>(headPath(dir));
    if (head === undefined) {
      throw new ResumeError(`Cannot find tasks in "${dir}": anncat tasks IN... --out OUT --dir DIR writes them`, {
        source: dir,
      });
    }
    if (head.version !== VERSION) throw otherVersion(headPath(dir), dir);
    return new Work(dir, head);
  }

  private constructor(dir: string, head: WorkHead) {
    this.dir = dir;
    this.head = head;
  }

  /** Where tasks write. */
  get folders(): Folders {
    return { ...sharedFolders(this.head.folder, scratchPath(this.dir)), reindexes: reindexesPath(this.dir) };
  }

  /** The plan, with those elements that `wanted` names; by default with all. */
  plan(wanted?: ReadonlySet<number>): ReadPlan {
    const { elements: count, names, ...rest } = this.#planFile();
    const elements = new Array<Element>(count);
    for (let number = 0; number < count; number++) {
      if (wanted?.has(number) ?? true) {
        elements[number] = this.#read<ElementFile>(elementPath(this.dir, number), revived).element;
      }
    }
    return { plan: { ...rest, elements, reindexes: [] }, names };
  }

  /** How many tasks there are. */
  get count(): number {
    return this.head.stages.at(-1)?.end ?? 0;
  }

  /** Task number `number`. */
  task(number: number): TaskFile {
    const stage = this.head.stages.find(({ start, end }) => number >= start && number < end);
    if (stage === undefined || !Number.isInteger(number)) {
      const known = this.count === 0 ? "there are none" : `they go from 0 to ${this.count - 1}`;
      throw new RangeError(`Cannot run task ${number} of "${this.dir}": ${known}`);
    }
    return this.#read<TaskFile>(numbered(this.dir, "tasks", { number, stage: stage.stage }));
  }

  /** The tasks of a stage before `stage` (or of any) that are not done. */
  missing(before = Infinity): number[] {
    // One by one: what a network file system remembers of a folder may be old, of names never asked for it is not.
    return this.#tasks().flatMap((task) => {
      return task.stage >= before || isFile(numbered(this.dir, "done", task)) ? [] : [task.number];
    });
  }

  /** Whether task `file` is done, and what it wrote is there. */
  isDone(file: Pick<TaskFile, "number" | "stage">): boolean {
    const done = readJson<DoneFile>(numbered(this.dir, "done", file));
    return done?.files.every(([path, bytes]) => lengthOf(this.#place(path)) === bytes) ?? false;
  }

  /** The tasks of which not all is there that they wrote. */
  incomplete(): number[] {
    return this.#tasks().flatMap((task) => this.isDone(task) ? [] : [task.number]);
  }

  /** Note that task `file` is done. */
  record(file: TaskFile, written: readonly WrittenFile[]): void {
    const files = written.map((
      { path, bytes, checksum },
    ): DoneFile["files"][number] => [this.#shorten(path), bytes, checksum]);
    const done: DoneFile = { version: 1, number: file.number, files };
    writeWhole(numbered(this.dir, "done", file), done);
  }

  /** The first of the inputs of `file` that is not as it was when the tasks were written. */
  async changedInput({ inputs }: TaskFile, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { options: { s3Endpoint } } = this.#planFile(), locations = inputs.map(({ location }) => location);
    const now = await inputFingerprints(locations, { s3Endpoint, signal });
    return inputs.find(({ fingerprint }, at) => fingerprint !== now[at])?.location;
  }

  /** What the work came to, where it is finished. */
  get finished(): Finished | undefined {
    return readJson<Finished>(finishPath(this.dir));
  }

  /** Whether the store that tasks fill is there: it is not any more when the output has its name. */
  get isGrowing(): boolean {
    return isFolder(this.folders.store);
  }

  /** What the output will come to, noted before it gets its name: whoever comes after a process that was killed then. */
  get publishing(): Finished | undefined {
    return readJson<Finished>(`${this.dir}/done/publishing.json`);
  }

  /** Note that the output gets its name now. */
  publish(result: Finished): void {
    writeWhole(`${this.dir}/done/publishing.json`, result);
  }

  /** Note that the output has its name, and remove what only tasks needed. */
  finish(result: Finished): void {
    removeIfThere(scratchPath(this.dir));
    writeWhole(finishPath(this.dir), result);
  }

  #planFile(): PlanFile {
    return this.#read<PlanFile>(planPath(this.dir));
  }

  #tasks(): Pick<TaskFile, "number" | "stage">[] {
    return this.head.stages.flatMap(({ stage, start, end }) =>
      Array.from({ length: end - start }, (_, at) => ({ stage, number: start + at }))
    );
  }

  #read<T>(path: string, revive?: Revive): T {
    const found = readJson<T & { readonly version: unknown }>(path, revive);
    if (found === undefined) throw new FormatError(`Cannot read "${path}": it is gone`, { source: this.dir });
    if (found.version !== 1) throw otherVersion(path, this.dir);
    return found;
  }

  #shorten(path: string): string {
    const { store, scratch } = this.folders;
    return path.startsWith(`${store}/`) ? `store${path.slice(store.length)}` : `scratch${path.slice(scratch.length)}`;
  }

  #place(path: string): string {
    const { store, scratch } = this.folders;
    return path.startsWith("store/") ? store + path.slice("store".length) : scratch + path.slice("scratch".length);
  }
}

function otherVersion(path: string, source: string): FormatError {
  return new FormatError(`Cannot read "${path}": another version of anncat wrote it`, { source });
}

/** An element in a file of its own. */
interface ElementFile {
  readonly version: 1;
  readonly element: Element;
}

/** Write the plan so that a task may read the parts that it needs. */
function writePlan(dir: string, { elements, reindexes, tasks: _, ...rest }: Plan): void {
  for (const path of [`${dir}/elements`, reindexesPath(dir)]) Deno.mkdirSync(path, { recursive: true });
  for (const [number, element] of elements.entries()) {
    writeWhole(elementPath(dir, number), { version: 1, element } satisfies ElementFile);
  }
  for (const [number, map] of reindexes.entries()) writeReindex(reindexFile(reindexesPath(dir), number), map);
  const names = positionsOf(reindexes);
  writeWhole(planPath(dir), { ...rest, elements: elements.length, names } satisfies PlanFile);
}

function planPath(dir: string): string {
  return `${dir}/plan.json`;
}

function elementPath(dir: string, number: number): string {
  return `${dir}/elements/${number}.json`;
}

function reindexesPath(dir: string): string {
  return `${dir}/reindexes`;
}

function headPath(dir: string): string {
  return `${dir}/work.json`;
}

function finishPath(dir: string): string {
  return `${dir}/done/finish.json`;
}

function scratchPath(dir: string): string {
  return `${dir}/scratch`;
}

function numbered(
  dir: string,
  kind: "tasks" | "done",
  { stage, number }: { readonly stage: number; readonly number: number },
): string {
  return `${dir}/${kind}/stage-${stage}/${number}.json`;
}

/** Write a file that is there as a whole or not at all. */
function writeWhole(path: string, value: unknown): void {
  const slash = path.lastIndexOf("/"), hidden = `${path.slice(0, slash)}/.${crypto.randomUUID()}.partial`;
  Deno.writeTextFileSync(hidden, planJson(value) + "\n");
  Deno.renameSync(hidden, path);
}

/** As `JSON.parse` has it. */
type Revive = (key: string, value: unknown) => unknown;

function readJson<T>(path: string, revive?: Revive): T | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path), revive);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function lengthOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
