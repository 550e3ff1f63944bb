/** Every case of the corpus: what `anndata.concat` made of the inputs is what the command line makes of them. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { BufferPool } from "../lib/base/pool.ts";
import { openGroup } from "../lib/storage/open.ts";
import { compareStores, differenceText } from "./compare.ts";
import { anncat, filesUnder, inFolder, namesIn } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";

const CASES = new URL("../testdata/cases/", import.meta.url);

/** The slots that this version carries. */
const CARRIED = ["X", "obs", "var", "layers", "obsm", "varm", "obsp", "varp", "uns", "merge", "raw", "texts"];

interface Case {
  readonly description: string;
  readonly inputs: readonly string[];
  readonly args: readonly string[];
  readonly carries: readonly string[];
  readonly error?: string;
}

for (const name of namesIn(decodeURIComponent(CASES.pathname))) {
  const folder = decodeURIComponent(new URL(name, CASES).pathname);
  const one: Case = JSON.parse(Deno.readTextFileSync(`${folder}/case.json`));
  const lacking = one.carries.filter((slot) => !CARRIED.includes(slot));
  Deno.test({
    name: lacking.length > 0 ? `cases: ${name} (${lacking} not carried yet)` : `cases: ${name} (${one.description})`,
    ignore: lacking.length > 0,
    fn: () => inFolder((out) => one.error === undefined ? holds(folder, one, out) : isRefused(folder, one, out)),
  });
}

async function holds(folder: string, one: Case, out: string): Promise<void> {
  const { code, err } = await anncat(...command(folder, one, out));
  assertEquals(code, 0, err);
  assertEquals(namesIn(out), ["out.zarr"]);
  const pool = new BufferPool();
  const got = await openGroup(`${out}/out.zarr`, { pool }),
    expected = await openGroup(`${folder}/expected.zarr`, { pool });
  assertEquals((await compareStores(got, expected, { slots: one.carries })).map(differenceText), []);
}

async function isRefused(folder: string, one: Case, out: string): Promise<void> {
  const { code, out: said, err } = await anncat(...command(folder, one, out));
  assertNotEquals(code, 0);
  assertEquals(said, "");
  assertMatch(err, /^anncat: [^\n]+\n$/);
  assertEquals(namesIn(out), []);
  assertMatch(err, pythonPattern(one.error ?? ""));
}

function command(folder: string, one: Case, out: string): string[] {
  return ["concat", ...one.inputs.map((input) => `${folder}/${input}`), "--out", `${out}/out.zarr`, ...one.args];
}

/** A pattern as Python writes it, where flags stand in front. */
function pythonPattern(pattern: string): RegExp {
  return pattern.startsWith("(?i)") ? new RegExp(pattern.slice(4), "i") : new RegExp(pattern);
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
