/**
 * Cleaning up what generate made, and nothing else.
 *
 * @module
 */
import { clearLeft } from "../run/output.ts";
import { DONE, MANIFEST, readManifest } from "./manifest.ts";

/** What `anncat bench` writes into the folder of its inputs, where it is not told another. */
const MEASURED = ["bench.json", "bench.html"];

/** What was removed, and what was left because it is not what generate made. */
export interface RemovedFiles {
  /** The names that are gone. */
  readonly removed: readonly string[];
  /** What stays: a name, and why. */
  readonly left: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Remove from `folder` the stores that generate made, its `done.txt` and `generate.json`, what bench wrote, and then the
 * folder where it is empty. Symbolic links are never followed: one that stands in a store's place stays.
 *
 * @throws {Deno.errors.NotFound} where generate has made nothing there.
 */
export function removeGenerated(folder: string): RemovedFiles {
  const fail = (why: string) => new Deno.errors.NotFound(`Cannot remove what generate made in "${folder}": ${why}`);
  const info = lstat(folder.replace(/(?<=.)\/+$/, ""));
  if (info === undefined) throw fail("there is no such folder");
  if (info.isSymlink) throw fail("it is a symbolic link; name the folder that it leads to");
  const manifest = info.isDirectory ? readManifest(folder) : undefined;
  if (manifest === undefined) throw fail(`it holds no ${MANIFEST}`);
  const removed: string[] = [], left: { name: string; why: string }[] = [];
  const remove = (name: string, kind: "folder" | "file"): void => {
    const path = `${folder}/${name}`, found = lstat(path);
    if (found === undefined) return;
    if (found.isSymlink) left.push({ name, why: "it is a symbolic link" });
    else if (kind === "folder" ? !found.isDirectory : !found.isFile) left.push({ name, why: `it is not a ${kind}` });
    else {
      Deno.removeSync(path, { recursive: kind === "folder" });
      removed.push(name);
    }
  };
  for (const name of manifest.stores) {
    clearLeft(`${folder}/${name}`);
    remove(name, name.endsWith(".zarr") ? "folder" : "file");
  }
  for (const name of MEASURED) if (isMeasured(`${folder}/${name}`)) remove(name, "file");
  remove(DONE, "file");
  remove(MANIFEST, "file"); // last: a removal that was stopped can be taken up again
  if ([...Deno.readDirSync(folder)].length === 0) Deno.removeSync(folder);
  return { removed, left };
}

/** Whether a file is of `anncat bench`: it says so near its start. */
function isMeasured(path: string): boolean {
  if (lstat(path)?.isFile !== true) return false;
  using file = Deno.openSync(path);
  const head = new Uint8Array(512);
  return new TextDecoder().decode(head.subarray(0, file.readSync(head) ?? 0)).includes("anncat bench");
}

function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
