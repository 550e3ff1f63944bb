/**
 * Runs of anncat and of its peer, each a process of its own.
 *
 * @module
 */
import { type CommandLine, measure, type Measured } from "./measure.ts";
import { type PeerAnswer, peerArgument, type PeerJob } from "./peer.ts";
import type { Figures, Outcome } from "./result.ts";

/** How the tools are started, and where they write. */
export interface Tools {
  /** What starts anncat: the arguments follow. */
  readonly anncat: CommandLine;
  /** What starts the peer's script; null where there is none. */
  readonly peer: CommandLine | null;
  /** A folder for outputs, which are removed after each run. */
  readonly scratch: string;
  readonly repeat: number;
  readonly signal: AbortSignal | undefined;
}

/** What anncat is asked to do. */
export interface AnncatJob {
  readonly files: readonly string[];
  readonly axis: 0 | 1;
  readonly memory: number;
  readonly maxLoadedElems: number | null;
  /** Null leaves it to anncat. */
  readonly workers: number | null;
}

/** The status of a command line that is wrong. */
const WRONG = 2;

/** Resident bytes of an anncat process that has loaded what a concatenation needs and is given nothing to do. */
export async function idleBytes(tools: Tools): Promise<number> {
  const peaks: number[] = [];
  for (let run = 0; run < 3; run++) {
    // It ends soon, so it is looked at often.
    const { status, peak, err } = await measure([...tools.anncat, "concat"], { signal: tools.signal, every: 2 });
    if (status !== WRONG) throw new Error(`Cannot start anncat as a process of its own: ${lastLine(err)}`);
    peaks.push(peak);
  }
  return median(peaks);
}

/** Measure anncat. */
export async function runAnncat(tools: Tools, job: AnncatJob, idle: number): Promise<Outcome> {
  const out = `${tools.scratch}/anncat.zarr`;
  const flags = [
    `--axis=${job.axis}`,
    `--memory=${job.memory}`,
    ...(job.maxLoadedElems === null ? [] : [`--max-loaded-elems=${job.maxLoadedElems}`]),
    ...(job.workers === null ? [] : [`--workers=${job.workers}`]),
    `--out=${out}`,
    "--json",
    "--quiet",
  ];
  return await repeated(tools, out, [...tools.anncat, "concat", ...flags, "--", ...job.files], (line) => {
    const { seconds } = JSON.parse(line) as { readonly seconds: number };
    return { seconds, before: idle, note: flags.filter((flag) => !/^--(out|json|quiet)/.test(flag)).join(" ") };
  });
}

/** Measure the peer; null where there is none. */
export async function runPeer(tools: Tools, job: Omit<PeerJob, "out">): Promise<Outcome | null> {
  if (tools.peer === null) return null;
  const out = `${tools.scratch}/peer.zarr`;
  return await repeated(
    tools,
    out,
    [...tools.peer, peerArgument({ ...job, out })],
    (line) => JSON.parse(line) as PeerAnswer,
  );
}

async function repeated(
  tools: Tools,
  out: string,
  command: CommandLine,
  read: (line: string) => Pick<Figures, "seconds" | "before" | "note">,
): Promise<Outcome> {
  const runs: (Measured & Pick<Figures, "before" | "note"> & { readonly inner: number })[] = [];
  for (let run = 0; run < tools.repeat; run++) {
    const measured = await measure(command, { signal: tools.signal });
    remove(out);
    if (measured.status !== 0) return { failed: lastLine(measured.err) };
    const { seconds, before, note } = read(lastLine(measured.out));
    runs.push({ ...measured, inner: seconds, before, note });
  }
  const highest = runs.reduce((one, other) => other.peak > one.peak ? other : one);
  return {
    seconds: median(runs.map(({ inner }) => inner)),
    processSeconds: median(runs.map(({ seconds }) => seconds)),
    peak: highest.peak,
    before: highest.before,
    samples: highest.samples,
    note: highest.note,
  };
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
