/** Stores of old versions of anndata: they are read and concatenated as anndata 0.12 reads and concatenates them. */
import { assertEquals } from "@std/assert";
import { BufferPool } from "../lib/base/pool.ts";
import { openStore } from "../lib/anndata/open.ts";
import { compareStores, differenceText } from "./compare.ts";
import { anncat, inFolder, namesIn } from "./in_process.ts";

const LEGACY = new URL("../testdata/legacy/", import.meta.url);

interface LegacyCase {
  readonly description: string;
  /** The old stores. */
  readonly inputs: readonly string[];
  /** What anndata reads from each, as it writes it today. */
  readonly read: readonly string[];
  /** Of `anncat concat`, for `expected.zarr`. */
  readonly args: readonly string[];
  readonly carries: readonly string[];
}

const NAMES = namesIn(decodeURIComponent(LEGACY.pathname)).filter((name) => /_(zarr|h5ad)$/.test(name));

for (const name of NAMES) {
  const folder = decodeURIComponent(new URL(name, LEGACY).pathname);
  const one: LegacyCase = JSON.parse(Deno.readTextFileSync(`${folder}/case.json`));
  Deno.test(`check: an old store is what anndata reads from it: ${name} (${one.description})`, async () => {
    for (const [number, input] of one.inputs.entries()) {
      const { code, out, err } = await anncat("check", `${folder}/${input}`, `${folder}/${one.read[number]}`);
      assertEquals([code, out], [0, ""], err);
    }
  });
  Deno.test(`concat: old stores give what anndata makes of them: ${name} (${one.description})`, async () => {
    await inFolder(async (out) => {
      const inputs = one.inputs.map((input) => `${folder}/${input}`), pool = new BufferPool();
      const { code, err } = await anncat("concat", ...inputs, "--out", `${out}/out.zarr`, ...one.args, "--workers=0");
      assertEquals(code, 0, err);
      const got = await openStore(`${out}/out.zarr`, { pool });
      const expected = await openStore(`${folder}/expected.zarr`, { pool });
      assertEquals((await compareStores(got, expected, { slots: one.carries })).map(differenceText), []);
    });
  });
}
