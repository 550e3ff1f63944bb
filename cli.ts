/**
 * The command line: `deno run --allow-read --allow-write cli.ts --help`.
 *
 * @module
 */
import { main } from "./lib/cli/main.ts";
import { processTerminal } from "./lib/cli/terminal.ts";

// In a bundle this file may be a worker's entry too: the command line must not run there again.
const inWorker = "WorkerGlobalScope" in globalThis;

if (import.meta.main && !inWorker) Deno.exit(await main(Deno.args, processTerminal()));
