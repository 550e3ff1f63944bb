/** Runs with a task of every kind, and what they take of memory. */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import type { Plan } from "../lib/plan/plan.ts";
import { endOf } from "./child.ts";
import { BLOSC, type MadeStore, writeAnnData, ZSTD } from "./made_store.ts";
import { peakWhile } from "./peak.ts";

const GENES = Array.from({ length: 1000 }, (_, at) => `g${at}`);

/** About 60 MB decoded, of two inputs. */
const DENSE: MadeStore = { rows: 7500, vars: GENES, x: "dense", chunks: [1000, 250], seed: 1 };
export const SPARSE: MadeStore = { rows: 37_500, vars: GENES, x: "csr", density: 0.1, chunks: [200_000], seed: 1 };
/** 70,000 names, the first with the number `first`. */
function namesFrom(first: number): string[] {
  return Array.from({ length: 70_000 }, (_, at) => `gene${String(first + at).padStart(11, "0")}`);
}

const TURNED = GENES.toReversed();

interface Run {
  readonly stores: readonly MadeStore[];
  readonly args: readonly string[];
  /** The kinds of task that the run must have. */
  readonly kinds: readonly string[];
  /** @default {"zarr"} */
  readonly format?: "zarr" | "h5ad";
  /** The budget in MiB. @default {160} */
  readonly memory?: number;
}

const RUNS: Readonly<Record<string, Run>> = {
  "dense, appended and encoded anew": {
    stores: [DENSE, { ...DENSE, seed: 2, codecs: [ZSTD] }],
    args: [],
    kinds: ["dense", "append"],
  },
  "sparse, appended": {
    stores: [SPARSE, { ...SPARSE, seed: 2, chunks: [150_000], codecs: [BLOSC] }],
    args: [],
    kinds: ["append"],
  },
  "dense, reindexed": {
    stores: [DENSE, { ...DENSE, seed: 2, vars: TURNED }],
    args: ["--join=outer"],
    kinds: ["dense"],
  },
  "sparse, reindexed": {
    stores: [SPARSE, { ...SPARSE, seed: 2, vars: TURNED }],
    args: ["--join=outer"],
    kinds: ["count", "entries", "indptr"],
  },
  "sparse, side by side": {
    stores: [SPARSE, { ...SPARSE, dtype: "float64" }],
    args: ["--axis=var", "--join=outer"],
    kinds: ["count", "entries", "indptr"],
  },
  "sparse, side by side and reindexed": {
    stores: [SPARSE, { ...SPARSE, seed: 2 }],
    args: ["--axis=var", "--join=outer", "--fill-value=0"],
    kinds: ["count", "entries", "indptr"],
  },
  "sparse, many side by side, chunks decoded again and again": {
    stores: new Array<MadeStore>(8).fill({ ...SPARSE, rows: 20_000 }),
    args: ["--axis=var"],
    kinds: ["count", "entries", "indptr"],
    memory: 104,
  },
  "dense below sparse": {
    stores: [SPARSE, DENSE],
    args: [],
    kinds: ["count", "entries"],
  },
  "dense below sparse, turned": {
    stores: [SPARSE, { ...DENSE, seed: 2 }],
    args: ["--sparse-layout=csc"],
    kinds: ["scatter", "gather", "count", "entries"],
  },
  "sparse, turned": {
    stores: [SPARSE, { ...SPARSE, seed: 2, vars: TURNED }],
    args: ["--sparse-layout=csc"],
    kinds: ["scatter", "gather", "count", "entries"],
  },
  "names alone": {
    stores: [0, 1, 2].map((seed): MadeStore => ({ rows: 10, vars: namesFrom(seed * 30_000), x: null, seed })),
    args: ["--join=outer"],
    kinds: ["append"],
  },
  "many columns": {
    stores: [1, 2].map((seed): MadeStore => ({ rows: 1000, vars: GENES, x: null, seed, columns: 1500 })),
    args: [],
    kinds: ["append"],
  },
  "many inputs": {
    stores: Array.from({ length: 200 }, (_, seed): MadeStore => ({ rows: 20, vars: GENES, x: "csr", seed })),
    args: ["--join=outer"],
    kinds: ["append"],
  },
  "categories alone": {
    stores: [0, 1, 2].map((seed): MadeStore => ({
      rows: 10,
      vars: GENES,
      x: null,
      seed,
      kinds: namesFrom(seed * 30_000),
    })),
    args: [],
    kinds: ["append"],
  },
  "text, appended": {
    stores: [1, 2].map((seed): MadeStore => (
      { rows: 200_000, vars: GENES, x: null, seed, cells: { bytes: 80, chunk: 100_000 } }
    )),
    args: ["--index-unique=-"],
    kinds: ["append"],
  },
  "text, carried": {
    stores: [{ rows: 10, vars: GENES, x: null, seed: 1, notes: { count: 200_000, bytes: 80, chunk: 100_000 } }],
    args: ["--uns-merge=first"],
    kinds: ["copy"],
  },
  "dense, reindexed, to HDF5": {
    stores: [DENSE, { ...DENSE, seed: 2, vars: TURNED }],
    args: ["--join=outer", "--codec=gzip:1"],
    kinds: ["dense"],
    format: "h5ad",
  },
  "sparse, reindexed, to HDF5": {
    stores: [SPARSE, { ...SPARSE, seed: 2, vars: TURNED }],
    args: ["--join=outer", "--codec=gzip:1"],
    kinds: ["count", "entries", "indptr"],
    format: "h5ad",
  },
};

/** Check that no run needs more than its plan says, in a process that `spawn` starts; stores are made in `folder`. */
export async function checkMemory(
  t: Deno.TestContext,
  folder: string,
  spawn: (args: readonly string[]) => Deno.ChildProcess,
): Promise<void> {
  for (const [name, { stores, args, kinds, format = "zarr", memory = 160 }] of Object.entries(RUNS)) {
    const inputs: string[] = [];
    for (const [at, store] of stores.entries()) {
      inputs.push(await writeAnnData(`${folder}/${inputs.length}-${at}-${name}.zarr`, store));
    }
    for (const workers of [0, 2]) {
      await t.step(`${name}, at most ${workers} workers`, async () => {
        const out = `${folder}/out.${format}`;
        const all = [...inputs, "--out", out, ...args, `--memory=${memory}MiB`, `--workers=${workers}`, "--quiet"];
        const planned = await endOf(spawn(["plan", ...all, "--json"]));
        assertEquals(planned.code, 0, planned.err);
        const { memory: model, tasks }: Plan = JSON.parse(planned.out);
        assert(
          kinds.every((kind) => tasks.some((task) => task.kind === kind)),
          tasks.map(({ kind }) => kind).join(),
        );
        const peakOfRun = async (): Promise<number> => {
          const child = spawn(["concat", ...all]);
          const [peak, ended] = await Promise.all([peakWhile(child), endOf(child)]);
          assertEquals([ended.code, ended.err], [0, ""]);
          Deno.removeSync(out, { recursive: true });
          return peak;
        };
        // Once in a while the kernel maps 10 MiB more of the program's file around the pages that are used.
        const first = await peakOfRun(), peak = first <= model.total ? first : await peakOfRun();
        assertLessOrEqual(model.total, model.limit);
        const inMiB = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
        const place = `${inMiB(peak)} of ${inMiB(model.total)} with ${model.workers} workers`;
        assertLessOrEqual(peak, model.total, place);
      });
    }
    for (const input of inputs) Deno.removeSync(input, { recursive: true });
  }
}
