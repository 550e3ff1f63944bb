/**
 * A copy of what git tracks, for checks of the repository as others will see it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a copy of deno.json is like, as far as it is changed. */
interface Config {
  links?: readonly string[];
  publish: { exclude: readonly string[] };
}

/** Copy the repository into a folder for `use`; deno.json goes through `change`. */
export async function inCheckout<T>(change: (config: Config) => void, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = Deno.makeTempDirSync({ prefix: "anncat-checkout-" });
  try {
    const list = new Deno.Command("git", {
      args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      cwd: ROOT,
    });
    const { success, stdout } = list.outputSync();
    if (!success) throw new Error("Cannot list the files of the repository: git failed");
    for (const path of new TextDecoder().decode(stdout).split("\0")) {
      if (path === "" || !isFile(ROOT + path)) continue;
      const slash = path.lastIndexOf("/");
      if (slash >= 0) Deno.mkdirSync(`${folder}/${path.slice(0, slash)}`, { recursive: true });
      Deno.copyFileSync(ROOT + path, `${folder}/${path}`);
    }
    const config = JSON.parse(Deno.readTextFileSync(`${folder}/deno.json`)) as Config;
    change(config);
    Deno.writeTextFileSync(`${folder}/deno.json`, JSON.stringify(config, null, 2));
    return await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // tracked, and deleted here
    throw error;
  }
}

/** Run deno in `folder`, its output passed through; whether it succeeded. */
export async function denoIn(folder: string, args: readonly string[]): Promise<boolean> {
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: folder, env, stdin: "null" });
  return (await command.spawn().status).success;
}

/** Where JSR is, asked for a package of its own. */
export const JSR = "https://jsr.io/@std/cli/meta.json";
