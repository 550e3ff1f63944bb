/**
 * What a benchmark found: plain JSON.
 *
 * @module
 */
import type { Sample } from "./measure.ts";
import type { Row } from "./rows.ts";

/** What was measured of one tool on one run. */
export interface Figures {
  /** Seconds of the concatenation itself, without the start of the process; the median where it was repeated. */
  readonly seconds: number;
  /** Seconds of the whole process, likewise. */
  readonly processSeconds: number;
  /** The most resident bytes of the process and of what it started; the highest of all repeats. */
  readonly peak: number;
  /** Resident bytes of the process with its code loaded and nothing done yet. */
  readonly before: number;
  /** Memory over time in the run with the highest peak. */
  readonly samples: readonly Sample[];
  /** What was called. */
  readonly note: string;
}

/** Figures, or the reason why there are none. */
export type Outcome = Figures | { readonly failed: string };

/** One input. */
export interface InputFile {
  readonly name: string;
  /** Stored bytes of X, as the notebook's `get_arr_sizes` counts them. */
  readonly bytes: number;
}

/** One of the notebook's result blocks. */
export interface Block extends Omit<Row, "memory"> {
  readonly files: readonly InputFile[];
  /** Stored bytes of all X. */
  readonly bytes: number;
  /** The memory budget of anncat, in bytes. */
  readonly memory: number;
  readonly anncat: Outcome;
  /** `concat_on_disk`; null where no Python was named. */
  readonly peer: Outcome | null;
}

/** A run of the same files under one of several limits. */
export interface LimitRun {
  /** Which limit was changed from run to run. */
  readonly flag: "memory" | "max-loaded-elems";
  readonly kind: Row["kind"];
  /** Its value: bytes, or elements. */
  readonly limit: number;
  readonly anncat: Outcome;
}

/** Everything that was measured. */
export interface BenchResult {
  /** What made this: the mark by which `generate --remove` knows its own. */
  readonly tool: "anncat bench";
  readonly version: string;
  /** When it started, ISO 8601. */
  readonly date: string;
  readonly machine: { readonly system: string; readonly cores: number; readonly deno: string };
  /** The folder of the inputs. */
  readonly folder: string;
  readonly repeat: number;
  /** Resident bytes of an anncat process that has nothing to do. */
  readonly idle: number;
  readonly blocks: readonly Block[];
  readonly limits: readonly LimitRun[];
}

/** Whether an outcome has figures. */
export function hasFigures(outcome: Outcome | null): outcome is Figures {
  return outcome !== null && !("failed" in outcome);
}
