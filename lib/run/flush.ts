/**
 * Making sure that what was written is on the disk, for the case that the power fails.
 *
 * The order: the store's files, then the folders that name them, innermost first; then the store gets its name; then
 * the folder in which it has it; and only then is removed what it replaces. So whatever has the name of the output is
 * whole, and before that the old one is still there. Without `all` it is the metadata of the whole store (one
 * consolidated document) that goes first, and the system writes the chunks when it likes.
 *
 * @module
 */
import { walkSync } from "../deps.ts";
import { isFile, isFolder } from "../storage/store.ts";

/** The documents that hold a store's consolidated metadata. */
const CONSOLIDATED = ["zarr.json", ".zmetadata"];

/** Have the store at `path`, or only its metadata, written to the disk. */
export function flushStore(path: string, all: boolean): void {
  if (!isFolder(path)) return all ? flush(path) : undefined;
  if (!all) {
    for (const name of CONSOLIDATED) if (isFile(`${path}/${name}`)) flush(`${path}/${name}`);
    return flushFolder(path);
  }
  const folders: string[] = [];
  for (const entry of walkSync(path)) {
    if (entry.isDirectory) folders.push(entry.path);
    else flush(entry.path);
  }
  for (const folder of folders.toReversed()) flushFolder(folder);
}

/** Have what names the files of the folder at `path` written to the disk; Windows knows no such thing. */
export function flushFolder(path: string): void {
  if (Deno.build.os !== "windows") flush(path);
}

function flush(path: string): void {
  using file = Deno.openSync(path);
  file.syncSync();
}
