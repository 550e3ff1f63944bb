/**
 * A command line that is killed, as by SIGKILL, right before its n-th operation on the file system:
 * `killed_run.ts N ARGUMENTS...`. Where it ends by itself, it prints how many operations there were.
 *
 * @module
 */
import { main } from "../lib/cli/main.ts";
import { processTerminal } from "../lib/cli/terminal.ts";

const [limit = "0", ...args] = Deno.args;
let count = 0;

/** Kill this process before operation number `limit`. */
function counted<A extends unknown[], R>(operation: (...args: A) => R): (...args: A) => R {
  return function (this: unknown, ...given: A): R {
    if (++count >= Number(limit)) Deno.kill(Deno.pid, "SIGKILL");
    return operation.apply(this, given);
  };
}

Deno.mkdirSync = counted(Deno.mkdirSync);
Deno.renameSync = counted(Deno.renameSync);
Deno.removeSync = counted(Deno.removeSync);
Deno.FsFile.prototype.writeSync = counted(Deno.FsFile.prototype.writeSync);
Deno.FsFile.prototype.syncSync = counted(Deno.FsFile.prototype.syncSync);
const open = Deno.openSync, forWriting = counted(open);
Deno.openSync = (path, options) => options?.write === true ? forWriting(path, options) : open(path, options);

const code = await main(args, processTerminal());
console.log(count);
Deno.exit(code);
