/** `deno task test [ARGUMENTS OF DENO TEST]`: the tests, and last a plain line that counts them. */
import { close } from "./count.ts";
import { denoTest } from "./counted.ts";

close(await denoTest(Deno.args));
