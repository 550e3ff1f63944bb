/** The command line in this process, and folders for what it writes. */
import { main } from "../lib/cli/main.ts";
import type { Terminal } from "../lib/cli/terminal.ts";

/** What a command did. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Run `anncat` with `args`. */
export async function anncat(...args: readonly string[]): Promise<Outcome> {
  let out = "", err = "";
  const terminal: Terminal = {
    out(text) {
      out += text;
    },
    err(text) {
      err += text;
    },
    closed: () => false,
    isTerminal: false,
    columns: () => 80,
    outColumns: () => Infinity,
  };
  return { code: await main(args, terminal), out, err };
}

/** Run `use` with the path of an empty folder, which goes away afterwards. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "anncat-test-" });
  try {
    await use(folder);
  } finally {
    await removeFolder(folder);
  }
}

/** Remove `folder`; a process that is just ending (a browser) may still write into it. */
async function removeFolder(folder: string, tries = 20): Promise<void> {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (tries === 0 || !(error instanceof Error) || !error.message.includes("not empty")) throw error;
    await new Promise((resolve) => setTimeout(resolve, 250));
    await removeFolder(folder, tries - 1);
  }
}

/** Write what the gzip file `packed` holds to `path`; that path. */
export async function unpack(packed: URL, path: string): Promise<string> {
  const { readable } = await Deno.open(packed);
  await readable.pipeThrough(new DecompressionStream("gzip")).pipeTo((await Deno.create(path)).writable);
  return path;
}

/** The names in `folder`, hidden ones included. */
export function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort();
}

/** Every file under `folder` by its path there, and what it holds. */
export function filesUnder(folder: string, prefix = ""): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const entry of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${folder}/${entry.name}`, name = prefix + entry.name;
    if (!entry.isDirectory) found.set(name, Deno.readFileSync(path));
    else for (const [inside, bytes] of filesUnder(path, `${name}/`)) found.set(inside, bytes);
  }
  return found;
}
