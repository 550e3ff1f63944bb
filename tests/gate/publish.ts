/**
 * `deno task publish:check`: what `deno publish` would do, slow types and documentation included, without doing it. The
 * genuine packages take the place of the stand-ins where JSR can be reached; else the stand-ins go with the package, as
 * the dry run wants to see all that it imports.
 *
 * @module
 */
import { denoIn, inCheckout, JSR } from "./checkout.ts";
import { isReached } from "./runtime.ts";

const hasJsr = await isReached(JSR);
if (!hasJsr) console.log("JSR cannot be reached: checked with the stand-ins of @std, not with its packages");

const passed = await inCheckout((config) => {
  if (hasJsr) delete config.links;
  else config.publish.exclude = config.publish.exclude.filter((path) => path !== ".jsr/");
}, async (folder) => {
  if (hasJsr) Deno.removeSync(`${folder}/deno.lock`); // it knows the stand-ins
  return await denoIn(folder, ["publish", "--dry-run", "--allow-dirty", "--quiet"]);
});
console.log(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
Deno.exit(passed ? 0 : 1);
