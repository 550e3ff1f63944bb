/** Many command lines in one process of their own, through `gate/batch.ts`. */
import type { Outcome } from "./in_process.ts";

/** A process that runs command lines one after the other. */
export class Batch implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncGenerator<string>;
  #errors = "";
  readonly #listening: Promise<void>;

  /** Start `command`. */
  constructor(command: string, options: Pick<Deno.CommandOptions, "args" | "cwd" | "env" | "clearEnv">) {
    this.#child = new Deno.Command(command, { ...options, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
    this.#listening = this.#listen();
  }

  /** Run one command line; its standard output is not told. */
  async run(...args: readonly string[]): Promise<Outcome> {
    await this.#input.write(new TextEncoder().encode(JSON.stringify({ args }) + "\n"));
    const { value } = await this.#lines.next();
    if (value === undefined) throw new Error(`The process has ended: ${this.#errors}`);
    const { exit, stderr } = JSON.parse(value) as { readonly exit: number; readonly stderr: string };
    return { code: exit, out: "", err: stderr };
  }

  /** End the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {}); // it may have ended
    await this.#lines.return(undefined);
    await this.#listening;
    await this.#child.status;
  }

  async #listen(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) this.#errors += text;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
