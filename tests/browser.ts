/** A headless Chromium that tests can look through, by its DevTools protocol. */

/** Where Chromium is on this machine, if anywhere. */
export const CHROMIUM: string | undefined = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });

const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const STILL = ["--disable-component-update", "--disable-sync", "--window-size=1000,1300"];

/** One page. */
export class Browser implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #socket: WebSocket;
  #id = 0;

  /** Open `url`; the profile goes to `folder`. */
  static async open(url: string, folder: string): Promise<Browser> {
    const args = ["--headless", "--no-sandbox", "--remote-debugging-port=0", `--user-data-dir=${folder}`];
    const child = new Deno.Command(CHROMIUM ?? "", {
      args: [...args, ...QUIET, ...STILL, url],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const port = await within(60, () => /^\d+/.exec(Deno.readTextFileSync(`${folder}/DevToolsActivePort`))?.[0]);
    const address = await within(60, async () => {
      const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      return pages.find((page: { url: string }) => page.url === url)?.webSocketDebuggerUrl;
    });
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Browser(child, socket);
  }

  private constructor(child: Deno.ChildProcess, socket: WebSocket) {
    this.#child = child;
    this.#socket = socket;
  }

  /** What the page holds now. */
  async html(): Promise<string> {
    const { result } = await this.#ask("Runtime.evaluate", { expression: "document.documentElement.outerHTML" });
    return result.value;
  }

  /** A picture of the page, as PNG. */
  async picture(): Promise<Uint8Array> {
    const { data } = await this.#ask("Page.captureScreenshot", {});
    return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  }

  /** Wait until the page holds what matches. */
  async until(pattern: RegExp): Promise<string> {
    return await within(60, async () => {
      const html = await this.html();
      return pattern.test(html) ? html : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    this.#child.kill("SIGKILL");
    await Promise.all([closed, this.#child.status]);
  }

  // deno-lint-ignore no-explicit-any -- the protocol's answers have many forms
  async #ask(method: string, params: Record<string, unknown>): Promise<any> {
    const id = ++this.#id;
    return await new Promise((resolve) => {
      this.#socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.id === id) resolve(message.result);
      };
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}

/** Ask until there is an answer; errors on the way are none. */
async function within<T>(seconds: number, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  let last: unknown;
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The browser gives no answer in ${seconds} s`, { cause: last });
}
