/**
 * Many command lines in one process, for the comparison with anndata: reads lines of `{"args": [...]}` and answers each
 * with `{"exit": 0, "stderr": ""}`.
 *
 * @module
 */
import { main } from "../../lib/cli/main.ts";
import type { Terminal } from "../../lib/cli/terminal.ts";

async function answer(args: readonly string[]): Promise<{ exit: number; stderr: string }> {
  let stderr = "";
  const terminal: Terminal = {
    out() {},
    err: (text) => stderr += text,
    closed: () => false,
    isTerminal: false,
    columns: () => 80,
    outColumns: () => Infinity,
  };
  return { exit: await main(args, terminal), stderr };
}

async function* lines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

for await (const line of lines()) {
  const { args } = JSON.parse(line) as { readonly args: readonly string[] };
  console.log(JSON.stringify(await answer(args)));
}
