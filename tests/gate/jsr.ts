/**
 * `deno task test:jsr [ARGUMENTS OF DENO TEST]`: types and tests with the genuine packages of JSR, in a copy of the
 * repository whose deno.json has no `links` to the stand-ins.
 *
 * @module
 */
import { denoIn, inCheckout, JSR } from "./checkout.ts";
import { isReached } from "./runtime.ts";

if (!await isReached(JSR)) {
  console.log("skipped: JSR cannot be reached, so nothing was checked against its packages");
  Deno.exit(0);
}

const passed = await inCheckout((config) => delete config.links, async (folder) => {
  Deno.removeSync(`${folder}/deno.lock`); // it knows the stand-ins
  return await denoIn(folder, ["check"]) &&
    await denoIn(folder, ["run", "-A", "tests/gate/run_tests.ts", ...Deno.args]);
});
Deno.exit(passed ? 0 : 1);
