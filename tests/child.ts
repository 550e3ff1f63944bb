/** The command line as a process of its own. */

const ROOT = decodeURIComponent(new URL("../", import.meta.url).pathname);

/** The sources: what a run must be allowed to read beside its inputs. */
export const SOURCES: string = ROOT.replace(/\/$/, "");

/** Start `anncat` with `args`, in the surroundings `where`; its output is piped. */
export function spawnAnncat(
  args: readonly string[],
  permissions: readonly string[] = ["--allow-read", "--allow-write"],
  where: Pick<Deno.CommandOptions, "cwd" | "env" | "clearEnv"> = {},
): Deno.ChildProcess {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...permissions, `${ROOT}cli.ts`, ...args],
    ...where,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  return command.spawn();
}

/** How a process ended. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly out: string;
  readonly err: string;
}

/** Wait for the end of `child`. */
export async function endOf(child: Deno.ChildProcess): Promise<Ended> {
  const { code, signal, stdout, stderr } = await child.output();
  return { code, signal, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

/** Wait for so many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
