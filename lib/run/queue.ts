/**
 * The tasks of a run, of which every thread takes the next one by itself: none has to wait for another one's answer.
 *
 * @module
 */
import type { Task } from "../plan/task.ts";

/** Milliseconds after which a thread that waits looks up: one that is blocked cannot be ended. */
const LOOK_UP = 20;

/** In the place of how many tasks are done: none is to be done any more, however many are finished yet. */
const STOPPED = -(2 ** 31);

/** Tasks that threads share. Each has a queue of its own over the same memory. */
export class TaskQueue {
  /** How many tasks are done, below 0 where nothing is to be done any more; which are taken; how many each group has left. */
  readonly shared: SharedArrayBuffer;
  readonly #tasks: readonly QueuedTask[];
  /** The group of each task. */
  readonly #groups: ReadonlyMap<number, number>;
  readonly #done: Int32Array;
  readonly #taken: Int32Array;
  readonly #left: Int32Array;
  #first = 0;
  #seen = 0;

  /** A queue of `tasks`, or with `shared` the twin of another thread's queue of the same tasks. */
  constructor(tasks: readonly Task[], shared?: SharedArrayBuffer) {
    const { queued, sizes } = inOrder(tasks), words = 1 + tasks.length + sizes.length;
    this.shared = shared ?? new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
    const all = new Int32Array(this.shared);
    this.#tasks = queued;
    this.#groups = new Map(queued.map(({ task, group }) => [task.id, group]));
    this.#done = all.subarray(0, 1);
    this.#taken = all.subarray(1, 1 + tasks.length);
    this.#left = all.subarray(1 + tasks.length);
    if (shared === undefined) this.#left.set(sizes);
  }

  /** The next task; `"later"` where what is left needs tasks that others do, undefined where nothing is left. */
  take(): Task | "later" | undefined {
    this.#seen = Atomics.load(this.#done, 0);
    if (this.#seen < 0) return undefined;
    while (this.#first < this.#tasks.length && Atomics.load(this.#taken, this.#first) === 1) this.#first++;
    let needs = false;
    for (let at = this.#first; at < this.#tasks.length; at++) {
      if (Atomics.load(this.#taken, at) === 1) continue;
      const { task, after } = this.#tasks[at] as QueuedTask;
      if (after !== undefined && Atomics.load(this.#left, after) > 0) needs = true;
      else if (Atomics.compareExchange(this.#taken, at, 0, 1) === 0) return task;
    }
    return needs ? "later" : undefined;
  }

  /** Note that a task which was taken is done. */
  finish(task: Task): void {
    Atomics.sub(this.#left, this.#groups.get(task.id) as number, 1);
    Atomics.add(this.#done, 0, 1);
    Atomics.notify(this.#done, 0);
  }

  /** Let nobody take any task more. */
  stop(): void {
    Atomics.store(this.#done, 0, STOPPED);
    Atomics.notify(this.#done, 0);
  }

  /** Wait a moment for others, after {@linkcode take} has said `"later"`. The thread is blocked. */
  wait(): void {
    Atomics.wait(this.#done, 0, this.#seen, LOOK_UP);
  }
}

/** A task, the number of its group (those of its element and stage), and of the group that it needs. */
interface QueuedTask {
  readonly task: Task;
  readonly group: number;
  readonly after: number | undefined;
}

/**
 * The order in which tasks are taken, and how many each group has. Those that others need come first, the others from
 * large to small: there is something to do while the last of what is needed is made, and the end is even.
 */
function inOrder(
  tasks: readonly Task[],
): { readonly queued: readonly QueuedTask[]; readonly sizes: readonly number[] } {
  const groups = new Map<string, number>(), sizes: number[] = [], stages = new Map<number, number[]>();
  for (const { element, stage } of tasks.toSorted((a, b) => a.stage - b.stage)) {
    const key = `${element} ${stage}`, own = stages.get(element) ?? [], group = groups.get(key) ?? sizes.length;
    if (!groups.has(key)) own.push(stage);
    groups.set(key, group);
    stages.set(element, own);
    sizes[group] = (sizes[group] ?? 0) + 1;
  }
  const groupOf = (element: number, stage: number | undefined): number | undefined => groups.get(`${element} ${stage}`);
  const isNeeded = ({ element, stage }: Task): boolean => stage < (stages.get(element)?.at(-1) ?? stage);
  const rank = (task: Task): number => isNeeded(task) ? task.stage : Number.MAX_SAFE_INTEGER;
  const queued = tasks.map((task): QueuedTask => {
    const { element, stage } = task, own = stages.get(element) ?? [];
    return { task, group: groupOf(element, stage) ?? 0, after: groupOf(element, own[own.indexOf(stage) - 1]) };
  });
  queued.sort(({ task: a }, { task: b }) => rank(a) - rank(b) || b.bytes - a.bytes || a.id - b.id);
  return { queued, sizes };
}
