/**
 * What an output must not take the place of: the stores that it is made from, and what is no store at all.
 *
 * @module
 */
import { resolve } from "node:path";
import { OutputExistsError, UnsupportedError } from "../base/errors.ts";
import { isUrl } from "../base/location.ts";
import { findSignature } from "../storage/h5/signature.ts";
import { exists, isFolder, readPart } from "../storage/store.ts";

/** Refuse an output at `path` that is an input, holds one, or lies in one: one would go with the other. */
export function refuseInputs(target: string, path: string, inputs: readonly string[]): void {
  const own = realPath(path);
  for (const location of inputs) {
    if (isUrl(location) || !exists(location)) continue;
    const input = realPath(location);
    const what = own === input
      ? "is there"
      : input.startsWith(`${own}/`)
      ? "lies in it"
      : own.startsWith(`${input}/`)
      ? "would hold it"
      : undefined;
    if (what === undefined) continue;
    const way = "choose another name for the output";
    throw new UnsupportedError(`Cannot write "${target}": the input "${location}" ${what}; ${way}`, { source: target });
  }
}

/** Whether `path` is `folder` or lies in it, through all links. */
export function liesIn(path: string, folder: string): boolean {
  return `${realPath(path)}/`.startsWith(`${realPath(folder)}/`);
}

/** Refuse to replace what is at `path` unless it is a store, or empty. Of a link only the link goes. */
export function refuseOther(target: string, path: string): void {
  const { isSymlink, isDirectory, isFile } = Deno.lstatSync(path);
  if (isSymlink || (isDirectory ? isStoreFolder(path) : isFile && isStoreFile(path))) return;
  const what = isDirectory ? "a folder that is no zarr store" : "a file that is no HDF5 file";
  throw new OutputExistsError(
    `Cannot replace "${target}": it is ${what}; choose another name, or remove it yourself`,
    { source: target },
  );
}

/** What a zarr store has in its folder. */
const ROOTS = ["zarr.json", ".zgroup", ".zattrs", ".zmetadata"];

function isStoreFolder(path: string): boolean {
  if (ROOTS.some((name) => exists(`${path}/${name}`))) return true;
  return Deno.readDirSync(path)[Symbol.iterator]().next().done === true;
}

function isStoreFile(path: string): boolean {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  const read = (at: number) => readPart(file, { start: at, end: at + 8 }, (bytes) => new Uint8Array(bytes));
  return size === 0 || findSignature(size, read) !== undefined;
}

/** Where `path` leads through all links; of what is not there, where it would be. */
function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return Deno.realPathSync(absolute);
  } catch {
    // It is not there, or nobody may look.
    const slash = absolute.lastIndexOf("/"), parent = absolute.slice(0, slash);
    return isFolder(parent) ? `${realPath(parent)}${absolute.slice(slash)}` : absolute;
  }
}
