/** An atlas that no machine holds is planned from its headers: no chunk of its matrices is there. */
import { assertEquals, assertGreater, assertLess, assertLessOrEqual, assertMatch } from "@std/assert";
import type { PlanDocument } from "../mod.ts";
import { endOf, spawnAnncat } from "./child.ts";
import { anncat, inFolder } from "./in_process.ts";
import { peakWhile } from "./peak.ts";
import { writeHeaderStores } from "./scale/header_stores.ts";

const ATLAS = { stores: 100, cells: 1_000_000, genes: 60_000, density: 0.05, differ: false };

Deno.test("plan --machines: 100 million cells of 60,000 genes, in less than a minute and 512 MiB", async () => {
  await inFolder(async (folder) => {
    const inputs = await writeHeaderStores(folder, ATLAS), started = performance.now();
    const args = ["plan", ...inputs, "--out", `${folder}/all.zarr`, "--machines=100", "--workers=2", "--json"];
    const child = spawnAnncat(args), ended = endOf(child), peak = await peakWhile(child);
    const { code, out, err } = await ended, { shape, machines, memory }: PlanDocument = JSON.parse(out);
    assertEquals(code, 0, err);
    assertLess(performance.now() - started, 60_000);
    assertLess(peak ?? 0, 512 * 2 ** 20);
    assertEquals(shape, [100_000_000, 60_000]);
    assertEquals(machines?.machines, 100);
    assertGreater(machines?.stages[0]?.end ?? 0, 1000);
    // What a task holds, and while it reads its element the text of the categories.
    assertLessOrEqual(machines?.stages[0]?.memory ?? Infinity, memory.total + 2 ** 20);
    assertLessOrEqual(machines?.seconds ?? Infinity, 600);
  });
});

Deno.test("plan --machines: a line for each stage, and one for all", async () => {
  await inFolder(async (folder) => {
    const inputs = await writeHeaderStores(folder, { ...ATLAS, stores: 2, genes: 1000, differ: true });
    const plan = (...args: string[]) =>
      anncat("plan", ...inputs, "--out", `${folder}/all.zarr`, "--workers=1", ...args);
    const { out } = await plan("--machines=3", "--task-size=64MiB");
    assertMatch(out, /\nAs tasks of about 64 MiB on 3 machines:\n(?: {2}stage \d .+\n)+ {2}\d+ tasks, .+ keeps up\n$/);
    assertEquals((await plan()).out.includes("As tasks"), false);
    assertEquals((await plan("--machines=0")).code, 2);
  });
});
