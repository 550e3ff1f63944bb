/** Sorting through scratch files: how many there are, what is in them, and when they go away. */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { itemBytes } from "../lib/base/dtype.ts";
import { concatOnDisk, planConcat } from "../lib/concat.ts";
import { sortOf } from "../lib/plan/sort.ts";
import type { Task } from "../lib/plan/task.ts";
import { Sweep } from "../lib/run/sweep.ts";
import { exists } from "../lib/storage/store.ts";
import { WriteLog } from "../lib/storage/written.ts";
import { FragmentWriter, readFragments } from "../lib/stream/fragments.ts";
import { partBase, sliceFile } from "../lib/stream/scratch.ts";
import { inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import { withSeed } from "./random.ts";

const GENES = Array.from({ length: 60 }, (_, at) => `g${at}`);
const CSC: MadeStore = { rows: 90, vars: GENES, x: "csc", density: 0.3, seed: 1 };

Deno.test("sortOf: bins and buckets hold all rows, and files are few", async () => {
  await withSeed((random) => {
    for (let round = 0; round < 200; round++) {
      const entries = Math.floor(10 ** (random.next() * 11)) - 1, total = Math.floor(10 ** (random.next() * 8)) - 1;
      const { slices, rows, bins, buckets } = sortOf(entries, total), place = `${entries} entries, ${total} rows`;
      assertLessOrEqual(total, rows * bins * buckets, place);
      assert(buckets === 1 || rows * bins * (buckets - 1) < total, place);
      assertLessOrEqual(slices + 3 * buckets, 4 + entries * (2 ** -23 + 3 * 2 ** -21), place);
      assertLessOrEqual(bins * buckets, 512, place);
    }
  });
});

Deno.test("readFragments: gives the fragments of each bin as they were written", async () => {
  await withSeed(async (random) => {
    for (const dtype of ["bool", "uint16", "float32", "float64", "complex128"] as const) {
      await inFolder((folder) => {
        const path = `${folder}/slice`, bins = 1 + random.below(9), item = itemBytes(dtype), log = new WriteLog();
        const written: number[][][] = Array.from({ length: bins }, () => []);
        using writer = new FragmentWriter(path, bins, 8 + item, log);
        for (let number = 0; number < 2000; number++) {
          const bin = random.below(bins), count = 1 + random.below(3);
          const places = Int32Array.from({ length: 2 * count }, () => random.below(1000));
          const data = Uint8Array.from({ length: count * item }, () => random.below(256));
          writer.write(bin, { count, places, data });
          written[bin]?.push([...places, ...data]);
        }
        writer.finish();
        const memory = new Uint8Array(3 * (8 + item));
        for (const [bin, expected] of written.entries()) {
          const found = Array.from(readFragments(path, { bin, bins, dtype }, memory), ({ count, places, data }) => {
            return [...places, ...data.subarray(0, count * item)];
          });
          assertEquals(found, expected);
        }
        assertEquals(log.take().map(({ path, bytes }) => [path, bytes]), [[path, Deno.statSync(path).size]]);
        return Promise.resolve();
      });
    }
  });
});

/** Two stores in `folder` whose matrices have to be sorted. */
async function twoStores(folder: string): Promise<string[]> {
  return await Promise.all([1, 2].map((seed) => writeAnnData(`${folder}/${seed}.zarr`, { ...CSC, seed })));
}

Deno.test("concat: slices go away when all buckets of their part are in order", async () => {
  await inFolder(async (folder) => {
    const seen: string[] = [], out = `${folder}/out`;
    let tasks: readonly Task[] = [];
    Deno.mkdirSync(out);
    await concatOnDisk(await twoStores(folder), `${out}/all.zarr`, {
      sparseLayout: "csr",
      workers: 0,
      onPlan: (plan) => tasks = plan.tasks,
      onTask({ task, state }) {
        const kind = tasks[task]?.kind ?? "";
        if (state !== "done" || !["scatter", "gather", "count"].includes(kind)) return;
        const names = namesIn(`${out}/${namesIn(out)[0]}/scratch`), slices = names.filter((name) => /slice/.test(name));
        seen.push(`${kind}: ${slices.length} slices, ${names.length} files`);
      },
    });
    assertEquals(seen, [
      "scatter: 1 slices, 1 files",
      "scatter: 2 slices, 2 files",
      "gather: 1 slices, 4 files",
      "gather: 0 slices, 6 files",
      "count: 0 slices, 7 files",
    ]);
  });
});

Deno.test("Sweep: a scatter is left out where nobody needs its slice, and only there", async () => {
  await inFolder(async (folder) => {
    const plan = await planConcat(await twoStores(folder), `${folder}/out.zarr`, { sparseLayout: "csr" });
    const of = (kind: string, part: number): Task => {
      const found = plan.tasks.find((task) => task.kind === kind && "part" in task && task.part === part);
      assert(found !== undefined);
      return found;
    };
    const [gathered, left] = [of("gather", 1), of("gather", 0)], needless: Task[] = [], recorded: Task[] = [];
    const record = { done: new Set([gathered.id]), record: (task: Task) => void recorded.push(task) };
    const sweep = new Sweep(plan, folder, record, (task) => needless.push(task));
    assertEquals(needless, [of("scatter", 1)]);
    assertEquals([...sweep.done].sort(), [gathered.id, of("scatter", 1).id].sort());
    const slice = sliceFile(partBase(folder, left.element, 0), 0);
    Deno.writeTextFileSync(slice, "");
    sweep.record(of("scatter", 0), []);
    assert(exists(slice));
    sweep.record(left, []);
    assert(!exists(slice));
    assertEquals(recorded, [of("scatter", 0), left]);
  });
});
