/**
 * One command as a process of its own, in the units of the table and the figure.
 *
 * @module
 */
import { type CommandLine, measure as watch } from "../../lib/bench/measure.ts";

/** Memory at a moment: seconds since the start, and resident MiB of the whole process tree. */
export type Sample = readonly [seconds: number, mebibytes: number];

/** What was seen of one run. */
export interface Seen {
  /** Seconds from start to end. */
  readonly wall: number;
  /** Seconds of all its threads and processes, in user code and in the system. */
  readonly cpu: number;
  /** Peak resident MiB of the whole process tree. */
  readonly peak: number;
  readonly samples: readonly Sample[];
}

const MIB = 2 ** 20;

/** Run `command`, and watch it; a status other than 0 is an error. */
export async function measure(command: CommandLine): Promise<Seen> {
  const { status, seconds, cpu, peak, samples, err } = await watch(command);
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${err}`);
  const memory = samples.map(({ seconds, bytes }): Sample => [seconds, bytes / MIB]);
  return { wall: seconds, cpu, peak: peak / MIB, samples: memory };
}
