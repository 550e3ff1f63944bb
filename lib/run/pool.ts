/**
 * A worker that runs tasks. This module is the worker's own entry: that is the one form of worker that works from a
 * file, over http, and in a compiled binary.
 *
 * @module
 */
import {
  AnncatError,
  FormatError,
  IncompatibleInputsError,
  MiscountError,
  NetworkError,
  UnsupportedError,
} from "../base/errors.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import type { WrittenFile } from "../storage/written.ts";
import type { Folders } from "./bench.ts";
import type { Lane, LaneEvents, LaneWork } from "./lane.ts";
import { TaskQueue } from "./queue.ts";
import { runTasks } from "./task.ts";

/** The name that tells this module that it is a worker of ours. */
const NAME = "anncat-pool";

/** To do the tasks of a plan that other threads do too (`queue` is the memory which they share), or to stop. */
type Request = { readonly kind: "stop" } | QueueRequest;

interface QueueRequest {
  readonly kind: "work";
  readonly plan: Plan;
  readonly folders: Folders;
  readonly queue: SharedArrayBuffer;
  readonly presumes: boolean;
}

type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "started"; readonly task: Task }
  | { readonly kind: "done"; readonly task: Task; readonly files: readonly WrittenFile[] }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: SentError };

/** An error as it crosses from thread to thread. */
interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
  readonly source: string | undefined;
  readonly element: string | undefined;
}

interface WorkerScope {
  readonly WorkerGlobalScope?: new () => unknown;
  readonly name?: string;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply): void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;

/** Whether this thread is a worker (of anncat or of anybody). */
export const inWorker: boolean = scope.WorkerGlobalScope !== undefined && globalThis instanceof scope.WorkerGlobalScope;

if (inWorker && scope.name === NAME) serve();

function serve(): void {
  const stop = new AbortController();
  scope.onmessage = ({ data }) => {
    if (data.kind === "stop") return stop.abort();
    serveQueue(data, stop.signal).catch((error: unknown) =>
      scope.postMessage({ kind: "failed", error: sendable(error) })
    );
  };
  scope.postMessage({ kind: "ready" });
}

async function serveQueue({ queue: shared, ...work }: QueueRequest, signal: AbortSignal): Promise<void> {
  const queue = new TaskQueue(work.plan.tasks, shared);
  await runTasks({ ...work, queue, signal }, {
    started: (task) => scope.postMessage({ kind: "started", task }),
    done: (task, files) => scope.postMessage({ kind: "done", task, files }),
  }, { wait: () => queue.wait() });
  scope.postMessage({ kind: "ended" });
}

/** Whether this thread may start workers: a module on disk must be readable for that. */
function canSpawn(): boolean {
  const url = new URL(import.meta.url);
  if (url.protocol !== "file:" || Deno.build.standalone) return true;
  return Deno.permissions.querySync({ name: "read", path: url }).state === "granted";
}

/** The workers of a run; they load their code while this thread makes ready what they are to work with. */
export class Crew implements Disposable {
  #workers: readonly WorkerThread[] = [];

  /** The workers. */
  get workers(): readonly Lane[] {
    return this.#workers;
  }

  /** Have `count` workers, where this thread may start any: some are started, or some are stopped. */
  resize(count: number): void {
    const wanted = canSpawn() ? Math.max(0, count) : 0, kept = this.#workers.slice(0, wanted);
    for (const worker of this.#workers.slice(wanted)) worker.close();
    this.#workers = [...kept, ...Array.from({ length: wanted - kept.length }, () => new WorkerThread())];
  }

  /** Stop them all. */
  [Symbol.dispose](): void {
    this.resize(0);
  }
}

/** How long a worker may take to start. */
const START_MILLISECONDS = 60_000;

/**
 * How long is waited for a worker that is told to stop, which it does after the chunk at hand: what it writes afterwards
 * would get in the way of who clears up.
 */
const STOP_MILLISECONDS = 10_000;

/** One worker. It takes tasks by itself, and needs no waiting for this thread, which may be busy itself. */
class WorkerThread implements Lane {
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #events: LaneEvents | undefined;

  constructor() {
    this.#worker = new Worker(import.meta.url, { type: "module", name: NAME });
    // Who asks for work is told.
    for (const { promise } of [this.#ready, this.#ended]) promise.catch(() => {});
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      try {
        this.#hear(data);
      } catch (error) {
        this.#fail(error);
      }
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Error(`A worker failed: ${event.message}`));
    };
  }

  async work({ plan, folders, queue, presumes, signal }: LaneWork, events: LaneEvents): Promise<void> {
    this.#events = events;
    // Sent at once: this thread may be busy when the worker is ready, and would let it wait.
    this.#send({ kind: "work", plan, folders, queue: queue.shared, presumes });
    try {
      await unlessAborted(signal, this.#end());
    } catch (error) {
      queue.stop();
      this.#send({ kind: "stop" });
      await inTime(this.#ended.promise.catch(() => {}), STOP_MILLISECONDS);
      throw error;
    }
  }

  /** Stop the worker. */
  close(): void {
    this.#worker.terminate();
    this.#fail(new Error("The worker is stopped"));
  }

  async #end(): Promise<void> {
    if (!await inTime(this.#ready.promise, START_MILLISECONDS)) {
      throw new Error("Cannot start a worker: it does not answer");
    }
    await this.#ended.promise;
  }

  #send(request: Request): void {
    this.#worker.postMessage(request);
  }

  #hear(reply: Reply): void {
    switch (reply.kind) {
      case "ready":
        return this.#ready.resolve();
      case "started":
        return this.#events?.started(reply.task);
      case "done":
        return this.#events?.done(reply.task, reply.files);
      case "ended":
        return this.#ended.resolve();
      case "failed":
        throw received(reply.error);
    }
  }

  #fail(error: unknown): void {
    for (const waiting of [this.#ready, this.#ended]) waiting.reject(error);
  }
}

/** Wait for `result`, unless `signal` says that nobody waits any more. */
async function unlessAborted(signal: AbortSignal, result: Promise<void>): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>(), abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Wait for `result`, but not for ever; whether it came in time. */
async function inTime(result: Promise<void>, milliseconds: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), milliseconds);
  try {
    return await Promise.race([result.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

function sendable(error: unknown): SentError {
  const one = error instanceof Error ? error : new Error(String(error));
  const { code } = one as { code?: unknown };
  return {
    name: one.name,
    message: one.message,
    stack: one.stack,
    code: typeof code === "string" ? code : undefined,
    source: one instanceof AnncatError ? one.source : undefined,
    element: one instanceof AnncatError ? one.element : undefined,
  };
}

const CLASSES = { FormatError, UnsupportedError, NetworkError, IncompatibleInputsError, MiscountError };

function received(sent: SentError): Error {
  const place = {
    ...(sent.source === undefined ? {} : { source: sent.source }),
    ...(sent.element === undefined ? {} : { element: sent.element }),
  };
  const Known = Object.entries(CLASSES).find(([name]) => name === sent.name)?.[1];
  const error = Known === undefined ? new Error(sent.message) : new Known(sent.message, place);
  return Object.assign(error, {
    ...(Known === undefined ? { name: sent.name } : {}),
    ...(sent.stack === undefined ? {} : { stack: sent.stack }),
    ...(sent.code === undefined ? {} : { code: sent.code }),
  });
}
