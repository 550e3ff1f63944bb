/**
 * How many bytes the parts of a local store take on disk.
 *
 * @module
 */
import { normalize, sep } from "node:path";
import { isUrl } from "../base/location.ts";
import { walkSync } from "../deps.ts";
import { ZipStore } from "../storage/zip.ts";

/** Bytes on disk. */
export interface DiskUse {
  /** Bytes of all files. */
  readonly total: number;
  /** Files; of a zip file its entries. */
  readonly files: number;
  /** Bytes of the files in and below the node at `path`; null where the store is one file. */
  below(path: string): number | null;
}

/** Count the files of the store at `location`; undefined where it is not a local one. */
export function diskUse(location: string): DiskUse | undefined {
  if (isUrl(location)) return undefined;
  const root = normalize(location).replace(/(?<=[^/\\])[/\\]+$/, "");
  const info = Deno.statSync(root);
  if (info.isDirectory) return summedUp(filesIn(root));
  if (!/\.zip$/i.test(root)) return { total: info.size, files: 1, below: () => null };
  return { ...summedUp(new ZipStore(root).sizes()), total: info.size };
}

function* filesIn(root: string): Generator<readonly [path: string, bytes: number]> {
  const lead = root === "." ? 0 : root.length + sep.length;
  for (const { path, isSymlink } of walkSync(root, { includeDirs: false })) {
    yield [path.slice(lead).replaceAll(sep, "/"), isSymlink ? linkedBytes(path) : Deno.lstatSync(path).size];
  }
}

/** The size of the file that a link leads to; 0 where it leads to none, or to where this process may not look. */
function linkedBytes(path: string): number {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile ? size : 0;
  } catch {
    return 0;
  }
}

function summedUp(sizes: Iterable<readonly [path: string, bytes: number]>): DiskUse {
  const sums = new Map<string, number>();
  let files = 0;
  for (const [inside, size] of sizes) {
    files++;
    for (let end = inside.lastIndexOf("/"); end > 0; end = inside.lastIndexOf("/", end - 1)) {
      const folder = inside.slice(0, end);
      sums.set(folder, (sums.get(folder) ?? 0) + size);
    }
    sums.set("", (sums.get("") ?? 0) + size);
  }
  return { total: sums.get("") ?? 0, files, below: (path) => sums.get(path) ?? null };
}
