/** What a run takes of memory stays below what its plan says, for each kind of task. */
import { assertEquals, assertLessOrEqual } from "@std/assert";
import { endOf, spawnAnncat } from "./child.ts";
import { inFolder } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import { checkMemory, SPARSE } from "./memory_runs.ts";
import { peakOf, peakWhile } from "./peak.ts";

Deno.test({
  name: "concat: peak resident memory stays below what the plan says",
  ignore: peakOf(Deno.pid) === undefined, // no /proc
  fn: (t) => inFolder((folder) => checkMemory(t, folder, spawnAnncat)),
});

Deno.test({
  name: "chunks: summing a matrix takes little more memory than the runtime",
  ignore: peakOf(Deno.pid) === undefined, // no /proc
  async fn() {
    await inFolder(async (folder) => {
      // 180 MB decoded: what is dropped piles up only until it is collected.
      const store: MadeStore = { ...SPARSE, rows: 75_000, density: 0.2, dtype: "float64" };
      const path = await writeAnnData(`${folder}/a.zarr`, store);
      const script = `
        import { openAnnData } from "${new URL("../mod.ts", import.meta.url)}";
        let sum = 0, entries = 0;
        for await (const chunk of (await openAnnData(Deno.args[0])).X.chunks()) {
          for (const value of chunk.data) sum += value;
          entries += chunk.data.length;
        }
        console.log(entries > 10_000_000 && sum > 0);`;
      Deno.writeTextFileSync(`${folder}/sum.js`, script);
      const config = decodeURIComponent(new URL("../deno.json", import.meta.url).pathname);
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--quiet", "--config", config, "--allow-read", `${folder}/sum.js`, path],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const [peak, { out, err }] = await Promise.all([peakWhile(child), endOf(child)]);
      assertEquals(out, "true\n", err);
      assertLessOrEqual(peak, 160 * 2 ** 20);
    });
  },
});
