/**
 * A store behind http(s): one request an object or a part of it, with patience.
 *
 * @module
 */
import { NetworkError } from "../base/errors.ts";
import type { ObjectCache } from "./cache.ts";
import { readAnswer, Unusable } from "./http_answer.ts";
import { Truncated } from "./part.ts";
import { isUnsafe, type ReadableStore, type StoreKey, type StoreRange } from "./store.ts";

/** How patient a store is. */
export interface HttpOptions {
  /** What has come before is asked here first. */
  readonly cache?: ObjectCache | undefined;
  /** Stops waiting. */
  readonly signal?: AbortSignal | undefined;
  /** How often an object is asked for before the store gives up. @default {5} */
  readonly attempts?: number;
  /** Milliseconds without a byte before an attempt has failed. @default {30000} */
  readonly timeout?: number;
  /** Milliseconds before the second attempt; each pause after it is three times as long. @default {250} */
  readonly pause?: number;
}

/** The longest that a server may make us wait between two attempts, whatever it asks for, in milliseconds. */
const LONGEST_PAUSE = 30_000;

/** The names of documents by which the root of a store is known; `openHierarchy` tries one after the other. */
const ROOTS: ReadonlySet<StoreKey> = new Set(["/zarr.json", "/.zmetadata", "/.zgroup", "/.zarray"]);

/** The zarr store at a URL. It cannot list: metadata has to be consolidated. */
export class HttpStore implements ReadableStore {
  /** The URL as it was given. */
  readonly url: string;
  /**
   * The answer 401 or 403 to a document by which roots are known, if there was one. Buckets that may not be listed
   * answer so for what is absent, and one of the other documents may be there.
   */
  denied: NetworkError | undefined;
  readonly #base: URL;
  readonly #cache: ObjectCache | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #attempts: number;
  readonly #timeout: number;
  readonly #pause: number;

  /** Read the store at `url`; a query in it goes with every request. */
  constructor(url: string | URL, options: HttpOptions = {}) {
    this.url = String(url);
    if (!URL.canParse(this.url)) throw new TypeError(`Cannot open "${this.url}": it is no URL`);
    this.#base = new URL(this.url);
    this.#cache = options.cache;
    this.#signal = options.signal;
    this.#attempts = options.attempts ?? 5;
    this.#timeout = options.timeout ?? 30_000;
    this.#pause = options.pause ?? 250;
  }

  /** What is stored under `key`, or undefined. */
  get(key: StoreKey): Promise<Uint8Array | undefined> {
    return this.readInto(key, undefined, (bytes) => new Uint8Array(bytes));
  }

  /** A part of what is stored under `key`, or undefined. */
  getRange(key: StoreKey, range: StoreRange): Promise<Uint8Array | undefined> {
    return this.readInto(key, range, (bytes) => new Uint8Array(bytes));
  }

  /** The object or a part of it, read into memory that `allocate` gives, once. */
  async readInto(
    key: StoreKey,
    range: StoreRange | undefined,
    allocate: (bytes: number) => Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const url = this.#urlOf(key), name = `${url.href} ${JSON.stringify(range ?? null)}`;
    const known = this.#cache?.get(name);
    if (known !== undefined) {
      if (known === null) return undefined;
      const into = allocate(known.length);
      into.set(known);
      return into;
    }
    const found = await this.#patiently(key, url, range, once(allocate));
    this.#cache?.put(name, found ?? null);
    return found;
  }

  #urlOf(key: StoreKey): URL {
    if (isUnsafe(key)) throw new RangeError(`Cannot use ${JSON.stringify(key)} as a key: it means something in a URL`);
    const url = new URL(this.#base);
    url.hash = "";
    url.pathname = url.pathname.replace(/\/+$/, "") + key.split("/").map(encodeURIComponent).join("/");
    return url;
  }

  async #patiently(
    key: StoreKey,
    url: URL,
    range: StoreRange | undefined,
    allocate: (bytes: number) => Uint8Array,
  ): Promise<Uint8Array | undefined> {
    let pause = this.#pause;
    for (let attempt = 1;; attempt++) {
      const outcome = await this.#ask(url, range, allocate);
      if (outcome.kind === "found") return outcome.bytes;
      if (outcome.kind === "refused") return this.#refused(key, url, outcome.why, outcome.denies);
      if (attempt === this.#attempts) {
        const often = attempt > 1 ? `, ${attempt} times in a row` : "";
        throw this.#error(
          url,
          `${outcome.why}${often}; check the URL and the network, or try again later`,
          outcome.cause,
        );
      }
      await waitFor(Math.min(LONGEST_PAUSE, Math.max(pause, outcome.after)), this.#signal);
      pause *= 3;
    }
  }

  #refused(key: StoreKey, url: URL, why: string, denies: boolean): undefined {
    if (!denies) throw this.#error(url, why);
    if (!ROOTS.has(key)) {
      throw this.#error(url, `${why} (a bucket that may not be listed says so of what is absent, too)`);
    }
    this.denied ??= this.#error(url, why);
  }

  #error(url: URL, why: string, cause?: unknown): NetworkError {
    return new NetworkError(`Cannot read "${url.href}": ${why}`, { source: this.url, cause });
  }

  /** One attempt. */
  async #ask(url: URL, range: StoreRange | undefined, allocate: (bytes: number) => Uint8Array): Promise<Outcome> {
    const patience = new Patience(this.#timeout, this.#signal);
    try {
      const headers = { "accept-encoding": "identity", ...(range === undefined ? {} : { range: headerOf(range) }) };
      const response = await fetch(url, { headers, signal: patience.signal });
      patience.renew();
      const { status } = response;
      if (status === 404 || status === 410) {
        await response.body?.cancel();
        return { kind: "found", bytes: undefined };
      }
      if (status === 200 || status === 206 || (status === 416 && range !== undefined)) {
        return { kind: "found", bytes: await readAnswer(response, range, allocate, () => patience.renew()) };
      }
      await response.body?.cancel();
      const why = `the server answers ${status}${response.statusText === "" ? "" : ` ${response.statusText}`}`;
      if (status >= 500 || status === 429 || status === 408) return { kind: "again", why, after: retryAfter(response) };
      const denies = status === 401 || status === 403;
      const way = denies
        ? "give a URL that may be read without signing in, or download the store first"
        : "check the URL, or download the store first";
      return { kind: "refused", why: `${why}; ${way}`, denies };
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (patience.isOver) {
        return { kind: "again", why: `no answer within ${this.#timeout / 1000} s`, after: 0, cause: error };
      }
      if (error instanceof Unusable) return { kind: "refused", why: error.message, denies: false };
      if (error instanceof Truncated || isNetworkFailure(error)) {
        return { kind: "again", why: reasonOf(error), after: 0, cause: error };
      }
      throw permissionError(url, error) ?? error;
    } finally {
      patience.end();
    }
  }
}

/** What came of one attempt. */
type Outcome =
  | { readonly kind: "found"; readonly bytes: Uint8Array | undefined }
  | { readonly kind: "refused"; readonly why: string; readonly denies: boolean }
  | { readonly kind: "again"; readonly why: string; readonly after: number; readonly cause?: unknown };

/** Aborts when nothing has happened for a while, or the run is stopped. */
class Patience {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  readonly #outer: AbortSignal | undefined;
  readonly #stop = (): void => this.#controller.abort(this.#outer?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether it has run out. */
  isOver = false;

  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    this.#milliseconds = milliseconds;
    this.#outer = outer;
    if (outer?.aborted) this.#stop();
    outer?.addEventListener("abort", this.#stop);
    this.renew();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something has come: start again. */
  renew(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#controller.abort();
    }, this.#milliseconds);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#stop);
  }
}

function headerOf(range: StoreRange): string {
  if ("suffixLength" in range) return `bytes=-${range.suffixLength}`;
  return `bytes=${range.offset}-${range.offset + range.length - 1}`;
}

/** `allocate` for several attempts at the same bytes: they share the memory. */
function once(allocate: (bytes: number) => Uint8Array): (bytes: number) => Uint8Array {
  let given: Uint8Array | undefined;
  return (bytes) => given?.length === bytes ? given : given = allocate(bytes);
}

/** How long a busy server asks us to wait, in milliseconds. */
function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get("retry-after") ?? 0);
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0;
}

function isNetworkFailure(error: unknown): boolean {
  // fetch says TypeError for a connection that fails, and other classes for a body that breaks off.
  const { Http, ConnectionReset, ConnectionAborted, ConnectionRefused, BrokenPipe, UnexpectedEof, TimedOut } =
    Deno.errors;
  const kinds = [
    TypeError,
    Http,
    ConnectionReset,
    ConnectionAborted,
    ConnectionRefused,
    BrokenPipe,
    UnexpectedEof,
    TimedOut,
  ];
  return kinds.some((kind) => error instanceof kind);
}

/** What fetch says deep inside: `error sending request for url (…): client error (Connect): connection refused`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const text = error.message.replace(/^error sending request(?: (?:for url|from) [^ ]+(?: for [^ ]+)?)?:? /, "");
  return text.replace(/^client error \(\w+\): /, "").split("\n")[0] ?? "";
}

/** A line for who runs anncat without access to the server. */
function permissionError(url: URL, error: unknown): Error | undefined {
  const { NotCapable, PermissionDenied } = Deno.errors;
  if (!(error instanceof NotCapable) && !(error instanceof PermissionDenied)) return undefined;
  // After a redirect it is another host.
  const host = /access to "([^"]+)"/.exec(error.message)?.[1] ?? url.host;
  return new NotCapable(`Cannot read "${url.href}": no permission to connect; run with --allow-net=${host}`, {
    cause: error,
  });
}

function waitFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    }
  });
}
