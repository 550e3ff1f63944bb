/**
 * What a run has done so far, for its report and for the live page.
 *
 * @module
 */
import type { Progress, TaskEvent } from "../options.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import { type Pace, pace } from "./progress.ts";

/** A moment of a run. */
export interface Sample {
  /** Seconds since its start. */
  readonly seconds: number;
  /** Decoded bytes that had been dealt with. */
  readonly done: number;
  /** Resident memory of the process, in bytes. */
  readonly memory: number;
}

/** When a task ran, and where. */
export interface TaskRun {
  /** The task. */
  readonly task: Task;
  /** The thread. */
  readonly lane: number;
  /** Seconds from the run's start to the task's; null where an earlier run had done it. */
  readonly start: number | null;
  /** Seconds from the run's start to the task's end; null where it is at work. */
  readonly end: number | null;
}

/** How often memory is looked at, in milliseconds. */
const SAMPLE_MILLISECONDS = 100;

/** More samples than this are thinned out. */
const MOST_SAMPLES = 1200;

/** Follows a run. */
export class RunRecord implements Disposable {
  /** When it started. */
  readonly started = new Date();
  #plan: Plan | undefined;
  /** Seconds that planning took: tasks count from its end. */
  #planned = 0;
  #progress: Progress | undefined;
  #samples: Sample[] = [];
  #every = 1;
  #ticks = 0;
  readonly #runs = new Map<number, TaskRun>();
  readonly #clock = performance.now();
  readonly #timer = setInterval(() => this.#sample(), SAMPLE_MILLISECONDS);

  /** What the run will do. */
  readonly onPlan = (plan: Plan): void => {
    this.#plan = plan;
    this.#planned = this.seconds;
  };

  /** How far it is. */
  readonly onProgress = (progress: Progress): void => {
    this.#progress = progress;
    this.#sample();
  };

  /** What a task does. */
  readonly onTask = ({ task: id, state, lane, seconds: ran }: TaskEvent): void => {
    const task = this.#plan?.tasks[id], seconds = this.#planned + ran;
    if (task === undefined) return;
    const start = state === "skipped" ? null : this.#runs.get(id)?.start ?? seconds;
    this.#runs.set(id, { task, lane, start, end: state === "started" ? null : seconds });
  };

  /** The plan, once there is one. */
  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** The last progress, and how fast it is. */
  get progress(): Progress & Pace | undefined {
    return this.#progress === undefined ? undefined : { ...this.#progress, ...pace(this.#progress) };
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#clock) / 1000;
  }

  /** The tasks that have started. */
  get tasks(): readonly TaskRun[] {
    return [...this.#runs.values()];
  }

  /** Moments from the start until now. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  #sample(): void {
    const last = this.#samples.at(-1), seconds = this.seconds, done = this.#progress?.done ?? 0;
    if (this.#ticks++ % this.#every !== 0 && done === last?.done) return;
    this.#samples.push({ seconds, done, memory: Deno.memoryUsage().rss });
    if (this.#samples.length < MOST_SAMPLES) return;
    this.#samples = this.#samples.filter((_, at) => at % 2 === 0);
    this.#every *= 2;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
