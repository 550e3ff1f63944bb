/**
 * One command as a process of its own: how long it takes, and what it and all that it starts hold in memory meanwhile.
 *
 * Source: proc(5), `/proc/PID/statm`, `/proc/PID/stat` and `/proc/PID/task/TID/children`.
 *
 * @module
 */

/** Memory at a moment: seconds since the start, and resident MiB of the whole process tree. */
export type Sample = readonly [seconds: number, mebibytes: number];

/** What was seen of one run. */
export interface Seen {
  /** Seconds from start to end. */
  readonly wall: number;
  /** Seconds of all its threads and processes, in user code and in the system, as last seen before the end. */
  readonly cpu: number;
  /** Peak resident MiB of the whole process tree. */
  readonly peak: number;
  readonly samples: readonly Sample[];
}

const MILLISECONDS = 20, PAGE = 4096, TICKS = 100, MIB = 2 ** 20;

/** Run `command`, and watch it; a status other than 0 is an error. */
export async function measure([program = "", ...args]: readonly string[]): Promise<Seen> {
  const started = performance.now(), samples: Sample[] = [];
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
  let ended = 0, cpu = 0;
  const output = child.output().finally(() => ended = performance.now());
  while (ended === 0) {
    const pids = tree(child.pid), bytes = sum(pids.map(residentBytes));
    cpu = Math.max(cpu, sum(pids.map(cpuSeconds)));
    if (bytes > 0) samples.push([(performance.now() - started) / 1000, bytes / MIB]);
    await Promise.race([output, new Promise((resolve) => setTimeout(resolve, MILLISECONDS))]);
  }
  const { code, stderr } = await output;
  if (code !== 0) {
    throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  }
  const peak = Math.max(0, ...samples.map(([, mebibytes]) => mebibytes));
  return { wall: (ended - started) / 1000, cpu, peak, samples: thinned(samples) };
}

/** A process and all below it. */
function tree(pid: number): number[] {
  const found = [pid];
  for (const each of found) {
    for (const task of namesIn(`/proc/${each}/task`)) {
      found.push(...read(`/proc/${each}/task/${task}/children`).split(" ").filter((text) => text !== "").map(Number));
    }
  }
  return found;
}

function residentBytes(pid: number): number {
  return PAGE * Number(read(`/proc/${pid}/statm`).split(" ")[1] ?? 0);
}

/** utime, stime, and those of children that have ended: fields 14 to 17, counted behind the name in parentheses. */
function cpuSeconds(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).replace(/^.*\) /s, "").split(" ").slice(11, 15);
  return sum(fields.map(Number)) / TICKS;
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // the process has ended
  }
}

function namesIn(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch {
    return [];
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** At most a few hundred samples, each the highest of its time. */
function thinned(samples: readonly Sample[]): Sample[] {
  const step = Math.ceil(samples.length / 300);
  return samples.filter((_, at) => at % step === 0).map((first, at) => {
    const span = samples.slice(at * step, (at + 1) * step);
    return span.reduce((one, other) => other[1] > one[1] ? other : one, first);
  });
}
