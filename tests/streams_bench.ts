// What a stream costs beside decoding alone: a csr matrix of random float64, 3 million entries in chunks of 100,000.
// CPU time tells more than wall time where other programs run: each bench prints its share of decoding's at the end.

import process from "node:process";
import { openStore } from "../lib/anndata/open.ts";
import { arrayAt } from "../lib/anndata/read.ts";
import { viewAs } from "../lib/base/dtype.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { whole } from "../lib/base/range.ts";
import { openAnnData } from "../lib/lazy/open.ts";
import { concat } from "../lib/lazy_concat.ts";
import { writeAnnData } from "./made_store.ts";

const FOLDER = Deno.makeTempDirSync({ prefix: "anncat-bench-" });
globalThis.addEventListener("unload", () => Deno.removeSync(FOLDER, { recursive: true }));
const PATH = await writeAnnData(`${FOLDER}/a.zarr`, {
  rows: 20_000,
  vars: Array.from({ length: 1000 }, (_, at) => `g${at}`),
  x: "csr",
  density: 0.15,
  dtype: "float64",
  chunks: [100_000],
  seed: 1,
});

function sum(values: ArrayLike<number | bigint>): number {
  const numbers = values as Float64Array;
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i] as number;
  return total;
}

async function decode(): Promise<number> {
  const pool = new BufferPool(), root = await openStore(PATH, { pool });
  let total = 0;
  for (const name of ["indptr", "indices", "data"]) {
    const node = await arrayAt(root, `X/${name}`);
    for await (const { bytes } of node.blocks(node.spec.shape.map(whole))) {
      if (name === "data") total += sum(viewAs("float64", bytes) as Float64Array);
    }
  }
  return total;
}

async function naive(): Promise<number> {
  let total = 0;
  for await (const chunk of (await openAnnData(PATH)).X?.chunks() ?? []) total += sum(chunk.data);
  return total;
}

async function disposed(): Promise<number> {
  let total = 0;
  for await (using chunk of (await openAnnData(PATH)).X?.chunks() ?? []) total += sum(chunk.data);
  return total;
}

async function batches(): Promise<number> {
  let total = 0;
  for await (using chunk of (await openAnnData(PATH)).X?.chunks({ rows: 512 }) ?? []) total += sum(chunk.data);
  return total;
}

async function merged(): Promise<number> {
  let total = 0;
  for await (using chunk of (await concat([PATH, PATH])).X?.chunks() ?? []) total += sum(chunk.data);
  return total / 2;
}

const BENCHES = {
  "decoding alone, summed": decode,
  "chunks, summed": naive,
  "chunks, summed and disposed of": disposed,
  "chunks of 512 rows, summed and disposed of": batches,
  "two inputs as one, summed (half of the work)": merged,
};

/** CPU seconds of each run. */
const spent = new Map<string, number[]>();

for (const [name, run] of Object.entries(BENCHES)) {
  Deno.bench(name, { group: "csr", baseline: run === decode }, async () => {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    spent.set(name, [...spent.get(name) ?? [], (user + system) / (run === merged ? 2e6 : 1e6)]);
  });
}

globalThis.addEventListener("unload", () => {
  const median = (name: string): number =>
    spent.get(name)?.toSorted((a, b) => a - b).at((spent.get(name)?.length ?? 0) >> 1) ?? NaN;
  for (const name of spent.keys()) {
    const share = median(name) / median("decoding alone, summed");
    console.log(`${name}: ${(median(name) * 1000).toFixed(0)} ms of CPU, ${share.toFixed(2)} × decoding`);
  }
});
