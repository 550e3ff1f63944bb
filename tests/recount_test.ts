/** Counts of sparse rows that are presumed, and how a run goes on where they turn out to be wrong. */
import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { concatOnDisk, finishTasks, openAnnData, runTaskFile, writeTasks } from "../mod.ts";
import { filesUnder, inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";

const GENES = Array.from({ length: 300 }, (_, at) => `g${at}`);

/** Large enough for a worker beside this thread. */
const MADE: MadeStore = { rows: 20_000, vars: GENES, x: "csr", chunks: [40_000], seed: 1 };

interface Found {
  readonly stored: number;
  readonly repeats: number;
  readonly sum: number;
}

/** Entries of X, those of them that have the position of another one in their row, and the sum of all values. */
async function entriesOf(path: string): Promise<Found> {
  let stored = 0, repeats = 0, sum = 0;
  const { X: x } = await openAnnData(path);
  assert(x?.kind === "sparse");
  for await (const { indptr, indices, data } of x.chunks()) {
    for (let row = 0; row + 1 < indptr.length; row++) {
      const own = indices.subarray(Number(indptr[row]), Number(indptr[row + 1]));
      repeats += own.length - new Set(own).size;
    }
    stored += indices.length;
    for (const value of data) sum += Number(value);
  }
  return { stored, repeats, sum };
}

async function inputsIn(folder: string, repeatEvery: number): Promise<string[]> {
  const turned = { ...MADE, vars: [...GENES.toReversed(), "more"], seed: 2, repeatEvery };
  return [await writeAnnData(`${folder}/a.zarr`, MADE), await writeAnnData(`${folder}/b.zarr`, turned)];
}

for (const name of ["all.zarr", "all.h5ad"]) {
  Deno.test(`concat: rows that hold a position twice are counted anew, to ${name}, with and without a worker`, () =>
    inFolder(async (folder) => {
      const inputs = await inputsIn(folder, 100_000), sources = await Promise.all(inputs.map(entriesOf));
      const total = (key: keyof Found): number => sources.reduce((sum, found) => sum + found[key], 0);
      assertGreater(total("repeats"), 0);
      for (const workers of [0, 2]) {
        const out = `${folder}/${workers}-${name}`, progress: number[] = [];
        const { plan, entries } = await concatOnDisk(inputs, out, {
          join: "outer",
          workers,
          onProgress: ({ done }) => void progress.push(done),
        });
        assertEquals(plan.memory.workers, workers);
        const made = await entriesOf(out);
        assertEquals([made.stored, made.repeats], [total("stored") - total("repeats"), 0]);
        assertEquals(entries, { X: made.stored });
        assertEquals(made.sum, total("sum"));
        assert(progress.some((done, at) => at > 0 && done < (progress[at - 1] ?? 0)), "it did not start again");
      }
      assertEquals(namesIn(folder).filter((left) => left.startsWith(".")), []);
    }));
}

Deno.test("concat: what is presumed and what is counted entry by entry, as tasks do it, make the same bytes", () =>
  inFolder(async (folder) => {
    for (const [number, repeatEvery] of [Infinity, 50].entries()) {
      const inputs = await inputsIn(folder, repeatEvery),
        [out, other, dir] = ["concat", "tasks", "dir"].map((name) => `${folder}/${name}${number}.zarr`) as [
          string,
          string,
          string,
        ];
      await concatOnDisk(inputs, out, { join: "outer" });
      const { stages } = await writeTasks(inputs, other, dir, { join: "outer" });
      for (let task = 0; task < (stages.at(-1)?.end ?? 0); task++) await runTaskFile(dir, task);
      await finishTasks(dir);
      assertEquals(filesUnder(out), filesUnder(other));
    }
  }));

Deno.test("concat: a run that counts anew is stopped as any other, and nothing is left", () =>
  inFolder(async (folder) => {
    const inputs = await inputsIn(folder, 100_000), stop = new AbortController();
    let last = 0;
    const run = concatOnDisk(inputs, `${folder}/all.zarr`, {
      join: "outer",
      signal: stop.signal,
      onProgress({ done }) {
        if (done < last) stop.abort();
        last = done;
      },
    });
    await assertRejects(() => run, DOMException);
    assertEquals(namesIn(folder), ["a.zarr", "b.zarr"]);
  }));
