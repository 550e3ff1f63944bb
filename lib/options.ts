/**
 * What a user may choose, with the flags' names in camelCase, and what becomes of it when nothing is said.
 *
 * @module
 */
import { number, shown, text, texts, truth } from "./base/argument.ts";
import { parseBytes } from "./base/bytes.ts";
import { didYouMean } from "./base/suggest.ts";
import type { CodecSpec } from "./storage/node.ts";
import { checkEndpoint } from "./storage/s3/address.ts";

/** Which of several inputs' values under one name stays. */
export type MergeStrategy =
  /** The one that all inputs have. */
  | "same"
  /** The one that all inputs have which have any. */
  | "unique"
  /** That of the first input that has any. */
  | "first"
  /** That of the only input that has any. */
  | "only";

/** Options of `concat` that shape the result. All are `anndata.concat`'s own unless noted. */
export interface ConcatOptions {
  /**
   * The axis along which inputs are put one after the other.
   * @default {"obs"}
   */
  readonly axis?: "obs" | "var" | 0 | 1;
  /**
   * What to keep of the other axis: the names that all inputs share, or those of any.
   * @default {"inner"}
   */
  readonly join?: "inner" | "outer";
  /**
   * What to keep of the other axis' columns, `m` and `p` mappings, once they are brought to the joined names: values that
   * are the same in all inputs, unique among those that have any, the first, or those that only one has. A sparse
   * and a dense array are never the same. Beyond anndata: `coalesce`, for every name the first value that is not missing.
   * By default nothing.
   */
  readonly merge?: MergeStrategy | "coalesce";
  /**
   * What to keep of `uns`, name by name, also in nested mappings: as `merge`. Beyond anndata: `nest`, every input's
   * `uns` under its key. By default nothing.
   */
  readonly unsMerge?: MergeStrategy | "nest";
  /** The column of the concatenated axis that says which input a row comes from. */
  readonly label?: string;
  /** The inputs' names for `label` and `indexUnique`; by default "0", "1", … */
  readonly keys?: readonly string[];
  /** Append this and the input's key to every name of the concatenated axis. */
  readonly indexUnique?: string;
  /** What stands where an outer join finds no value; by default 0 in sparse, NaN in dense elements. */
  readonly fillValue?: number;
  /**
   * Whether obsp (varp on axis var) is carried, as blocks on a diagonal.
   * @default {false}
   */
  readonly pairwise?: boolean;
  /**
   * Layout of sparse elements: `auto` is csr, but csc where axis is var and every input is csc; `keep` is the first
   * input's that has one.
   * @default {"auto"}
   */
  readonly sparseLayout?: "auto" | "csr" | "csc" | "keep";
  /**
   * What to do with columns that have no common type.
   * @default {"error"}
   */
  readonly onConflict?: "error" | "drop" | "string";
  /**
   * Carry the one input with all that it has, also what a concatenation never carries: raw's columns and `varm`, empty
   * mappings in `uns`, the order of categories. For a single input.
   * @default {false}
   */
  readonly keepAll?: boolean;
  /** Carry only these elements, such as `X` or `layers/counts`. */
  readonly only?: readonly string[];
  /** Leave these elements out. */
  readonly skip?: readonly string[];
  /**
   * Whether anything dropped or coerced is an error.
   * @default {false}
   */
  readonly strict?: boolean;
  /** The output's zarr format; by default the first input's. */
  readonly zarrFormat?: 2 | 3;
  /** Chunk lengths of the output's matrices: rows, columns, or one number for both. By default the first input's. */
  readonly chunks?: number | readonly number[];
  /** Shard lengths, or null for none; by default the first input's. */
  readonly shards?: number | readonly number[] | null;
  /**
   * How chunks are encoded, such as `zstd:3` or `blosc-lz4`.
   * @default {"keep"}
   */
  readonly codec?: string;
}

/** Options of how to run: they never change the result. */
export interface RunOptions {
  /**
   * Peak resident memory of the whole process, in bytes or as text (`"256MiB"`).
   * @default the smaller of 1 GiB and a quarter of the machine's memory
   */
  readonly memory?: number | string;
  /**
   * Threads that do the work: the main thread, and workers beside it. 0 and 1 are the main thread alone. By default as
   * many as there are cores.
   */
  readonly workers?: number;
  /** No task decodes more than this many stored elements at once. */
  readonly maxLoadedElems?: number;
  /**
   * Whether a store that exists is replaced, or an empty folder or file; never an input, or anything else.
   * @default {false}
   */
  readonly overwrite?: boolean;
  /**
   * Go on with what a run of the same inputs and options left that was stopped; where there is nothing, start anew.
   * @default {false}
   */
  readonly resume?: boolean;
  /**
   * Whether all of the output is on the disk, for the case that the power fails, before it gets its name. Otherwise its
   * metadata is, and the system writes the chunks when it likes.
   * @default {false}
   */
  readonly sync?: boolean;
  /**
   * Whether the work of a run that is stopped (by `signal`, or because the disk is full) is kept in a hidden folder
   * beside the output, for `resume`; the next run of the same output that does not resume clears it away.
   * @default {false}
   */
  readonly keepPartial?: boolean;
  /**
   * The server of `s3://` inputs and outputs, such as `http://127.0.0.1:9000`; by default what the environment of AWS
   * says, or Amazon's.
   */
  readonly s3Endpoint?: string;
  /** Stops the run; without `keepPartial` nothing is left of the output. */
  readonly signal?: AbortSignal;
  /** Called when bytes have been written. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called when a task starts and when it is done. */
  readonly onTask?: (event: TaskEvent) => void;
}

/** What happens to a task of the plan. */
export interface TaskEvent {
  /** The task's number in the plan. */
  readonly task: number;
  /** `skipped`: an earlier run, which this one resumes, had done it. */
  readonly state: "started" | "done" | "skipped";
  /** The number of the thread that does it. */
  readonly lane: number;
  /** Seconds since the start. */
  readonly seconds: number;
}

/** How far a run is. */
export interface Progress {
  /** Bytes of input (decoded) that have been dealt with. */
  readonly done: number;
  /** Bytes of input (decoded) in all. */
  readonly total: number;
  /** Bytes of `done` that an earlier run had dealt with, which this one resumes. */
  readonly before: number;
  /** The element that the last finished piece belongs to, such as `X`. */
  readonly element: string;
  /** Bytes of the element's input that have been dealt with. */
  readonly elementDone: number;
  /** Bytes of the element's input in all. */
  readonly elementTotal: number;
  /** Seconds since the start. */
  readonly seconds: number;
}

/** {@linkcode ConcatOptions} with every default filled in: what the planner sees. Plain JSON. */
export interface ResolvedOptions {
  /** 0: obs, 1: var. */
  readonly axis: 0 | 1;
  /** What is kept of the other axis. */
  readonly join: "inner" | "outer";
  /** How elements of the other axis are merged; null: not at all. */
  readonly merge: MergeStrategy | "coalesce" | null;
  /** How `uns` is merged; null: not at all. */
  readonly unsMerge: MergeStrategy | "nest" | null;
  /** The label column's name; null for none. */
  readonly label: string | null;
  /** What stands between a name and the input's key; null where names stay. */
  readonly indexUnique: string | null;
  /** What stands where an outer join finds no value; null for what is usual. */
  readonly fillValue: number | "NaN" | "Infinity" | "-Infinity" | null;
  /** Whether `obsp` (`varp`) is carried. */
  readonly pairwise: boolean;
  /** The layout of sparse elements. */
  readonly sparseLayout: "auto" | "csr" | "csc" | "keep";
  /** What becomes of columns that have no common type. */
  readonly onConflict: "error" | "drop" | "string";
  /** Whether the one input is carried with all that it has. */
  readonly keepAll: boolean;
  /** The elements to carry; null for all. */
  readonly only: readonly string[] | null;
  /** The elements to leave out. */
  readonly skip: readonly string[];
  /** Whether anything dropped or coerced is an error. */
  readonly strict: boolean;
  /** The output's zarr format; null for the first input's. */
  readonly zarrFormat: 2 | 3 | null;
  /** Chunk lengths of the matrices; null for the first input's. */
  readonly chunks: readonly number[] | null;
  /** Shard lengths, null for none, `"keep"` for the first input's. */
  readonly shards: readonly number[] | null | "keep";
  /** How chunks are encoded; `"keep"`: as the first input's. */
  readonly codecs: readonly CodecSpec[] | "keep";
  /** The memory budget, in bytes. */
  readonly memory: number;
  /** Workers beside the main thread, at most. */
  readonly workers: number;
  /** Stored elements that a task decodes at once, at most; null for no limit. */
  readonly maxLoadedElems: number | null;
  /** The server of `s3://` locations; null for what the environment says, or Amazon's. */
  readonly s3Endpoint: string | null;
}

/** The memory budget when none is given: the smaller of 1 GiB and a quarter of the machine's. */
export const DEFAULT_MEMORY = 2 ** 30;

const STRATEGIES = ["same", "unique", "first", "only"] as const;

/** Check options and fill in what was not said; wrong ones are `TypeError` or `RangeError`. */
export function resolveOptions(
  options: ConcatOptions & RunOptions,
  machine: { readonly cores: number; readonly memory: number },
): ResolvedOptions {
  checkNames(options);
  const chunks = options.chunks === undefined ? null : lengths("chunks", options.chunks);
  return {
    axis: resolveAxis(options.axis ?? "obs"),
    join: oneOf("join", options.join ?? "inner", ["inner", "outer"]),
    merge: options.merge === undefined ? keepAll(options) : oneOf("merge", options.merge, [...STRATEGIES, "coalesce"]),
    unsMerge: options.unsMerge === undefined
      ? keepAll(options)
      : oneOf("unsMerge", options.unsMerge, [...STRATEGIES, "nest"]),
    label: options.label === undefined ? null : checkLabel(options.label),
    indexUnique: options.indexUnique === undefined ? null : text("indexUnique", options.indexUnique),
    fillValue: options.fillValue === undefined ? null : fillJson(number("fillValue", options.fillValue)),
    pairwise: options.pairwise ?? options.keepAll ?? false,
    keepAll: options.keepAll ?? false,
    sparseLayout: oneOf("sparseLayout", options.sparseLayout ?? (options.keepAll ? "keep" : "auto"), [
      "auto",
      "csr",
      "csc",
      "keep",
    ]),
    onConflict: oneOf("onConflict", options.onConflict ?? "error", ["error", "drop", "string"]),
    only: options.only === undefined ? null : texts("only", options.only),
    skip: texts("skip", options.skip ?? []),
    strict: options.strict ?? false,
    zarrFormat: options.zarrFormat === undefined ? null : oneOf("zarrFormat", options.zarrFormat, [2, 3]),
    chunks,
    shards: options.shards === undefined
      ? "keep"
      : options.shards === null
      ? null
      : wholeChunks(lengths("shards", options.shards), chunks),
    codecs: parseCodec(text("codec", options.codec ?? "keep")),
    memory: resolveMemory(options.memory, machine.memory),
    workers: wholeNumber("workers", options.workers ?? machine.cores, 0),
    maxLoadedElems: options.maxLoadedElems === undefined
      ? null
      : wholeNumber("maxLoadedElems", options.maxLoadedElems, 1),
    s3Endpoint: options.s3Endpoint === undefined ? null : checkEndpoint(options.s3Endpoint),
  };
}

/** Every option; `switch` for those that are on or off. The last two are of single functions. */
const OPTIONS: Readonly<Record<keyof (ConcatOptions & RunOptions) | "onPlan" | "scratch", "switch" | "other">> = {
  axis: "other",
  join: "other",
  merge: "other",
  unsMerge: "other",
  label: "other",
  keys: "other",
  indexUnique: "other",
  fillValue: "other",
  pairwise: "switch",
  sparseLayout: "other",
  onConflict: "other",
  keepAll: "switch",
  only: "other",
  skip: "other",
  strict: "switch",
  zarrFormat: "other",
  chunks: "other",
  shards: "other",
  codec: "other",
  memory: "other",
  workers: "other",
  maxLoadedElems: "other",
  overwrite: "switch",
  resume: "switch",
  sync: "switch",
  keepPartial: "switch",
  s3Endpoint: "other",
  signal: "other",
  onProgress: "other",
  onTask: "other",
  onPlan: "other",
  scratch: "other",
};

/** A `TypeError` for an option of another name, which would do nothing, and a switch that is neither on nor off. */
function checkNames(options: ConcatOptions & RunOptions): void {
  const known = new Map(Object.entries(OPTIONS));
  for (const [name, value] of Object.entries(options)) {
    const kind = known.get(name);
    if (kind === undefined) {
      throw new TypeError(
        `Cannot use the option "${name}": there is none of that name${didYouMean(name, [...known.keys()])}`,
      );
    }
    if (kind === "switch" && value !== undefined) truth(name, value);
  }
}

/** Whoever keeps all of one input keeps the first. */
function keepAll({ keepAll = false }: ConcatOptions): "first" | null {
  return keepAll ? "first" : null;
}

/** The memory budget in bytes; `machine` is what the machine has. */
export function resolveMemory(memory: number | string | undefined, machine: number): number {
  if (memory === undefined) return Math.min(DEFAULT_MEMORY, Math.floor(machine / 4));
  return wholeNumber("memory", parseBytes(memory), 1);
}

function resolveAxis(axis: "obs" | "var" | 0 | 1): 0 | 1 {
  const name = oneOf("axis", axis, ["obs", "var", 0, 1]);
  return name === "obs" || name === 0 ? 0 : 1;
}

function oneOf<T>(name: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    throw new TypeError(`Cannot use ${name} ${shown(value)}: it is one of ${allowed.join(", ")}`);
  }
  return value;
}

function wholeNumber(name: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`Cannot use ${name} ${shown(value)}: it is a whole number of at least ${least}`);
  }
  return value;
}

function lengths(name: string, given: number | readonly number[]): readonly number[] {
  const values = typeof given === "number" ? [given] : given;
  if (!Array.isArray(values) || values.length < 1 || values.length > 2) {
    throw new RangeError(`Cannot use ${name} ${shown(given)}: it is one or two lengths`);
  }
  return values.map((value) => wholeNumber(name, value, 1));
}

/** `label`, if it can be a column's name: one that is no name of a folder's would be written elsewhere, or not at all. */
export function checkLabel(label: string): string {
  if (text("label", label) === "" || label === "." || label === ".." || /[/\0]/.test(label) || label === "_index") {
    const what = 'a column\'s name is not empty, "_index", "." or "..", and has no slash and no U+0000';
    throw new TypeError(`Cannot use label ${JSON.stringify(label)}: ${what}`);
  }
  return label;
}

/** A number as JSON can hold it. */
export function fillJson(value: number): number | "NaN" | "Infinity" | "-Infinity" {
  return Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/** `shards`, which hold whole chunks of those that are asked for. */
function wholeChunks(shards: readonly number[], chunks: readonly number[] | null): readonly number[] {
  if (chunks === null || shards.every((length, axis) => length % (chunks[axis] ?? chunks[0] ?? 1) === 0)) return shards;
  const nearest = shards.map((length, axis) => {
    const chunk = chunks[axis] ?? chunks[0] ?? 1;
    return Math.ceil(length / chunk) * chunk;
  });
  throw new RangeError(
    `Cannot use shards ${shards.join(",")}: a shard holds whole chunks, which are ${chunks.join(",")}; ` +
      `${nearest.join(",")} would do`,
  );
}

const LEVELS: ReadonlyMap<string, readonly [least: number, most: number, usual: number]> = new Map([
  ["zstd", [-131072, 22, 3]],
  ["blosc-lz4", [0, 9, 5]],
  ["gzip", [0, 9, 4]],
]);

/** Read `keep`, `none`, `zstd[:L]`, `blosc-lz4[:L]`, `gzip[:L]` or `lzf` into codecs. */
export function parseCodec(text: string): readonly CodecSpec[] | "keep" {
  if (text === "keep") return "keep";
  if (text === "none") return [];
  if (text === "lzf") return [{ name: "lzf", configuration: {} }];
  const [name = "", levelText, ...rest] = text.split(":"), bounds = LEVELS.get(name);
  if (bounds === undefined || rest.length > 0) {
    throw new TypeError(`Cannot use codec "${text}": it is keep, none, zstd[:L], blosc-lz4[:L], gzip[:L] or lzf`);
  }
  const [least, most, usual] = bounds;
  const level = levelText === undefined ? usual : Number(levelText);
  if (!Number.isInteger(level) || level < least || level > most || levelText === "") {
    throw new RangeError(`Cannot use codec "${text}": the level of ${name} is a whole number from ${least} to ${most}`);
  }
  switch (name) {
    case "zstd":
      return [{ name, configuration: { level, checksum: false } }];
    case "gzip":
      return [{ name, configuration: { level } }];
    default:
      return [{ name: "blosc", configuration: { cname: "lz4", clevel: level, shuffle: "shuffle", blocksize: 0 } }];
  }
}
