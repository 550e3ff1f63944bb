/**
 * The story of `anncat bench`: the notebook's runs, one after the other, each measured.
 *
 * @module
 */
import { MemoryLimitError } from "../base/errors.ts";
import { planConcat } from "../concat.ts";
import { diskUse } from "../report/disk.ts";
import type { CommandLine } from "./measure.ts";
import { PEER_SCRIPT } from "./peer.ts";
import { checkReadable } from "./process_tree.ts";
import type { BenchResult, Block, InputFile, LimitRun } from "./result.ts";
import { DASK_MEMORY, filesOf, type Kind, type Row, ROWS } from "./rows.ts";
import { idleBytes, runAnncat, runPeer, type Tools } from "./runner.ts";

/** What is to be run: the notebook's sparse and dense rows, and the effect of the limits. */
export type Part = Kind | "limits";

/** How to run a benchmark. */
export interface BenchOptions {
  /** What starts anncat: the arguments follow. */
  readonly anncat: CommandLine;
  readonly version: string;
  readonly parts: readonly Part[];
  /** For every row; undefined leaves each row its own. */
  readonly maxLoadedElems: number | undefined;
  /** For every row, in bytes; undefined leaves each row its own. */
  readonly memory: number | undefined;
  /** How often each run is made. */
  readonly repeat: number;
  /** A Python with anndata. */
  readonly peer: string | undefined;
  /** A folder for what is written on the way. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** Told of each block before it is run, and after. */
  readonly onStart: (
    block: Pick<Block, "name" | "chapter" | "maxLoadedElems" | "memory" | "kind" | "axis" | "files">,
  ) => void;
  readonly onBlock: (block: Block) => void;
  readonly onLimit: (run: LimitRun) => void;
}

/** Measure with the stores in `folder`, which generate or the notebook made. */
export async function bench(folder: string, options: BenchOptions): Promise<BenchResult> {
  checkReadable();
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  const rows = ROWS.filter(({ kind }) => options.parts.includes(kind));
  for (const row of [...rows, ...LIMITS]) checkFiles(folder, row, filesOf(row, names));
  Deno.mkdirSync(options.scratch, { recursive: true });
  const scratch = Deno.makeTempDirSync({ dir: options.scratch, prefix: ".anncat-bench-" });
  try {
    const tools = prepare(options, scratch), idle = await idleBytes(tools);
    const blocks: Block[] = [], limits: LimitRun[] = [];
    for (const row of rows) blocks.push(await runBlock(folder, names, row, tools, idle, options));
    if (options.parts.includes("limits")) limits.push(...await runLimits(folder, names, tools, idle, options));
    return {
      tool: "anncat bench",
      version: options.version,
      date: new Date().toISOString(),
      machine: { system: Deno.build.target, cores: navigator.hardwareConcurrency, deno: Deno.version.deno },
      folder,
      repeat: options.repeat,
      idle,
      blocks,
      limits,
    };
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

function checkFiles(folder: string, { kind, axis }: Pick<Row, "kind" | "axis">, files: readonly string[]): void {
  if (files.length > 0) return;
  const what = kind === "dense" ? "np" : axis === 0 ? "csr" : "csc";
  throw new Deno.errors.NotFound(
    `Cannot measure with "${folder}": it holds no *_${what}.zarr; anncat generate "${folder}" makes them`,
  );
}

function prepare({ anncat, peer, repeat, signal }: BenchOptions, scratch: string): Tools {
  const script = `${scratch}/peer.py`;
  if (peer !== undefined) Deno.writeTextFileSync(script, PEER_SCRIPT);
  return { anncat, peer: peer === undefined ? null : [peer, script], scratch, repeat, signal };
}

async function runBlock(
  folder: string,
  names: readonly string[],
  row: Row,
  tools: Tools,
  idle: number,
  options: BenchOptions,
): Promise<Block> {
  const files = filesOf(row, names).map((name) => sizeOf(folder, name, row.kind));
  const paths = files.map(({ name }) => `${folder}/${name}`), { axis, kind } = row;
  const maxLoadedElems = kind === "sparse" ? options.maxLoadedElems ?? row.maxLoadedElems : null;
  const memory = options.memory ?? row.memory ?? await leastMemory(paths, axis, maxLoadedElems);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const begun = { ...row, maxLoadedElems, memory, files, bytes };
  options.onStart(begun);
  const anncat = await runAnncat(tools, { files: paths, axis, memory, maxLoadedElems, workers: null }, idle);
  const peer = await runPeer(tools, { files: paths, axis, kind, maxLoadedElems, daskMemory: DASK_MEMORY });
  const block: Block = { ...begun, anncat, peer };
  options.onBlock(block);
  return block;
}

/** The smallest budget that anncat accepts, in bytes; whole MiB. */
async function leastMemory(files: readonly string[], axis: 0 | 1, maxLoadedElems: number | null): Promise<number> {
  const elems = maxLoadedElems === null ? {} : { maxLoadedElems };
  try {
    await planConcat(files, "least.zarr", { axis, memory: 1, ...elems });
  } catch (error) {
    if (error instanceof MemoryLimitError) return Math.ceil(error.required / 2 ** 20) * 2 ** 20;
    throw error;
  }
  return 1;
}

/** Stored bytes of X: for a sparse one its three arrays. */
function sizeOf(folder: string, name: string, kind: Kind): InputFile {
  const use = diskUse(`${folder}/${name}`);
  const paths = kind === "dense" ? ["X"] : ["X/data", "X/indices", "X/indptr"];
  const parts = paths.map((path) => use?.below(path) ?? null);
  const bytes = parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
  return { name, bytes: parts.includes(null) ? use?.total ?? 0 : bytes }; // a file tells no parts
}

// --- the effect of the limits

/** Three inputs that do not share their names on the other axis, sparse and dense. */
const LIMITS: readonly Pick<Row, "chapter" | "kind" | "axis">[] = [
  { chapter: "subset", kind: "sparse", axis: 0 },
  { chapter: "subset", kind: "dense", axis: 0 },
];

const MEMORY = [128, 160, 192, 256, 384, 512, 1024].map((mebibytes) => mebibytes * 2 ** 20);
const ELEMENTS = [1e4, 1e5, 1e6, 1e7, 1e8];

async function runLimits(
  folder: string,
  names: readonly string[],
  tools: Tools,
  idle: number,
  options: BenchOptions,
): Promise<LimitRun[]> {
  const runs: LimitRun[] = [];
  for (const which of LIMITS) {
    const { axis, kind } = which, files = filesOf(which, names).map((name) => `${folder}/${name}`);
    const run = async (flag: LimitRun["flag"], limit: number) => {
      // Elements are counted in each task: with one worker there is one task at a time.
      const limits = flag === "memory"
        ? { memory: limit, maxLoadedElems: null, workers: null }
        : { memory: 2 ** 30, maxLoadedElems: limit, workers: 1 };
      const found: LimitRun = { flag, kind, limit, anncat: await runAnncat(tools, { files, axis, ...limits }, idle) };
      options.onLimit(found);
      runs.push(found);
    };
    const least = await leastMemory(files, axis, null);
    for (const limit of [least, ...MEMORY.filter((more) => more > least)]) await run("memory", limit);
    for (const limit of ELEMENTS) await run("max-loaded-elems", limit);
  }
  return runs;
}
