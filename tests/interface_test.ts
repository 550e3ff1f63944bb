/** The module's examples as its users are shown them first: they run as they stand. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { concatOnDisk } from "../mod.ts";
import { endOf } from "./child.ts";
import { inFolder, namesIn } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";

/** What is shown; `b`, `signal` and `onProgress` are the reader's own. */
const EXAMPLE = `
import { concatOnDisk, openAnnData, concat, planConcat } from "./mod.ts";

await concatOnDisk(["a.zarr", "b.h5ad"], "out.zarr", { join: "outer", label: "batch", memory: "256MiB" });

const a = await openAnnData("a.zarr");            // headers and names only
for await (const chunk of a.X!.chunks()) {         // DenseChunk | SparseChunk, bounded memory
  if (chunk.kind === "sparse") chunk.rows; chunk.indptr; chunk.indices; chunk.data;
}
const merged = await concat([a, b], { axis: "obs", join: "inner" });   // lazy: nothing is written
for await (const chunk of merged.X!.chunks({ rows: 4096, signal })) { /* train, sum, export */ }
await merged.write("out.h5ad", { memory: "256MiB", onProgress });
`;

const OWN = `
const b = await openAnnData("b.h5ad"), { signal } = new AbortController();
const steps: string[] = [], onProgress = ({ element }: { readonly element: string }): void => { steps.push(element); };
`;

Deno.test("mod.ts: the first examples run as they stand, types included", async () => {
  await inFolder(async (folder) => {
    const vars = ["x", "y", "z"], a = await writeAnnData(`${folder}/a.zarr`, { rows: 30, vars, x: "csr", seed: 1 });
    const other = await writeAnnData(`${folder}/other.zarr`, { rows: 20, vars: vars.toReversed(), x: "csr", seed: 2 });
    await concatOnDisk([other], `${folder}/b.h5ad`, { workers: 0 });
    Deno.writeTextFileSync(`${folder}/mod.ts`, `export * from "${new URL("../mod.ts", import.meta.url)}";\n`);
    const use = "console.log(steps.length > 0, merged.shape, typeof planConcat);\n";
    Deno.writeTextFileSync(`${folder}/example.ts`, EXAMPLE.replace("\nconst merged", `${OWN}\nconst merged`) + use);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--quiet",
        "--check",
        "--config",
        decodeURIComponent(new URL("../deno.json", import.meta.url).pathname),
        "--allow-read",
        `--allow-write=${folder}`,
        "example.ts",
      ],
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    const { code, out, err } = await endOf(child.spawn());
    assertEquals(code, 0, err);
    assertStringIncludes(out, "true [ 50, 3 ] function");
    assertEquals(namesIn(folder).filter((name) => name.startsWith("out")), ["out.h5ad", "out.zarr"]);
    assertEquals(namesIn(a).includes("zarr.json"), true);
  });
});
