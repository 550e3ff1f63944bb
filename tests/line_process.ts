/** A process that answers lines with lines, and is started again where it dies or takes too long. */
import { SOURCES } from "./child.ts";

/** Deno, in the folder of the sources. */
export class LineProcess implements AsyncDisposable {
  readonly #args: readonly string[];
  readonly #seconds: number;
  #child: Deno.ChildProcess | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #reader: ReadableStreamDefaultReader<string> | undefined;
  #text = "";

  /** Run Deno with `args` when it is first asked; an answer may take so many seconds. */
  constructor(args: readonly string[], seconds: number) {
    this.#args = args;
    this.#seconds = seconds;
  }

  /** The process, where it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The answer to `line`; an error where the process takes too long, or dies over it. */
  async ask(line: string): Promise<string> {
    if (this.#child === undefined) this.#start();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it takes ${this.#seconds} s`)), this.#seconds * 1000);
    });
    try {
      return await Promise.race([late, this.#answer(line)]);
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** End the process. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#writer?.close().catch(() => {});
    await this.#reader?.cancel();
    await child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #start(): void {
    const command = new Deno.Command(Deno.execPath(), {
      args: [...this.#args],
      cwd: SOURCES,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    });
    this.#child = command.spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#text = "";
  }

  async #answer(line: string): Promise<string> {
    await this.#writer?.write(new TextEncoder().encode(`${line}\n`));
    while (!this.#text.includes("\n")) {
      const { value, done } = await (this.#reader?.read() ?? { value: undefined, done: true });
      if (done) throw new Error("the process died");
      this.#text += value;
    }
    const end = this.#text.indexOf("\n"), answer = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return answer;
  }
}
