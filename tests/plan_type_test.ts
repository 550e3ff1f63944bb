/** The plan of a run is JSON of the documented type, and always the same for the same inputs and options. */
import { assertEquals } from "@std/assert";
import { anncat, inFolder, namesIn } from "./in_process.ts";

const CASES = decodeURIComponent(new URL("../testdata/cases/", import.meta.url).pathname);

/** Cases that have every kind of element, source and note between them. */
const NAMES = [
  ...["pbmc_batches_outer", "obs_every_kind_missing_second", "x_dense_dense_obs_inner", "x_csr_csc_var_outer"],
  ...["merge_coalesce_columns_outer", "merge_arrays_outer", "uns_every_kind_first", "uns_nest", "obsm_texts_inner"],
  ...["obsp_pairwise_outer", "raw_outer", "out_sharded", "fill_1_5_sparse_var", "obsm_frames_outer"],
];

async function planOf(name: string): Promise<string> {
  const folder = `${CASES}${name}`, { args } = JSON.parse(Deno.readTextFileSync(`${folder}/case.json`));
  const inputs = namesIn(`${folder}/inputs`).map((input) => `${folder}/inputs/${input}`);
  const { code, out, err } = await anncat("plan", ...inputs, "--out", "out.zarr", ...args, "--json", "--quiet");
  assertEquals([code, err], [0, ""]);
  return out;
}

Deno.test("plan --json: the JSON is a PlanDocument, as the compiler checks it, and no property is undocumented", async () => {
  await inFolder(async (folder) => {
    const mod = new URL("../mod.ts", import.meta.url).href, lines = [`import type { PlanDocument } from "${mod}";`];
    for (const [at, name] of NAMES.entries()) {
      lines.push(`export const plan${at}: PlanDocument = ${await planOf(name)};`);
    }
    Deno.writeTextFileSync(`${folder}/plans.ts`, lines.join("\n"));
    const config = decodeURIComponent(new URL("../deno.json", import.meta.url).pathname);
    const check = (file: string) => {
      const args = ["check", "--quiet", "--config", config, file];
      return new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "piped" }).output();
    };
    const { code, stderr } = await check(`${folder}/plans.ts`);
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    const wrong = lines.map((line) => line.replace('"version":1', '"version":1,"undocumented":0')).join("\n");
    Deno.writeTextFileSync(`${folder}/wrong.ts`, wrong);
    assertEquals((await check(`${folder}/wrong.ts`)).code, 1);
  });
});

Deno.test("plan --json: the same inputs and options give the same plan", async (t) => {
  for (const name of NAMES) await t.step(name, async () => assertEquals(await planOf(name), await planOf(name)));
});
