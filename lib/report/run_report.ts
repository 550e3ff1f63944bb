/**
 * The report of a run: what was done, from what, how fast, in which memory.
 *
 * @module
 */
import { most } from "../base/most.ts";
import type { Plan } from "../plan/plan.ts";
import { diskUse } from "./disk.ts";
import { type Estimate, estimate } from "./estimate.ts";
import { reportPage } from "./page.ts";
import type { RunRecord, Sample, TaskRun } from "./record.ts";

/** The report of a run: plain JSON. */
export interface RunReport {
  /** The version of this form. */
  readonly report: 1;
  /** The command line, or what stands for it. */
  readonly command: string;
  /** Versions of what made the result. */
  readonly versions: Readonly<Record<string, string>>;
  /** When the run started, in ISO 8601. */
  readonly started: string;
  /** How long it took. */
  readonly seconds: number;
  /** Decoded bytes that were read. */
  readonly bytes: number;
  /** Bytes of the result's files. */
  readonly bytesOnDisk: number | null;
  /** The most resident memory that was seen, in bytes. */
  readonly peakMemory: number;
  /** Stored entries of each sparse matrix of the result, by its path. */
  readonly entries: Readonly<Record<string, number>>;
  /** The plan: inputs, options, elements, notes, memory. Reindexes and where values come from are left out. */
  readonly plan: Omit<Plan, "reindexes" | "elements" | "tasks"> & {
    readonly elements: readonly { readonly path: string }[];
  };
  /** What the plan let expect. */
  readonly estimate: Estimate;
  /** Throughput and memory over time. */
  readonly samples: readonly Sample[];
  /** When each task ran. */
  readonly tasks: readonly TaskRun[];
}

/** What a record does not know. */
export interface ReportFacts {
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly entries: Readonly<Record<string, number>>;
}

/** Make the report of a run that is over. */
export function runReport(record: RunRecord, facts: ReportFacts): RunReport {
  const { plan, samples, tasks, seconds, started } = record;
  if (plan === undefined) throw new TypeError("Cannot report a run that had no plan");
  const { reindexes: _, elements, tasks: all, ...rest } = plan;
  return {
    report: 1,
    ...facts,
    started: started.toISOString(),
    seconds,
    bytes: all.reduce((sum, task) => sum + task.bytes, 0),
    bytesOnDisk: diskUse(plan.output.location)?.total ?? null,
    peakMemory: most(samples, (sample) => sample.memory),
    plan: { ...rest, elements: elements.map(({ path }) => ({ path })) },
    estimate: estimate(plan),
    samples,
    tasks,
  };
}

/** The report as the text of a file: HTML, or JSON. */
export function reportText(report: RunReport, form: "html" | "json"): string {
  return form === "html" ? reportPage(report) : JSON.stringify(report, null, 2) + "\n";
}
