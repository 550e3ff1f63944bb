/**
 * `deno task ok`: everything that must hold before a commit. `--without-tests` leaves the tests out. Last comes a plain
 * line that counts what passed and what failed.
 *
 * @module
 */
import { close, type Count, run, sum } from "./count.ts";
import { denoTest } from "./counted.ts";

/** Where the pages of the docs go: it counts only that they can be made. */
const PAGES = Deno.makeTempDirSync({ prefix: "anncat-docs-" });

/** A step: its name, and the arguments of deno. */
const STEPS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["format", ["fmt", "--check"]],
  ["lint", ["lint"]],
  ["types", ["check"]],
  ["examples in the docs", ["test", "-A", "--doc", "--permit-no-files", "mod.ts", "README.md", "lib"]],
  ["docs of what is exported", ["doc", "--lint", "mod.ts"]],
  ["docs as pages", ["doc", "--html", "--name=anncat", `--output=${PAGES}`, "mod.ts"]],
  ["kernel", ["run", "-A", "lib/kernel/build.ts", "--check"]],
];

async function step(name: string, args: readonly string[]): Promise<Count> {
  console.log(`== ${name}`);
  const succeeded = await run(args, { NO_COLOR: "1" });
  if (!succeeded) console.log(`== ${name}: failed`);
  return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1 };
}

const counts: Count[] = [];
for (const [name, args] of STEPS) counts.push(await step(name, args));
Deno.removeSync(PAGES, { recursive: true });
if (!Deno.args.includes("--without-tests")) counts.push(await denoTest([]));
close(sum(counts));
