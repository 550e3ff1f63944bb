/**
 * The commands and their flags, defined once: the parser, the help and the suggestions all read this.
 *
 * @module
 */

import { ENGINES } from "../engine/engine.ts";

/** What a flag takes. */
export type FlagKind =
  /** Nothing. */
  | { readonly type: "switch" }
  /** A whole number, or nothing. */
  | { readonly type: "optional-number"; readonly shown: string }
  /** Any text; `shown` stands for it in the help. */
  | { readonly type: "text"; readonly shown: string }
  /** One of these. */
  | { readonly type: "choice"; readonly values: readonly string[] };

/** The commands. */
export type CommandName =
  | "concat"
  | "plan"
  | "convert"
  | "info"
  | "check"
  | "verify"
  | "generate"
  | "bench"
  | "tasks"
  | "run-task"
  | "finish"
  | "completions";

/** One flag. */
export interface Flag {
  /** Its name, without dashes. */
  readonly name: string;
  /** One letter that stands for it. */
  readonly short?: string;
  /** What it takes. */
  readonly kind: FlagKind;
  /** Whether it may be repeated. */
  readonly repeat?: true;
  /** What holds when it is not given. */
  readonly default?: string;
  /** What it does, without a full stop. */
  readonly help: string;
  /** Under which heading the help shows it. */
  readonly group: "Input and output" | "Result" | "Storage" | "Run" | "Messages";
  /** The commands that know it. */
  readonly commands: readonly CommandName[];
}

/** One command. */
export interface Command {
  /** Its name. */
  readonly name: CommandName;
  /** How it is called. */
  readonly usage: string;
  /** What it does, without a full stop. */
  readonly help: string;
  /** Lines that show it at work. */
  readonly examples: readonly string[];
}

const concatenating = ["concat", "plan", "tasks"] as const;
const storing = [...concatenating, "convert"] as const;
const running = ["concat", "convert"] as const;
const reading = ["concat", "plan", "convert", "info", "check", "verify", "tasks"] as const;
const printing = [...reading, "finish"] as const;
const all = [...printing, "run-task", "generate", "bench", "completions"] as const;

const nothing = { type: "switch" } as const;
const text = (shown: string): FlagKind => ({ type: "text", shown });
const choice = (...values: string[]): FlagKind => ({ type: "choice", values });

/** The commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: "concat",
    usage: "IN... --out OUT",
    help: "Concatenate AnnData stores into one",
    examples: [
      "anncat concat a.zarr b.zarr --out all.zarr --join outer --label batch",
      "anncat concat d1=a.zarr d2=b.zarr --out all.zarr --label day --memory 512MiB",
      "anncat concat a.zarr.zip b.h5ad https://example.org/c.zarr --out all.zarr",
    ],
  },
  {
    name: "plan",
    usage: "IN... --out OUT",
    help: "Print what concat would do, and write nothing",
    examples: [
      "anncat plan a.zarr b.zarr --out all.zarr --json",
      "anncat plan --inputs-from list --out all.zarr --machines 100",
    ],
  },
  {
    name: "convert",
    usage: "IN --out OUT",
    help: "Write one store anew, in another format or with other chunks, shards or codecs; everything is kept",
    examples: [
      "anncat convert a.h5ad --out a.zarr",
      "anncat convert a.zarr --out b.zarr --zarr-format 3 --chunks 1000 --shards 100000 --codec zstd:3",
    ],
  },
  {
    name: "info",
    usage: "STORE",
    help: "Show what a store holds: its elements, the first rows of its tables, hints",
    examples: [
      "anncat info all.zarr --depth 1",
      "anncat info https://example.org/all.zarr --head 20",
      "anncat info a.h5ad --json",
    ],
  },
  {
    name: "check",
    usage: "A B",
    help: "Compare two stores by content, in whatever format they are; exit status 1 where they differ",
    examples: ["anncat check a.zarr b.zarr --rtol 1e-6 --ignore uns"],
  },
  {
    name: "verify",
    usage: "OUT IN...",
    help: "Read a concatenation again beside its inputs: form, names and every value; exit status 1 where they differ",
    examples: [
      "anncat verify all.zarr a.zarr b.zarr",
      "anncat verify all.zarr d1=a.zarr d2=b.zarr --label day",
    ],
  },
  {
    name: "generate",
    usage: "DIR",
    help: "Make the data sets of the benchmark: AnnData stores of random numbers",
    examples: [
      "anncat generate data --sizes 1000 --runs 1",
      "anncat generate data --remove",
    ],
  },
  {
    name: "bench",
    usage: "DIR",
    help: "Measure memory and time on the data sets of anncat generate (Linux; needs --allow-all, to read /proc)",
    examples: [
      "anncat bench data --rows sparse --repeat 3",
      "anncat bench data --peer python3 --out results",
    ],
  },
  {
    name: "tasks",
    usage: "IN... --out OUT --dir WORK",
    help: "Split a concatenation into task files, for several machines that see the same paths",
    examples: [
      "anncat tasks a.zarr b.zarr --out all.zarr --dir work --task-size 512MiB",
      "anncat tasks a.zarr b.zarr --out all.zarr --dir work --engine slurm --command 'module load deno && anncat'",
    ],
  },
  {
    name: "run-task",
    usage: "WORK N",
    help: "Run one of the tasks that anncat tasks wrote; again, or twice at once, does no harm",
    examples: ["anncat run-task work 0"],
  },
  {
    name: "finish",
    usage: "WORK",
    help: "Check that all tasks are done, write the metadata, and give the output its name",
    examples: ["anncat finish work"],
  },
  {
    name: "completions",
    usage: "bash|zsh|fish",
    help: "Print what makes a shell complete anncat's commands, flags and values",
    examples: ['eval "$(anncat completions bash)"', "anncat completions fish > ~/.config/fish/completions/anncat.fish"],
  },
];

/** The flags, in the order of the help. */
export const FLAGS: readonly Flag[] = [
  {
    name: "out",
    short: "o",
    kind: text("PATH"),
    help: "Where the result goes: a path whose folder exists, or s3://BUCKET/KEY.zarr",
    group: "Input and output",
    commands: storing,
  },
  {
    name: "dir",
    kind: text("WORK"),
    help: "The folder for the tasks, which all machines see; it is made where it is missing",
    group: "Input and output",
    commands: ["tasks"],
  },
  {
    name: "out",
    short: "o",
    kind: text("FOLDER"),
    help: "Where results go, and outputs of the runs until they are measured; made where it is missing (default: DIR)",
    group: "Input and output",
    commands: ["bench"],
  },
  {
    name: "inputs-from",
    kind: text("FILE"),
    help: "Read more inputs from a file, one a line; - is standard input",
    group: "Input and output",
    commands: [...concatenating, "verify"],
  },
  {
    name: "s3-endpoint",
    kind: text("URL"),
    help:
      "The server of s3:// inputs and outputs, such as http://127.0.0.1:9000 (default: AWS_ENDPOINT_URL_S3, or Amazon's)",
    group: "Input and output",
    commands: reading,
  },
  {
    name: "rewrite",
    kind: nothing,
    help: "Replace what an earlier generate made there",
    group: "Input and output",
    commands: ["generate"],
  },
  {
    name: "remove",
    kind: nothing,
    help: "Remove what generate made there, and nothing else; links are not followed",
    group: "Input and output",
    commands: ["generate"],
  },
  {
    name: "overwrite",
    kind: nothing,
    help: "Replace a store that exists, or an empty folder or file; never an input, or anything else",
    group: "Input and output",
    commands: storing,
  },
  {
    name: "sizes",
    kind: text("N,..."),
    default: "10000",
    help: "Rows and columns of a square; other shapes are 20 to 40 % longer on one axis",
    group: "Result",
    commands: ["generate"],
  },
  {
    name: "shapes",
    kind: text("A,B,..."),
    default: "fat,tall,square",
    help: "The shapes: fat has more rows, tall more columns",
    group: "Result",
    commands: ["generate"],
  },
  {
    name: "densities",
    kind: text("X,..."),
    default: "0.1,1",
    help: "The share of cells with an entry; 1 is a dense matrix, others are stored as csc and as csr",
    group: "Result",
    commands: ["generate"],
  },
  {
    name: "runs",
    kind: text("N"),
    default: "3",
    help: "How often each is made",
    group: "Result",
    commands: ["generate"],
  },
  {
    name: "seed",
    kind: text("N"),
    default: "0",
    help: "What the random numbers follow from; the same seed gives the same bytes",
    group: "Result",
    commands: ["generate"],
  },
  {
    name: "resume",
    kind: nothing,
    help: "Go on with what a run left that was stopped; inputs and options must be the same",
    group: "Input and output",
    commands: running,
  },
  {
    name: "sync",
    kind: nothing,
    help: "Have all of the output on the disk before it gets its name, should the power fail; some ms a file",
    group: "Run",
    commands: [...running, "finish"],
  },
  {
    name: "rows",
    kind: text("A,B,..."),
    default: "sparse,dense,limits",
    help: "What to run: the notebook's sparse and dense rows, and the effect of --memory and --max-loaded-elems",
    group: "Run",
    commands: ["bench"],
  },
  {
    name: "repeat",
    kind: text("N"),
    default: "1",
    help: "How often each run is made: times are medians, peaks the highest",
    group: "Run",
    commands: ["bench"],
  },
  {
    name: "peer",
    kind: text("PYTHON"),
    help: "A Python with anndata, whose concat_on_disk is measured beside anncat",
    group: "Run",
    commands: ["bench"],
  },
  {
    name: "memory",
    kind: text("SIZE"),
    help:
      "The budget of every row (default: 256MiB for dense rows, 192MiB for sparse ones with reindexing, the smallest that does for the others)",
    group: "Run",
    commands: ["bench"],
  },
  {
    name: "max-loaded-elems",
    kind: text("N"),
    help: "The same for every sparse row (default: the notebook's)",
    group: "Run",
    commands: ["bench"],
  },
  {
    name: "axis",
    kind: choice("obs", "var", "0", "1"),
    default: "obs",
    help: "The axis along which inputs are put one after the other",
    group: "Result",
    commands: [...concatenating, "verify"],
  },
  {
    name: "join",
    kind: choice("inner", "outer"),
    default: "inner",
    help: "Keep the names of the other axis that all inputs share, or those of any",
    group: "Result",
    commands: concatenating,
  },
  {
    name: "merge",
    kind: choice("same", "unique", "first", "only", "coalesce"),
    help: "What to keep of the other axis beside its names (default: nothing); coalesce: the first value of each name",
    group: "Result",
    commands: concatenating,
  },
  {
    name: "uns-merge",
    kind: choice("same", "unique", "first", "only", "nest"),
    help: "What to keep of uns (default: nothing); nest: each input's uns under its key",
    group: "Result",
    commands: concatenating,
  },
  {
    name: "label",
    kind: text("NAME"),
    help: "Add a column that says which input a row comes from",
    group: "Result",
    commands: concatenating,
  },
  {
    name: "label",
    kind: text("NAME"),
    help: "The column that must hold each input's key in its rows",
    group: "Result",
    commands: ["verify"],
  },
  {
    name: "keys",
    kind: text("A,B,..."),
    default: "0,1,...",
    help: "The inputs' names for --label and --index-unique; key=path names one input",
    group: "Result",
    commands: [...concatenating, "verify"],
  },
  {
    name: "key",
    kind: text("K"),
    repeat: true,
    help: "The same, one input each time",
    group: "Result",
    commands: [...concatenating, "verify"],
  },
  {
    name: "index-unique",
    kind: text("SEP"),
    help: "Append SEP and the input's key to every name of the concatenated axis",
    group: "Result",
    commands: concatenating,
  },
  {
    name: "fill-value",
    kind: text("X"),
    help: "What stands where an outer join finds no value (default: 0 in sparse, nan in dense elements)",
    group: "Result",
    commands: concatenating,
  },
  {
    name: "only",
    kind: text("PATH"),
    repeat: true,
    help: "Carry only this element, such as X, layers/counts or obsm",
    group: "Result",
    commands: storing,
  },
  {
    name: "skip",
    kind: text("PATH"),
    repeat: true,
    help: "Leave this element out",
    group: "Result",
    commands: storing,
  },
  {
    name: "on-conflict",
    kind: choice("error", "drop", "string"),
    default: "error",
    help: "What to do with columns that have no common type",
    group: "Result",
    commands: concatenating,
  },
  {
    name: "strict",
    kind: nothing,
    help: "Make anything dropped or coerced an error; what is filled is only said",
    group: "Result",
    commands: concatenating,
  },
  {
    name: "pairwise",
    kind: nothing,
    help: "Carry obsp (varp on axis var), as blocks on a diagonal",
    group: "Result",
    commands: concatenating,
  },
  {
    name: "sparse-layout",
    kind: choice("auto", "csr", "csc"),
    default: "auto",
    help: "The layout of sparse elements; auto is csr, but csc where axis is var and every input is csc",
    group: "Storage",
    commands: concatenating,
  },
  {
    name: "sparse-layout",
    kind: choice("keep", "csr", "csc"),
    default: "keep",
    help: "The layout of sparse elements; keep is the one that each has",
    group: "Storage",
    commands: ["convert"],
  },
  {
    name: "zarr-format",
    kind: choice("2", "3"),
    help: "The output's zarr format (default: the first input's)",
    group: "Storage",
    commands: storing,
  },
  {
    name: "zarr-format",
    kind: choice("2", "3"),
    default: "2",
    help: "The stores' zarr format",
    group: "Storage",
    commands: ["generate"],
  },
  {
    name: "h5ad",
    kind: nothing,
    help: "Make .h5ad files instead of zarr stores",
    group: "Storage",
    commands: ["generate"],
  },
  {
    name: "chunks",
    kind: text("N|R,C"),
    help: "Chunk lengths of the matrices (default: the first input's)",
    group: "Storage",
    commands: storing,
  },
  {
    name: "shards",
    kind: text("N|R,C|none"),
    help: "Shard lengths of the matrices (default: the first input's)",
    group: "Storage",
    commands: storing,
  },
  {
    name: "codec",
    kind: text("CODEC"),
    default: "keep",
    help: "How chunks are encoded: keep, none, zstd[:L], blosc-lz4[:L], gzip[:L] or lzf",
    group: "Storage",
    commands: storing,
  },
  {
    name: "memory",
    kind: text("SIZE"),
    help: "Peak memory of the whole process, such as 256MiB or 1GB (default: 1GiB or a quarter of the machine's)",
    group: "Run",
    commands: [...storing, "check", "verify"],
  },
  {
    name: "workers",
    kind: text("N"),
    help:
      "Threads that do the work, the main one among them; 0 and 1 are the main thread alone (default: the number of cores)",
    group: "Run",
    commands: storing,
  },
  {
    name: "memory",
    kind: text("SIZE"),
    help: "Peak memory of the whole process (default: the plan's)",
    group: "Run",
    commands: ["run-task"],
  },
  {
    name: "workers",
    kind: text("N"),
    help: "Threads that do the work, the main one among them (default: the plan's)",
    group: "Run",
    commands: ["run-task"],
  },
  {
    name: "task-size",
    kind: text("SIZE"),
    default: "2GiB",
    help: "How much input a task reads, about, as decoded bytes",
    group: "Run",
    commands: ["plan", "tasks"],
  },
  {
    name: "machines",
    kind: text("N"),
    help: "Show what the tasks of anncat tasks come to on so many machines",
    group: "Run",
    commands: ["plan"],
  },
  {
    name: "engine",
    kind: choice(...ENGINES),
    help: "Write a file for this engine too, which runs the tasks: with their memory and threads, stage by stage",
    group: "Run",
    commands: ["tasks"],
  },
  {
    name: "command",
    kind: text("TEXT"),
    help: "What stands for anncat in that file, as a shell reads it (default: how this anncat was started)",
    group: "Run",
    commands: ["tasks"],
  },
  {
    name: "max-loaded-elems",
    kind: text("N"),
    help: "No task decodes more than this many stored elements at once",
    group: "Run",
    commands: storing,
  },
  {
    name: "rtol",
    kind: text("X"),
    default: "0",
    help: "Floats that differ by no more than this share of the larger one are the same",
    group: "Result",
    commands: ["check"],
  },
  {
    name: "ignore",
    kind: text("PATH"),
    repeat: true,
    help: "Leave this element out, and what is below it, such as uns or obs/age",
    group: "Result",
    commands: ["check"],
  },
  {
    name: "dry-run",
    kind: nothing,
    help: "Print the plan and write nothing, as anncat plan",
    group: "Run",
    commands: ["concat"],
  },
  {
    name: "report",
    kind: text("FILE"),
    help: "Write what was done, with figures over time, to a file that ends in .html or .json",
    group: "Messages",
    commands: running,
  },
  {
    name: "dashboard",
    kind: { type: "optional-number", shown: "[PORT]" },
    help: "Show the run live in a browser, at http://127.0.0.1:PORT (default: 8787, or one that is free)",
    group: "Messages",
    commands: running,
  },
  {
    name: "depth",
    kind: text("N"),
    help: "How many levels of the tree to show (default: all)",
    group: "Messages",
    commands: ["info"],
  },
  {
    name: "head",
    kind: text("N"),
    default: "5",
    help: "How many rows of obs and var to show",
    group: "Messages",
    commands: ["info"],
  },
  {
    name: "arrays",
    kind: nothing,
    help: "Show also the arrays that sparse matrices and columns are made of",
    group: "Messages",
    commands: ["info"],
  },
  {
    name: "json",
    kind: nothing,
    help: "Print JSON on standard output",
    group: "Messages",
    commands: [...printing, "bench"],
  },
  {
    name: "progress",
    kind: choice("auto", "bar", "plain", "json", "none"),
    default: "auto",
    help: "How progress is shown on standard error; auto is a bar on a terminal, plain lines otherwise",
    group: "Messages",
    commands: [...running, "run-task"],
  },
  {
    name: "quiet",
    short: "q",
    kind: nothing,
    help: "No progress, no summary, no warnings",
    group: "Messages",
    commands: all,
  },
  {
    name: "color",
    kind: choice("auto", "always", "never"),
    default: "auto",
    help: "Colours; auto is on a terminal without NO_COLOR",
    group: "Messages",
    commands: all,
  },
  {
    name: "debug",
    kind: nothing,
    help: "Show where an error comes from",
    group: "Messages",
    commands: all,
  },
];

/** The flags that `command` knows. */
export function flagsOf(command: CommandName): readonly Flag[] {
  return FLAGS.filter((flag) => flag.commands.includes(command));
}
