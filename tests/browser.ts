/** A headless Chromium that tests can look through, by its DevTools protocol. */

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is: `CHROMIUM`, or a usual place; undefined where there is none. */
export const CHROMIUM: string | undefined = [Deno.env.get("CHROMIUM"), ...PLACES].find((path) => {
  try {
    return path !== undefined && Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const STILL = ["--disable-component-update", "--disable-sync", "--hide-scrollbars"];

/** One page. */
export class Browser implements AsyncDisposable {
  /** What was written to the console: errors of scripts and of the page's policy too. */
  readonly console: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #answers = new Map<number, (result: Answer) => void>();
  #id = 0;

  /** Open `url`, in a window of this size. */
  static async open(url: string, { width = 1000, height = 1300 } = {}): Promise<Browser> {
    const profile = Deno.makeTempDirSync({ prefix: "anncat-browser-" });
    const args = ["--headless", "--no-sandbox", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
    const child = new Deno.Command(CHROMIUM ?? "", {
      args: [...args, ...QUIET, ...STILL, `--window-size=${width},${height}`, "about:blank"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const port = await within(60, () => /^\d+/.exec(Deno.readTextFileSync(`${profile}/DevToolsActivePort`))?.[0]);
    const address = await within(60, async () => {
      const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      return pages.find((page: { url: string }) => page.url === "about:blank")?.webSocketDebuggerUrl;
    });
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const browser = new Browser(child, socket, profile);
    // Who listens before the page is loaded misses nothing that it complains of.
    for (const part of ["Log", "Runtime", "Page"]) await browser.#ask(`${part}.enable`);
    const size = { width, height, deviceScaleFactor: 1, mobile: false };
    await browser.#ask("Emulation.setDeviceMetricsOverride", size);
    await browser.#ask("Page.navigate", { url });
    return browser;
  }

  private constructor(child: Deno.ChildProcess, socket: WebSocket, profile: string) {
    this.#child = child;
    this.#socket = socket;
    this.#profile = profile;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
  }

  /** What the page holds now. */
  async html(): Promise<string> {
    return await this.#value("document.documentElement.outerHTML");
  }

  /** Wait until the page is loaded; what it holds then. */
  async loaded(): Promise<string> {
    await within(60, async () => {
      const state = await this.#value("`${location.href} ${document.readyState}`");
      return !state.startsWith("about:blank") && state.endsWith(" complete") || undefined;
    });
    return await this.html();
  }

  /** A picture of the page, as PNG. */
  async picture(): Promise<Uint8Array> {
    const { data = "" } = await this.#ask("Page.captureScreenshot");
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
    // Its helpers end a moment after it, and write until then.
    await within(20, () => Deno.removeSync(this.#profile, { recursive: true }) ?? true);
  }

  async #value(expression: string): Promise<string> {
    return (await this.#ask("Runtime.evaluate", { expression })).result?.value ?? "";
  }

  async #ask(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const id = ++this.#id;
    return await new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  #hear({ id, result, method, params }: Message): void {
    if (id !== undefined) {
      this.#answers.get(id)?.(result ?? {});
      this.#answers.delete(id);
    } else if (["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"].includes(method ?? "")) {
      this.console.push(JSON.stringify(params));
    }
  }
}

/** What the protocol sends: the answer to a question, or an event. */
interface Message {
  readonly id?: number;
  readonly result?: Answer;
  readonly method?: string;
  readonly params?: unknown;
}

/** What is looked at in answers. */
interface Answer {
  readonly result?: { readonly value?: string };
  readonly data?: string;
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
