/**
 * `deno task demo`: concatenates the bundled batches and shows what came out, with the commands that a user would type.
 *
 * @module
 */
import { run } from "./count.ts";

const INPUTS = "testdata/cases/pbmc_batches_outer/inputs";
const OUT = ".cache/demo/all.zarr";

async function anncat(...args: string[]): Promise<void> {
  console.log(`\n$ deno run --allow-read --allow-write cli.ts ${args.join(" ")}`);
  if (!await run(["run", "--allow-read", "--allow-write", "cli.ts", ...args])) Deno.exit(1);
}

Deno.chdir(new URL("../../", import.meta.url));
const inputs = [...Deno.readDirSync(INPUTS)].map(({ name }) => `${INPUTS}/${name}`).sort();
Deno.mkdirSync(".cache/demo", { recursive: true });
const job = [...inputs.map((input, at) => `batch${at + 1}=${input}`), "--out", OUT, "--join", "outer"];
await anncat("plan", ...job, "--label", "batch", "--overwrite");
await anncat("concat", ...job, "--label", "batch", "--overwrite");
await anncat("info", OUT);
