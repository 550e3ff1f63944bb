/** `anncat convert`: one store written anew with all that it has. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { BufferPool } from "../lib/base/pool.ts";
import { planConcat } from "../lib/concat.ts";
import { openStore } from "../lib/anndata/open.ts";
import { compareStores, differenceText } from "./compare.ts";
import { corpus } from "./corpus.ts";
import { anncat, inFolder } from "./in_process.ts";
import { writeTree } from "./tree_store.ts";

/** The forms, with chunks of `rows` rows. */
const formsOf = (rows: number): Readonly<Record<string, readonly string[]>> => ({
  "v2.zarr": ["--zarr-format=2", "--codec=blosc-lz4"],
  "plain.h5ad": ["--codec=none"],
  "sharded.zarr": ["--zarr-format=3", `--chunks=${rows},${rows - 1}`, `--shards=${2 * rows},${2 * rows - 2}`],
  "lzf.h5ad": ["--codec=lzf"],
  "v3.zarr": ["--zarr-format=3", "--shards=none"],
});

async function differences(got: string, expected: string): Promise<string[]> {
  const pool = new BufferPool();
  const [a, b] = [await openStore(got, { pool }), await openStore(expected, { pool })];
  return (await compareStores(a, b)).map(differenceText);
}

// What anndata reads from old stores, as it writes it today, is in the corpus: they hold every kind of element.
for (
  const { name, folder, inputs, read } of corpus("legacy") as (ReturnType<typeof corpus>[number] & { read: string[] })[]
) {
  Deno.test(`convert: nothing is lost from form to form, and nothing is said to be: ${name}`, async () => {
    await inFolder(async (out) => {
      for (const [number, input] of inputs.slice(0, 1).entries()) {
        let source = `${folder}/${input}`;
        // Real data has hundreds of rows, which would make a hundred thousand chunks of three.
        for (const [form, flags] of Object.entries(formsOf(name.startsWith("pbmc") ? 150 : 3))) {
          const path = `${out}/${form}`, { code, err } = await anncat("convert", source, "--out", path, ...flags);
          assertEquals(code, 0, err);
          assertMatch(err, /^anncat: [^\n]* in [^\n]+\n$/m, "a warning");
          assert(!err.includes("warning"), err);
          assertEquals(await differences(path, `${folder}/${read[number]}`), [], form);
          source = path;
        }
      }
    });
  });
}

const DICT = { "encoding-type": "dict", "encoding-version": "0.1.0" };

Deno.test("convert: empty mappings in uns stay, however deep", async () => {
  await inFolder(async (folder) => {
    const [one] = corpus("legacy"), a = `${folder}/a.zarr`;
    assertEquals((await anncat("convert", `${one?.folder}/${one?.inputs[0]}`, "--out", a, "--zarr-format=2")).code, 0);
    await writeTree(`${a}/uns/empty`, { attrs: DICT, children: { in: { attrs: DICT, children: {} } } }, { version: 2 });
    Deno.removeSync(`${a}/.zmetadata`);
    for (const form of ["b.h5ad", "b.zarr"]) {
      assertEquals((await anncat("convert", a, "--out", `${folder}/${form}`, "--quiet")).code, 0);
      const uns = await (await openStore(`${folder}/${form}`, { pool: new BufferPool() })).child("uns");
      const empty = uns?.kind === "group" ? await uns.child("empty") : undefined;
      assertEquals(empty?.kind === "group" ? await empty.names() : undefined, ["in"]);
    }
  });
});

Deno.test("convert: what keeps its layout is copied, not counted and sorted", async () => {
  const cases = corpus().filter(({ name }) => /csc|varm_sparse|obsp|mixed/.test(name));
  assert(cases.length > 5);
  for (const { folder, inputs } of cases) {
    for (const input of inputs) {
      const plan = await planConcat([`${folder}/${input}`], "out.zarr", { keepAll: true });
      assertEquals(plan.elements.filter(({ kind }) => kind === "sparse"), []);
      assertEquals(plan.notes, []);
    }
  }
});

Deno.test("planConcat: keepAll is for one input", async () => {
  const [one] = corpus(), inputs = one?.inputs.map((input) => `${one.folder}/${input}`) ?? [];
  await assertRejects(async () => await planConcat(inputs, "out.zarr", { keepAll: true }), TypeError, "is for one");
});
