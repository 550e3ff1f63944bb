/**
 * A store behind http(s): one request an object or a part of it, with patience.
 *
 * @module
 */
import { NetworkError } from "../base/errors.ts";
import { encodeSegments } from "../base/location.ts";
import type { ObjectCache } from "./cache.ts";
import { readAnswer, Unusable } from "./http_answer.ts";
import {
  mayPass,
  type Outcome,
  type Patience,
  type PatienceOptions,
  patiently,
  permissionError,
  retryAfter,
} from "./patience.ts";
import { isUnsafe, type ReadableStore, type StoreKey, type StoreRange } from "./store.ts";

/** How a store is asked. */
export interface HttpOptions extends PatienceOptions {
  /** What has come before is asked here first. */
  readonly cache?: ObjectCache | undefined;
}

/** What an answer means that brings no object. */
export type Verdict =
  | { readonly kind: "absent" }
  | { readonly kind: "again"; readonly why: string; readonly after: number }
  /** `denies`: the same answer may stand for what is absent. */
  | { readonly kind: "refused"; readonly why: string; readonly denies: boolean };

/** What a kind of server wants to hear, and what it means by its answers. */
export interface Dialect {
  /** What the store is called; its URL, if nothing else is. */
  readonly source?: string;
  /** What messages call the object at `url`. */
  name(url: URL): string;
  /** The headers of a request for the object at `url`, apart from those of its range. */
  headers(url: URL): Promise<Readonly<Record<string, string>>>;
  /** What becomes of a redirection. */
  readonly redirect: "follow" | "manual";
  /** What an answer means that brings no object; its body has to be read or cancelled. */
  judge(response: Response): Promise<Verdict>;
}

/** The names of documents by which the root of a store is known; `openHierarchy` tries one after the other. */
const ROOTS: ReadonlySet<StoreKey> = new Set(["/zarr.json", "/.zmetadata", "/.zgroup", "/.zarray"] as const);

/** The zarr store at a URL. It cannot list: metadata has to be consolidated. */
export class HttpStore implements ReadableStore {
  /** The URL as it was given, or what else the store is called. */
  readonly url: string;
  /**
   * The answer 401 or 403 to a document by which roots are known, if there was one. Buckets that may not be listed
   * answer so for what is absent, and one of the other documents may be there.
   */
  denied: NetworkError | undefined;
  readonly #base: URL;
  readonly #options: HttpOptions;
  readonly #dialect: Dialect;

  /** Read the store at `url`; a query in it goes with every request. */
  constructor(url: string | URL, options: HttpOptions = {}, dialect: Dialect = PLAIN) {
    this.url = dialect.source ?? String(url);
    if (!URL.canParse(url)) throw new TypeError(`Cannot open "${this.url}": it is no URL`);
    this.#base = new URL(url);
    this.#options = options;
    this.#dialect = dialect;
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
    const { cache } = this.#options,
      url = urlOf(this.#base, key),
      name = `${url.href} ${JSON.stringify(range ?? null)}`;
    const known = cache?.get(name);
    if (known !== undefined) {
      if (known === null) return undefined;
      const into = allocate(known.length);
      into.set(known);
      return into;
    }
    const memory = once(allocate), fail = (why: string, cause: unknown) => this.#error(url, why, cause);
    const take: Take<Uint8Array> = (response, patience) => readAnswer(response, range, memory, () => patience.renew());
    const found = await patiently((patience) => this.#ask(key, url, range, take, patience), fail, this.#options);
    cache?.put(name, found ?? null);
    return found;
  }

  /**
   * What the server says of the document by which the root is known: its ETag, its time of change, its length; undefined
   * where it says nothing. Who writes the store anew writes that document anew.
   */
  async version(): Promise<string | undefined> {
    // Part of a GET: it may be signed, and servers answer it that know no HEAD.
    const range = { offset: 0, length: 1 };
    for (const key of ROOTS) {
      const url = urlOf(this.#base, key), fail = (why: string, cause: unknown) => this.#error(url, why, cause);
      const found = await patiently(
        (patience) => this.#ask(key, url, range, takeVersion, patience),
        fail,
        this.#options,
      );
      if (found !== undefined) return found.length === 0 ? undefined : found;
    }
    return undefined;
  }

  #error(url: URL, why: string, cause?: unknown): NetworkError {
    return new NetworkError(`Cannot read "${this.#dialect.name(url)}": ${why}`, { source: this.url, cause });
  }

  /** One attempt. */
  async #ask<T>(
    key: StoreKey,
    url: URL,
    range: StoreRange | undefined,
    take: Take<T>,
    patience: Patience,
  ): Promise<Outcome<T | undefined>> {
    const { redirect } = this.#dialect;
    const wanted = { "accept-encoding": "identity", ...(range === undefined ? {} : { range: headerOf(range) }) };
    const headers = { ...await this.#dialect.headers(url), ...wanted };
    try {
      const response = await fetch(url, { headers, redirect, signal: patience.signal });
      patience.renew();
      const { status } = response;
      if (status === 200 || status === 206 || (status === 416 && range !== undefined)) {
        return { kind: "done", value: await take(response, patience) };
      }
      const verdict = await this.#dialect.judge(response);
      if (verdict.kind === "again") return verdict;
      if (verdict.kind === "refused") this.#refused(key, url, verdict);
      return { kind: "done", value: undefined };
    } catch (error) {
      if (error instanceof Unusable) throw this.#error(url, error.message);
      throw permissionError(`Cannot read "${this.#dialect.name(url)}"`, url, error) ?? error;
    }
  }

  #refused(key: StoreKey, url: URL, { why, denies }: Extract<Verdict, { kind: "refused" }>): void {
    if (!denies) throw this.#error(url, why);
    if (!ROOTS.has(key)) {
      throw this.#error(url, `${why} (a bucket that may not be listed says so of what is absent, too)`);
    }
    this.denied ??= this.#error(url, why);
  }
}

/** What is made of an answer that brings an object, or a part of it. */
type Take<T> = (response: Response, patience: Patience) => Promise<T>;

/** What the headers of an answer say of the object's version; empty where they say nothing. */
async function takeVersion({ headers, body, status }: Response): Promise<string> {
  await body?.cancel();
  const [, total] = /\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [];
  const said = {
    etag: headers.get("etag"),
    changed: headers.get("last-modified"),
    bytes: total ?? (status === 200 ? headers.get("content-length") : null),
  };
  return Object.values(said).every((value) => value === null) ? "" : JSON.stringify(said);
}

/** The URL of what is stored under `key` below `base`. */
export function urlOf(base: URL, key: StoreKey): URL {
  if (isUnsafe(key)) throw new RangeError(`Cannot use ${JSON.stringify(key)} as a key: it means something in a URL`);
  const url = new URL(base);
  url.hash = "";
  url.pathname = url.pathname.replace(/\/+$/, "") + encodeSegments(key);
  return url;
}

/** Any server of files. */
const PLAIN: Dialect = {
  name: (url) => url.href,
  headers: () => Promise.resolve({}),
  redirect: "follow",
  async judge(response) {
    await response.body?.cancel();
    const { status } = response;
    if (status === 404 || status === 410) return { kind: "absent" };
    const why = `the server answers ${status}${response.statusText === "" ? "" : ` ${response.statusText}`}`;
    if (mayPass(status)) return { kind: "again", why, after: retryAfter(response.headers.get("retry-after")) };
    const denies = status === 401 || status === 403;
    const way = denies
      ? "give a URL that may be read without signing in, or download the store first"
      : "check the URL, or download the store first";
    return { kind: "refused", why: `${why}; ${way}`, denies };
  },
};

function headerOf(range: StoreRange): string {
  if ("suffixLength" in range) return `bytes=-${range.suffixLength}`;
  return `bytes=${range.offset}-${range.offset + range.length - 1}`;
}

/** `allocate` for several attempts at the same bytes: they share the memory. */
function once(allocate: (bytes: number) => Uint8Array): (bytes: number) => Uint8Array {
  let given: Uint8Array | undefined;
  return (bytes) => given?.length === bytes ? given : given = allocate(bytes);
}
