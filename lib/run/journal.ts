/**
 * The journal of a run: which tasks are done, so that a run which was stopped can be resumed.
 *
 * It is a file of lines in the run's hidden folder. The first says what the run makes from what; each other one names a
 * finished task with the files that it wrote, their lengths and checksums. A line is written when the files of its task
 * are closed. Nothing of it is flushed to the disk, which would take longer than the work, and nothing depends on the order
 * in which the disk gets it: whoever resumes reads every file again, and does the tasks anew whose files are not what
 * the journal says. A line carries its own checksum, so that one which was torn ends the journal.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { ResumeError } from "../base/errors.ts";
import { turn } from "../base/turn.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import { writeAll } from "../storage/store.ts";
import { Tally, type WrittenFile } from "../storage/written.ts";
import type { TaskRecord } from "./executor.ts";
import { inputFingerprints, workFingerprint } from "./fingerprint.ts";
import type { GivenStores } from "./inputs.ts";

/** What a run makes from what. */
export interface JournalHead {
  /** The version of this form. */
  readonly journal: 1;
  /** The inputs, with a text each that differs where they do. */
  readonly inputs: readonly { readonly location: string; readonly key: string; readonly fingerprint: string | null }[];
  /** The options that shaped the plan. */
  readonly options: ResolvedOptions;
  /** How many tasks there are. */
  readonly tasks: number;
  /** A text that differs where the work does. */
  readonly work: string;
}

/** A finished task; paths are relative to the hidden folder. */
interface Entry {
  readonly task: number;
  readonly files: readonly (readonly [path: string, bytes: number, checksum: number])[];
}

/** What a journal says. */
export interface JournalText {
  /** The first line. */
  readonly head: JournalHead;
  /** The others. */
  readonly entries: readonly Entry[];
  /** Where the whole lines end. */
  readonly bytes: number;
}

/**
 * Of a plan, what the journal's first line says. The inputs `given` are stores of the caller's; `local` are the
 * fingerprints of those that are here, taken before they were read.
 */
export async function journalHead(
  plan: Plan,
  given: GivenStores,
  local: ReadonlyMap<string, string>,
  signal: AbortSignal | undefined,
): Promise<JournalHead> {
  const { s3Endpoint } = plan.options, inputs: JournalHead["inputs"][number][] = [];
  const isAsked = (location: string, at: number): boolean => !given.has(at) && !local.has(location);
  const asked = plan.inputs.flatMap(({ location }, at) => isAsked(location, at) ? [location] : []);
  const fingerprints = (await inputFingerprints(asked, { s3Endpoint, signal })).values();
  for (const [at, { location, key }] of plan.inputs.entries()) {
    const own = isAsked(location, at) ? fingerprints.next().value : given.has(at) ? undefined : local.get(location);
    inputs.push({ location, key, fingerprint: own ?? null });
  }
  return { journal: 1, inputs, options: plan.options, tasks: plan.tasks.length, work: workFingerprint(plan) };
}

/** Notes finished tasks. */
export class Journal implements TaskRecord, Disposable {
  /** The tasks that were done before this run. */
  readonly done: ReadonlySet<number>;
  readonly #folder: string;
  readonly #file: Deno.FsFile;
  #count: number;

  /** Start the journal of a run in its hidden folder `folder`. */
  static begin(folder: string, head: JournalHead): Journal {
    const file = Deno.openSync(pathIn(folder), { write: true, create: true, truncate: true });
    writeAll(file, printLine(head));
    return new Journal(folder, file, new Set());
  }

  /**
   * Go on with the journal in `folder`: `head` must say the same as its first line. Files of finished tasks are read
   * again, and `checked` is called after each task.
   *
   * @throws {ResumeError} where `head` differs.
   */
  static async resume(
    folder: string,
    output: string,
    head: JournalHead,
    checked: (task: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<Journal> {
    const text = readJournal(folder);
    if (text === undefined) return Journal.begin(folder, head);
    const difference = differenceOf(text.head, head);
    if (difference !== undefined) {
      const way = "without --resume it starts anew";
      throw new ResumeError(`Cannot resume "${output}": ${difference}; ${way}`, { source: output });
    }
    const done = new Set<number>(), buffer = new Uint8Array(2 ** 20);
    for (const { task, files } of text.entries) {
      // Local files answer at once: without a turn of the event loop no signal would ever be seen.
      await turn(signal);
      if (!files.every(([path, bytes, checksum]) => isIntact({ path: `${folder}/${path}`, bytes, checksum }, buffer))) {
        continue;
      }
      done.add(task);
      checked(task);
    }
    const file = Deno.openSync(pathIn(folder), { write: true });
    file.truncateSync(text.bytes);
    file.seekSync(0, Deno.SeekMode.End);
    return new Journal(folder, file, done);
  }

  private constructor(folder: string, file: Deno.FsFile, done: ReadonlySet<number>) {
    this.#folder = folder;
    this.#file = file;
    this.#count = done.size;
    this.done = done;
  }

  /** How many tasks are done. */
  get count(): number {
    return this.#count;
  }

  /** Note that `task` is done and has written `files`. */
  record(task: Task, files: readonly WrittenFile[]): void {
    const lead = this.#folder.length + 1;
    const entry: Entry = {
      task: task.id,
      files: files.map(({ path, bytes, checksum }) => [path.slice(lead), bytes, checksum]),
    };
    writeAll(this.#file, printLine(entry));
    this.#count++;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** The journal in the hidden folder `folder`; undefined where there is none, or not even its first line is whole. */
export function readJournal(folder: string): JournalText | undefined {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(pathIn(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const lines: unknown[] = [];
  let at = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, at)) {
    const line = readLine(bytes.subarray(at, end));
    if (line === undefined) break;
    lines.push(line);
    at = end + 1;
  }
  const [head, ...entries] = lines as [JournalHead?, ...Entry[]];
  return head?.journal === 1 ? { head, entries, bytes: at } : undefined;
}

const LINE_FEED = 10;

/** Digits of a checksum in hexadecimal, and a space. */
const LEAD = 9;

function printLine(value: JournalHead | Entry): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const lead = new TextEncoder().encode(crc32(text).toString(16).padStart(LEAD - 1, "0") + " ");
  const line = new Uint8Array(LEAD + text.length + 1);
  line.set(lead);
  line.set(text, LEAD);
  line[line.length - 1] = LINE_FEED;
  return line;
}

/** What a line says; undefined where it is not as it was written. */
function readLine(line: Uint8Array): unknown {
  const decoder = new TextDecoder(), text = line.subarray(LEAD);
  if (text.length === 0 || parseInt(decoder.decode(line.subarray(0, LEAD - 1)), 16) !== crc32(text)) return undefined;
  return JSON.parse(decoder.decode(text));
}

function pathIn(folder: string): string {
  return `${folder}/journal`;
}

/** Whether a file still holds what was written. */
function isIntact({ path, bytes, checksum }: WrittenFile, buffer: Uint8Array): boolean {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  using open = file;
  if (open.statSync().size !== bytes) return false;
  const tally = new Tally();
  for (let read = open.readSync(buffer); read !== null; read = open.readSync(buffer)) {
    tally.add(buffer.subarray(0, read));
  }
  return tally.bytes === bytes && tally.checksum === checksum;
}

/** Options that say how to run: they do not change the result, but may cut it into other tasks. */
const RUNNING = ["memory", "workers", "maxLoadedElems", "strict"];

/** What is not the same in two runs, in words; undefined where one can go on with what the other left. */
function differenceOf(before: JournalHead, now: JournalHead): string | undefined {
  const inputs = differentInputs(before.inputs, now.inputs);
  if (inputs !== undefined) return inputs;
  const then: Readonly<Record<string, unknown>> = { ...before.options }, options = Object.entries(now.options);
  for (const [name, value] of options) {
    const [was, is] = [JSON.stringify(then[name]), JSON.stringify(value)];
    if (was !== is && !RUNNING.includes(name)) return `${flagOf(name)} was ${was} and is ${is}`;
  }
  if (before.work === now.work) return undefined;
  const same = RUNNING.filter((name) => typeof then[name] === "number").map((name) => `${flagOf(name)} ${then[name]}`);
  return `it was cut into other tasks (give ${same.join(" ")}, as it had)`;
}

function differentInputs(before: JournalHead["inputs"], now: JournalHead["inputs"]): string | undefined {
  if (before.length !== now.length) return `it had ${before.length} inputs and has ${now.length}`;
  for (const [at, input] of now.entries()) {
    const was = before[at];
    if (was?.fingerprint !== input.fingerprint) {
      return was?.location === input.location
        ? `"${input.location}" has changed`
        : `its input ${at + 1} was "${was?.location}" and is "${input.location}"`;
    }
    if (was.key !== input.key) return `the key of "${input.location}" was "${was.key}" and is "${input.key}"`;
  }
  return undefined;
}

function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
