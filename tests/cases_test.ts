/** Every case of the corpus: what `anndata.concat` made of the inputs is what the command line makes of them. */
import { assertEquals } from "@std/assert";
import { checkCase, corpus } from "./corpus.ts";
import { anncat, filesUnder, inFolder } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";

for (const one of corpus()) {
  Deno.test(`cases: ${one.name} (${one.description})`, () => checkCase(one, anncat));
}

Deno.test("concat: the number of workers does not change one byte of the output", async (t) => {
  await inFolder(async (folder) => {
    const vars = Array.from({ length: 300 }, (_, i) => `g${i}`), turned = vars.toReversed();
    const dense = { rows: 8000, x: "dense", chunks: [500, 100] } as const;
    const csr = { rows: 20000, x: "csr", density: 0.1, chunks: [50000] } as const;
    const csc = { ...csr, x: "csc" } as const;
    const a = await writeAnnData(`${folder}/a.zarr`, { ...dense, seed: 1, vars });
    const b = await writeAnnData(`${folder}/b.zarr`, { ...dense, seed: 2, vars: turned });
    const c = await writeAnnData(`${folder}/c.zarr`, { ...csr, seed: 3, vars });
    const d = await writeAnnData(`${folder}/d.zarr`, { ...csc, seed: 4, vars: turned.slice(0, 280) });
    const jobs: Readonly<Record<string, readonly string[]>> = {
      "dense": [a, b],
      "dense in shards": [a, b, "--zarr-format=3", "--shards=2000,300"],
      "sparse": [c, d, "--join=outer"],
      "sparse along var": [c, c, "--axis=var", "--sparse-layout=csc"],
    };
    for (const [name, args] of Object.entries(jobs)) {
      await t.step(name, async () => {
        const trees: Map<string, Uint8Array>[] = [];
        for (const workers of [0, 1, 2]) {
          const out = `${folder}/${name}-${workers}.zarr`, said = ["--label=from", "--index-unique=-", "--json"];
          const all = [...args, "--out", out, `--workers=${workers}`, ...said];
          const { code, err } = await anncat("concat", ...all);
          assertEquals(code, 0, err);
          const plan = JSON.parse((await anncat("plan", ...all, "--overwrite")).out);
          assertEquals(plan.memory.workers, workers);
          trees.push(filesUnder(out));
          Deno.removeSync(out, { recursive: true });
        }
        for (const tree of trees.slice(1)) {
          assertEquals([...tree.keys()], [...(trees[0] ?? tree).keys()]);
          const other = [...tree].filter(([path, bytes]) => !sameBytes(bytes, trees[0]?.get(path)));
          assertEquals(other.map(([path]) => path), []);
        }
      });
    }
  });
});

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((byte, at) => byte === b[at]);
}
