/**
 * One command as a process of its own, watched until it ends.
 *
 * @module
 */
import { usageOf } from "./process_tree.ts";

/** Memory at a moment of a run. */
export interface Sample {
  /** Seconds since the process was started. */
  readonly seconds: number;
  /** Resident bytes of it and of what it started. */
  readonly bytes: number;
}

/** What was seen of a process. */
export interface Measured {
  /** Its exit status. */
  readonly status: number;
  /** Seconds from its start to its end. */
  readonly seconds: number;
  /** Seconds of processor time of it and of what it started, as last seen before its end. */
  readonly cpu: number;
  /** The most resident memory, in bytes. */
  readonly peak: number;
  /** Memory over time; no more than a few hundred samples, each the highest of its time. */
  readonly samples: readonly Sample[];
  /** What it wrote to standard output. */
  readonly out: string;
  /** What it wrote to standard error. */
  readonly err: string;
}

/** A command and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** How a process is watched. */
export interface MeasureOptions {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from one look to the next: what happens between the last one and the end is not seen. @default {20} */
  readonly every?: number;
}

/** Samples that are kept. */
const KEPT = 240;

/** Run `command` and watch it; an abort ends it. */
export async function measure([program, ...args]: CommandLine, options: MeasureOptions = {}): Promise<Measured> {
  const { signal, every = 20 } = options;
  signal?.throwIfAborted();
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  let ended = false;
  const kill = (): void => child.kill("SIGTERM");
  signal?.addEventListener("abort", kill);
  const output = child.output().finally(() => ended = true);
  const samples: Sample[] = [];
  let peak = 0, cpu = 0;
  try {
    while (!ended) {
      const { now, most, cpu: used } = usageOf(child.pid);
      if (now > 0) samples.push({ seconds: Math.round(since() * 1000) / 1000, bytes: now });
      peak = Math.max(peak, now, most);
      cpu = Math.max(cpu, used);
      await Promise.race([output, new Promise((resolve) => setTimeout(resolve, every))]);
    }
    const seconds = since(), { code: status, stdout, stderr } = await output, decoder = new TextDecoder();
    signal?.throwIfAborted();
    const [out, err] = [decoder.decode(stdout), decoder.decode(stderr)];
    return { status, seconds, cpu, peak, samples: thinned(samples, seconds), out, err };
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

/** The highest sample of each of {@linkcode KEPT} spans of time. */
function thinned(samples: readonly Sample[], seconds: number): Sample[] {
  if (samples.length <= KEPT) return [...samples];
  const highest = new Map<number, Sample>();
  for (const sample of samples) {
    const span = Math.floor(sample.seconds / seconds * KEPT), known = highest.get(span);
    if (known === undefined || sample.bytes > known.bytes) highest.set(span, sample);
  }
  return [...highest.values()];
}
