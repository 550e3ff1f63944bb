/**
 * How many bytes the parts of a local store take on disk.
 *
 * @module
 */
import { normalize, sep } from "node:path";
import { walkSync } from "../deps.ts";

/** Bytes on disk. */
export interface DiskUse {
  /** Bytes of all files. */
  readonly total: number;
  /** Bytes of the files in and below the node at `path`; null where the store is one file. */
  below(path: string): number | null;
}

/** Count the files of the store at `location`; undefined where it is not a local one. */
export function diskUse(location: string): DiskUse | undefined {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(location)) return undefined;
  const root = normalize(location).replace(/(?<=[^/\\])[/\\]+$/, "");
  const info = Deno.statSync(root);
  if (!info.isDirectory) return { total: info.size, below: () => null };
  const sums = new Map<string, number>();
  const lead = root === "." ? 0 : root.length + sep.length;
  for (const { path } of walkSync(root, { includeDirs: false })) {
    const { size } = Deno.lstatSync(path);
    const inside = path.slice(lead).replaceAll(sep, "/");
    for (let end = inside.lastIndexOf("/"); end > 0; end = inside.lastIndexOf("/", end - 1)) {
      const folder = inside.slice(0, end);
      sums.set(folder, (sums.get(folder) ?? 0) + size);
    }
    sums.set("", (sums.get("") ?? 0) + size);
  }
  return { total: sums.get("") ?? 0, below: (path) => sums.get(path) ?? null };
}
