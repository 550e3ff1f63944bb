/**
 * `deno task compile [--target TARGET]... [--output PATH]`: one binary for this machine in `dist/anncat`, or one for each
 * target in `dist/anncat-TARGET`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Runtime } from "./runtime.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The targets that `deno compile` knows. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/**
 * A binary cannot be given permissions when it runs, so these are its own: files, servers (for inputs behind URLs), how
 * much memory the machine has (for the default budget), and where object stores and their keys are.
 */
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env=AWS_*,HOME,USERPROFILE",
  "--allow-sys=systemMemoryInfo",
  "--no-prompt",
];

/**
 * What the memory model counts on (lib/base/heap.ts): a heap that grows no faster than it must. Without the last flag the
 * garbage of planning many inputs stays until the end: nothing else makes V8 look for it.
 */
export const ENGINE = "--v8-flags=--max-semi-space-size=1,--optimize-for-size,--initial-old-space-size=6";

/** What no command of the binary uses: `anncat bench` starts programs, which takes permissions that it does not have. */
const LEFT_OUT = /^npm:vega/;

/** What zarrita would load for codecs and stores that anncat has itself. */
const UNUSED: ReadonlySet<string> = new Set(["numcodecs", "reference-spec-reader", "unzipit"]);

/** A binary holds every package of its lock file, and its program keeps them in memory: 22 MiB for those left out. */
function lockWithout(left: RegExp): string {
  const lock: Lock = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.lock`)), npm = new Map<string, Package>();
  const specifiers = Object.entries(lock.specifiers).filter(([name]) => !left.test(name));
  const add = (name: string): void => {
    const key = Object.keys(lock.npm).find((one) => one === name || one.startsWith(`${name}@`));
    if (key === undefined) throw new Error(`Cannot find ${name} in deno.lock`);
    if (npm.has(key)) return;
    const dependencies = (lock.npm[key]?.dependencies ?? []).filter((one) => !UNUSED.has(one));
    npm.set(key, { ...lock.npm[key], dependencies });
    dependencies.forEach(add);
  };
  for (const [name, version] of specifiers) add(`${/^npm:(@?[^@]+)/.exec(name)?.[1]}@${version}`);
  return JSON.stringify({ ...lock, specifiers: Object.fromEntries(specifiers), npm: Object.fromEntries(npm) });
}

interface Package {
  readonly dependencies?: readonly string[];
}

interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, Package>>;
}

/** Compile `entry` of the repository into the file `output`; whether that succeeded. */
export async function compile(
  output: string,
  options: { readonly runtime?: Runtime; readonly target?: string; readonly entry?: string } = {},
): Promise<boolean> {
  const { runtime, target, entry = "cli.ts" } = options;
  const lock = Deno.makeTempFileSync({ prefix: "anncat-", suffix: ".lock" });
  Deno.writeTextFileSync(lock, lockWithout(LEFT_OUT));
  const args = ["compile", "--quiet", "--no-check", "--lock", lock, "--frozen", ...PERMISSIONS, ENGINE];
  args.push("--output", output);
  if (target !== undefined) args.push("--target", target);
  const env: Record<string, string> = runtime?.denort === undefined ? {} : { DENORT_BIN: runtime.denort };
  const command = new Deno.Command(runtime?.deno ?? Deno.execPath(), { args: [...args, entry], cwd: ROOT, env });
  try {
    return (await command.spawn().status).success;
  } finally {
    Deno.removeSync(lock);
  }
}

/** The value of each `--name VALUE` or `--name=VALUE` of `args`. */
function valuesOf(name: string, args: readonly string[]): string[] {
  return args.flatMap((arg, at) => {
    if (arg.startsWith(`--${name}=`)) return [arg.slice(name.length + 3)];
    return arg === `--${name}` ? [args[at + 1] ?? ""] : [];
  });
}

if (import.meta.main) {
  const targets = valuesOf("target", Deno.args), [output] = valuesOf("output", Deno.args);
  const jobs = targets.length === 0 ? [undefined] : targets.includes("all") ? TARGETS : targets;
  Deno.mkdirSync(`${ROOT}dist`, { recursive: true });
  for (const target of jobs) {
    const path = output ?? `${ROOT}dist/anncat${target === undefined ? "" : `-${target}`}`;
    if (!await compile(path, target === undefined ? {} : { target })) Deno.exit(1);
    console.log(`compiled ${path}${target?.includes("windows") ? ".exe" : ""}`);
  }
}
