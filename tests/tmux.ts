/** A terminal that tests can type into, resize and look at. */
import { pause } from "./child.ts";

/** Whether there is a tmux on this machine. */
export async function hasTmux(): Promise<boolean> {
  try {
    return (await new Deno.Command("tmux", { args: ["-V"], stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A tmux server of its own, with one window. */
export class Tmux implements AsyncDisposable {
  readonly #name = `anncat-${crypto.randomUUID()}`;

  /** Run a shell command in a window of that size. */
  static async open(columns: number, rows: number, command: string): Promise<Tmux> {
    const terminal = new Tmux(), size = ["-x", String(columns), "-y", String(rows)];
    await terminal.#tmux("-f", "/dev/null", "new-session", "-d", ...size, `${command}; echo "status $?"; sleep 600`);
    await terminal.#tmux("set-option", "-g", "window-size", "manual");
    return terminal;
  }

  /** Press keys, such as `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  /** Give the window another size. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** The lines on the screen, without empty ones at its end. */
  async lines(): Promise<string[]> {
    return (await this.#tmux("capture-pane", "-p")).trimEnd().split("\n").map((line) => line.trimEnd());
  }

  /** Wait until a line on the screen matches; returns all of them. */
  async until(pattern: RegExp, seconds = 60): Promise<string[]> {
    for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
      const lines = await this.lines();
      if (lines.some((line) => pattern.test(line))) return lines;
      await pause(20);
    }
    throw new Error(`No line matches ${pattern} in ${seconds} s:\n${(await this.lines()).join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await new Deno.Command("tmux", { args: ["-L", this.#name, ...args] }).output();
    const decoder = new TextDecoder();
    if (code !== 0) throw new Error(`tmux ${args[0]}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  }
}
