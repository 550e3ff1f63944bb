/**
 * Asking a server with patience: attempts, pauses between them, and what counts as a failure that may pass.
 *
 * @module
 */
import { Truncated } from "./part.ts";

/** How patient someone is. */
export interface PatienceOptions {
  /** Stops waiting. */
  readonly signal?: AbortSignal | undefined;
  /** How often a server is asked before it counts as failed. @default {5} */
  readonly attempts?: number;
  /** Milliseconds without a byte before an attempt has failed. @default {30000} */
  readonly timeout?: number;
  /** Milliseconds before the second attempt; each pause after it is three times as long. @default {250} */
  readonly pause?: number;
}

/** What came of one attempt; what no other attempt would mend is thrown. */
export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "again"; readonly why: string; readonly after: number; readonly cause?: unknown };

/** The longest that a server may make us wait between two attempts, whatever it asks for, in milliseconds. */
const LONGEST_PAUSE = 30_000;

/**
 * Attempt until it is done; `fail` makes the error of the last attempt. A failure of the network counts as one that may
 * pass, and so does silence; everything else that `attempt` throws is thrown.
 */
export async function patiently<T>(
  attempt: (patience: Patience) => Promise<Outcome<T>>,
  fail: (why: string, cause: unknown) => Error,
  options: PatienceOptions,
): Promise<T> {
  const { attempts = 5, signal } = options;
  let { pause = 250 } = options;
  for (let number = 1;; number++) {
    const outcome = await once(attempt, options);
    if (outcome.kind === "done") return outcome.value;
    if (number === attempts) {
      const often = number > 1 ? `, ${number} times in a row` : "";
      throw fail(`${outcome.why}${often}; check the URL and the network, or try again later`, outcome.cause);
    }
    await waitFor(Math.min(LONGEST_PAUSE, Math.max(pause, outcome.after)), signal);
    pause *= 3;
  }
}

async function once<T>(
  attempt: (patience: Patience) => Promise<Outcome<T>>,
  { timeout = 30_000, signal }: PatienceOptions,
): Promise<Outcome<T>> {
  const patience = new Patience(timeout, signal);
  try {
    return await attempt(patience);
  } catch (error) {
    signal?.throwIfAborted();
    if (patience.isOver) return { kind: "again", why: `no answer within ${timeout / 1000} s`, after: 0, cause: error };
    if (!(error instanceof Truncated) && !isNetworkFailure(error)) throw error;
    return { kind: "again", why: reasonOf(error), after: 0, cause: error };
  } finally {
    patience.end();
  }
}

/** Aborts when nothing has happened for a while, or the run is stopped. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  readonly #outer: AbortSignal | undefined;
  readonly #stop = (): void => this.#controller.abort(this.#outer?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether it has run out. */
  isOver = false;

  /** Wait for so many milliseconds; `outer` stops it too. */
  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    this.#milliseconds = milliseconds;
    this.#outer = outer;
    if (outer?.aborted) this.#stop();
    outer?.addEventListener("abort", this.#stop);
    this.renew();
  }

  /** Aborted when patience is over. */
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

  /** Wait no more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#stop);
  }
}

/** Whether an answer of that status may be another one later. */
export function mayPass(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

/** How long a busy server asks us to wait, in milliseconds; `header` is its `retry-after`. */
export function retryAfter(header: string | null | undefined): number {
  const seconds = Number(header ?? 0);
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

/** A line for who runs anncat without access to the server of `url`; undefined where `error` says something else. */
export function permissionError(what: string, url: URL, error: unknown): Error | undefined {
  const { NotCapable, PermissionDenied } = Deno.errors;
  if (!(error instanceof NotCapable) && !(error instanceof PermissionDenied)) return undefined;
  // After a redirect it is another host.
  const host = /access to "([^"]+)"/.exec(error.message)?.[1] ?? url.host;
  return new NotCapable(`${what}: no permission to connect; run with --allow-net=${host}`, { cause: error });
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
