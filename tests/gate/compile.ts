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

/** Short-lived objects are few: room for more of them would cost every thread 5 MiB and save no time. */
export const ENGINE = "--v8-flags=--max-semi-space-size=1";

/** Compile `entry` of the repository into the file `output`; whether that succeeded. */
export async function compile(
  output: string,
  options: { readonly runtime?: Runtime; readonly target?: string; readonly entry?: string } = {},
): Promise<boolean> {
  const { runtime, target, entry = "cli.ts" } = options;
  const args = ["compile", "--quiet", "--no-check", ...PERMISSIONS, ENGINE, "--output", output];
  if (target !== undefined) args.push("--target", target);
  const env: Record<string, string> = runtime?.denort === undefined ? {} : { DENORT_BIN: runtime.denort };
  const command = new Deno.Command(runtime?.deno ?? Deno.execPath(), { args: [...args, entry], cwd: ROOT, env });
  return (await command.spawn().status).success;
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
