/**
 * A worker that runs tasks. This module is the worker's own entry: that is the one form of worker that works from a
 * file, over http, and in a compiled binary.
 *
 * @module
 */
import { AnncatError, FormatError, IncompatibleInputsError, NetworkError, UnsupportedError } from "../base/errors.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import type { WrittenFile } from "../storage/written.ts";
import { Bench, type Folders } from "./bench.ts";
import type { Lane } from "./lane.ts";
import { runTask } from "./task.ts";

/** The name that tells this module that it is a worker of ours. */
const NAME = "anncat-pool";

type Request = { readonly kind: "open"; readonly plan: Plan; readonly folders: Folders } | {
  readonly kind: "task";
  readonly task: Task;
};

type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "opened" }
  | { readonly kind: "done"; readonly files: readonly WrittenFile[] }
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
  let bench: Bench | undefined;
  const answer = async (request: Request): Promise<Reply> => {
    if (request.kind === "open") {
      bench = await Bench.open(request.plan, request.folders);
      return { kind: "opened" };
    }
    if (bench === undefined) throw new TypeError(`Cannot run task ${request.task.id} without a plan`);
    await runTask(bench, request.task);
    return { kind: "done", files: bench.log.take() };
  };
  let last = Promise.resolve();
  scope.onmessage = ({ data }) => {
    last = last.then(() => answer(data))
      .catch((error: unknown): Reply => ({ kind: "failed", error: sendable(error) }))
      .then((reply) => scope.postMessage(reply));
  };
  scope.postMessage({ kind: "ready" });
}

/** Whether this thread may start workers: a module on disk must be readable for that. */
export function canSpawn(): boolean {
  const url = new URL(import.meta.url);
  if (url.protocol !== "file:" || Deno.build.standalone) return true;
  return Deno.permissions.querySync({ name: "read", path: url }).state === "granted";
}

/** Who waits for a reply. */
interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/** How long a worker may take to start. */
const START_SECONDS = 60;

/**
 * One worker. It may be given tasks while it does one: it does them in turn, and needs no waiting for this thread, which
 * may be busy itself.
 */
export class WorkerThread implements Lane {
  readonly #worker: Worker;
  readonly #opened: Promise<void>;
  /** Who waits for replies, in the order of the requests. */
  readonly #waiting: Waiting[] = [];
  readonly #abort: () => void;
  readonly #signal: AbortSignal;
  #failure: { readonly error: unknown } | undefined;

  /** Start a worker and give it the plan; until it is ready its tasks wait. */
  constructor(plan: Plan, folders: Folders, signal: AbortSignal) {
    this.#worker = new Worker(import.meta.url, { type: "module", name: NAME });
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.shift();
      if (data.kind === "failed") waiting?.reject(received(data.error));
      else waiting?.resolve(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Error(`A worker failed: ${event.message}`));
    };
    this.#signal = signal;
    this.#abort = () => this.#fail(signal.reason);
    signal.addEventListener("abort", this.#abort);
    this.#opened = this.#open(plan, folders);
    this.#opened.catch(() => {}); // who asks for a task is told
  }

  /** Do the task. */
  async run(task: Task): Promise<readonly WrittenFile[]> {
    await this.#opened;
    const reply = await this.#ask({ kind: "task", task });
    return reply.kind === "done" ? reply.files : [];
  }

  /** Stop the worker at once. */
  close(): void {
    this.#signal.removeEventListener("abort", this.#abort);
    this.#worker.terminate();
  }

  async #open(plan: Plan, folders: Folders): Promise<void> {
    const timer = setTimeout(
      () => this.#fail(new Error("Cannot start a worker: it does not answer")),
      START_SECONDS * 1000,
    );
    try {
      await this.#reply();
      await this.#ask({ kind: "open", plan, folders });
    } finally {
      clearTimeout(timer);
    }
  }

  #ask(request: Request): Promise<Reply> {
    const reply = this.#reply();
    this.#worker.postMessage(request);
    return reply;
  }

  #reply(): Promise<Reply> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
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

const CLASSES = { FormatError, UnsupportedError, NetworkError, IncompatibleInputsError };

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
