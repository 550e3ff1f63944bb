/**
 * `deno task bench`: anncat beside anndata on the same inputs, in turn, each run a process of its own.
 *
 *     deno task bench [--rows sparse,dense-aligned] [--size 2000] [--runs 3] [--repeats 3] [--folder .cache/bench] [-- FLAGS]
 *
 * `--size 10000` is the notebook's full size. FLAGS go to anncat, which has the engine's flag that the binary has. Inputs
 * are written when they are missing, and kept. The table goes to standard output, and `result.json` and `result.html`
 * into the folder.
 *
 * @module
 */
import { parseArgs, walkSync } from "../../lib/deps.ts";
import { ENGINE } from "../gate/compile.ts";
import { inputsOf } from "./inputs.ts";
import type { CommandLine } from "../../lib/bench/measure.ts";
import { measure, type Seen } from "./measure.ts";
import { mebibytes, page, seconds } from "./page.ts";
import { type Row, ROWS } from "./rows.ts";

/** A row as it was measured: medians of all runs, and memory over time of the run with the highest peak. */
export interface RowResult {
  readonly name: string;
  readonly inputs: number;
  readonly ours: Seen;
  /** What anncat was measured against. */
  readonly peerName: string;
  readonly peer: Seen | null;
  /** The peer's time by ours. */
  readonly ratio: number | null;
  readonly leastRatio: number | null;
  readonly mostPeak: number | null;
}

/** All that was measured, and where. */
export interface Result {
  readonly when: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memory: number; readonly kernel: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly size: number;
  readonly runs: number;
  readonly repeats: number;
  readonly flags: readonly string[];
  readonly rows: readonly RowResult[];
}

const ROOT = new URL("../../", import.meta.url).pathname;

/** ext4 looks twice at every inode that was freed in the last five seconds before it gives it to a new file. */
const SETTLE_SECONDS = 6;

/** Options and their defaults. */
const OPTIONS = { rows: "", size: "2000", runs: "3", repeats: "3", folder: `${ROOT}.cache/bench` };

/** Rows that take long: they are measured where they are asked for. */
const LONG = /^v3-|^atlas|^ten/;

async function main(): Promise<void> {
  const cut = Deno.args.indexOf("--"),
    [own, flags] = cut < 0 ? [Deno.args, []] : [Deno.args.slice(0, cut), Deno.args.slice(cut + 1)];
  const args: Record<string, unknown> = parseArgs(own, { string: Object.keys(OPTIONS), default: OPTIONS });
  const [folder, repeats] = [String(args.folder), Number(args.repeats)];
  const sizes = { size: Number(args.size), runs: Number(args.runs) };
  const rows = rowsOf(String(args.rows).split(",").filter((name) => name !== ""));
  Deno.mkdirSync(folder, { recursive: true });
  const python = await environment(), results: RowResult[] = [];
  const when = new Date().toISOString(), tools = { folder, python, repeats, flags };
  const about = { when, machine: machine(), versions: await versions(python), ...sizes, repeats, flags };
  for (const row of rows) {
    const result = await measureRow(row, await inputsOf(row, folder, python, sizes), tools);
    results.push(result);
    console.log(lineOf(result));
    Deno.writeTextFileSync(`${folder}/result.json`, JSON.stringify({ ...about, rows: results }));
    Deno.writeTextFileSync(`${folder}/result.html`, page({ ...about, rows: results }));
  }
}

function rowsOf(starts: readonly string[]): readonly Row[] {
  if (starts.length === 0) return ROWS.filter(({ name }) => !LONG.test(name));
  const unknown = starts.find((start) => !ROWS.some(({ name }) => name.startsWith(start)));
  if (unknown === undefined) return ROWS.filter(({ name }) => starts.some((start) => name.startsWith(start)));
  throw new RangeError(`Cannot measure "${unknown}": the rows are ${ROWS.map(({ name }) => name).join(", ")}`);
}

interface Tools {
  readonly folder: string;
  readonly python: string;
  readonly repeats: number;
  readonly flags: readonly string[];
}

async function measureRow(
  row: Row,
  inputs: readonly string[],
  { folder, python, repeats, flags }: Tools,
): Promise<RowResult> {
  const ours: Seen[] = [], peers: Seen[] = [];
  const measured = async (commandOf: (out: string) => CommandLine): Promise<Seen> => {
    const out = `${folder}/out-${crypto.randomUUID().slice(0, 8)}.zarr`;
    // What earlier runs wrote must not be on its way to the disk while this one is measured.
    await new Deno.Command("sync").output();
    try {
      return await measure(commandOf(out));
    } finally {
      await new Deno.Command("rm", { args: ["-rf", out] }).output();
      await new Promise((resolve) => setTimeout(resolve, 1000 * SETTLE_SECONDS));
    }
  };
  const anncat = (files: readonly string[]) => (out: string): CommandLine => [
    Deno.execPath(),
    ...["run", ENGINE, "--allow-read", "--allow-write", `${ROOT}cli.ts`, "concat", ...files, "--out", out],
    ...[`--axis=${row.axis}`, `--join=${row.join}`, "--quiet", ...flags],
  ];
  const peer = peerOf(row, inputs, python, anncat);
  // Or who is measured first would fetch the inputs from the disk for the others.
  for (const input of inputs) readAll(input);
  for (let run = 0; run < repeats; run++) {
    ours.push(await measured(anncat(inputs)));
    if (peer !== null) peers.push(await measured(peer));
  }
  const [mine, theirs] = [typical(ours), peer === null ? null : typical(peers)];
  return {
    name: row.name,
    inputs: inputs.length,
    ours: mine,
    peerName: PEERS[row.peer],
    peer: theirs,
    ratio: theirs === null ? null : theirs.wall / mine.wall,
    leastRatio: row.ratio,
    mostPeak: row.peak,
  };
}

/** Read every file of the store at `path`. */
function readAll(path: string): void {
  for (const { path: file } of walkSync(path, { includeDirs: false })) Deno.readFileSync(file);
}

const PEERS: Readonly<Record<Row["peer"], string>> = {
  disk: "concat_on_disk",
  memory: "read, concat, write",
  copy: "cp -r of the inputs",
  once: "anncat, inputs once",
  none: "",
};

function peerOf(
  row: Row,
  inputs: readonly string[],
  python: string,
  anncat: (files: readonly string[]) => (out: string) => CommandLine,
): ((out: string) => CommandLine) | null {
  switch (row.peer) {
    case "none":
      return null;
    case "once":
      return anncat([...new Set(inputs)]);
    case "copy":
      return (out) => ["sh", "-c", 'mkdir "$0" && exec cp -r "$@" "$0"', out, ...inputs];
    default: {
      const script = new URL("./peer.py", import.meta.url).pathname;
      return (out) => {
        const job = { files: inputs, out, axis: row.axis, join: row.join, way: row.peer };
        return [python, script, JSON.stringify(job)];
      };
    }
  }
}

/** The median of each figure, and the memory over time of the run with the highest peak. */
function typical(runs: readonly Seen[]): Seen {
  const highest = runs.reduce((one, other) => other.peak > one.peak ? other : one);
  const median = (figure: (seen: Seen) => number): number => {
    const sorted = runs.map(figure).sort((a, b) => a - b), half = sorted.length >> 1;
    return sorted.length % 2 === 1
      ? sorted[half] as number
      : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
  };
  return {
    wall: median(({ wall }) => wall),
    cpu: median(({ cpu }) => cpu),
    peak: highest.peak,
    samples: highest.samples,
  };
}

function lineOf({ name, ours, peer, peerName, ratio, leastRatio, mostPeak }: RowResult): string {
  const mine = `${seconds(ours.wall)} (CPU ${seconds(ours.cpu)}), ${mebibytes(ours.peak)}`;
  const theirs = peer === null
    ? ""
    : `; ${peerName}: ${seconds(peer.wall)} (CPU ${seconds(peer.cpu)}), ${mebibytes(peer.peak)}`;
  const goal = [
    ratio === null ? "" : `; ratio ${ratio.toFixed(2)}${leastRatio === null ? "" : ` of ${leastRatio.toFixed(2)}`}`,
    mostPeak === null ? "" : `; at most ${mebibytes(mostPeak)}`,
  ];
  const isReached = (ratio === null || leastRatio === null || ratio >= leastRatio) &&
    (mostPeak === null || ours.peak <= mostPeak);
  return `${isReached ? "reached" : "MISSED "}  ${name.padEnd(28)} ${mine}${theirs}${goal.join("")}`;
}

/** The Python of the reference environment, made where it is not there yet. */
async function environment(): Promise<string> {
  const script = new URL("../gate/environment.sh", import.meta.url).pathname;
  const args = [script, "bench", "(3, 11)"];
  const { success, stdout } = await new Deno.Command("bash", { args, stderr: "inherit" }).output();
  if (!success) throw new Error("Cannot make the environment of anndata 0.12: it needs Python 3.11 or later, and PyPI");
  return new TextDecoder().decode(stdout).trim();
}

async function versions(python: string): Promise<Readonly<Record<string, string>>> {
  const names = ["anndata", "zarr", "numcodecs", "numpy", "scipy", "dask"];
  const code = "import json, platform, sys\nfrom importlib.metadata import version\n" +
    "print(json.dumps({'Python': platform.python_version()} | {name: version(name) for name in sys.argv[1:]}))";
  const { stdout } = await new Deno.Command(python, { args: ["-c", code, ...names] }).output();
  return { Deno: Deno.version.deno, ...JSON.parse(new TextDecoder().decode(stdout)) };
}

function machine(): Result["machine"] {
  const cpu = /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 20);
  return { cpu, cores: navigator.hardwareConcurrency, memory, kernel: `${Deno.build.os} ${Deno.osRelease()}` };
}

if (import.meta.main) await main();
