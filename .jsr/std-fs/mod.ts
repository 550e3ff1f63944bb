/**
 * A stand-in for `@std/fs` on machines that cannot reach JSR: the same names and behaviour for what anncat uses, over
 * Deno's own functions.
 *
 * @module
 */

import { basename, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** An entry that {@linkcode walk} found. */
export interface WalkEntry extends Deno.DirEntry {
  /** Its path, which starts with the walked folder's. */
  path: string;
}

/** What {@linkcode walk} yields. */
export interface WalkOptions {
  /** How deep to go; the folder itself is at 0. */
  maxDepth?: number;
  /** Whether files are yielded. */
  includeFiles?: boolean;
  /** Whether folders are yielded. */
  includeDirs?: boolean;
  /** Whether symbolic links are yielded (they are not followed). */
  includeSymlinks?: boolean;
}

/** Everything below `root`, folders before what is in them, `root` itself first. */
export async function* walk(root: string | URL, options: WalkOptions = {}): AsyncIterableIterator<WalkEntry> {
  yield* walkSync(root, options);
}

/** {@linkcode walk}, at once. */
export function* walkSync(root: string | URL, options: WalkOptions = {}): IterableIterator<WalkEntry> {
  const { maxDepth = Infinity, includeFiles = true, includeDirs = true, includeSymlinks = true } = options;
  const path = typeof root === "string" ? root : fileURLToPath(root);
  if (maxDepth < 0) return;
  if (includeDirs) yield { path, name: basename(normalize(path)), isFile: false, isDirectory: true, isSymlink: false };
  if (maxDepth < 1) return;
  for (const entry of Deno.readDirSync(path)) {
    const below = join(path, entry.name);
    if (entry.isSymlink) {
      if (includeSymlinks) yield { ...entry, path: below };
    } else if (entry.isDirectory) yield* walkSync(below, { ...options, maxDepth: maxDepth - 1 });
    else if (includeFiles) yield { ...entry, path: below };
  }
}

/** Make a folder and its parents; one that exists is fine. */
export async function ensureDir(dir: string | URL): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
}

/** {@linkcode ensureDir}, at once. */
export function ensureDirSync(dir: string | URL): void {
  Deno.mkdirSync(dir, { recursive: true });
}

/** Whether something is at `path`, or a file, or a folder. */
export interface ExistsOptions {
  /** Only a file counts. */
  isFile?: boolean;
  /** Only a folder counts. */
  isDirectory?: boolean;
}

/** Whether `path` exists. */
export async function exists(path: string | URL, options: ExistsOptions = {}): Promise<boolean> {
  return await Promise.resolve(existsSync(path, options));
}

/** {@linkcode exists}, at once. */
export function existsSync(path: string | URL, options: ExistsOptions = {}): boolean {
  try {
    const info = Deno.statSync(path);
    return (options.isFile !== true || info.isFile) && (options.isDirectory !== true || info.isDirectory);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
