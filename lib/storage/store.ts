/**
 * Stores of bytes under keys. The interface is zarrita's, so any zarrita store can be read, with two extensions of
 * our own that a store may leave out.
 *
 * @module
 */
import type { MaybePromise } from "../base/async.ts";
import { type Range, whole } from "../base/range.ts";
import { then } from "./steps.ts";
import { Tally, type WriteLog } from "./written.ts";

/** A key: `/` and the path inside the store. */
export type StoreKey = `/${string}`;

/** A part of what is stored under a key, as zarrita says it. */
export type StoreRange = { readonly offset: number; readonly length: number } | { readonly suffixLength: number };

/** What can be read: a zarrita store, a `Map`, or our own {@linkcode DenoStore}. */
export interface ReadableStore {
  /** What is stored under `key`, or undefined. */
  get(key: StoreKey): MaybePromise<Uint8Array | undefined>;
  /** A part of what is stored under `key`, or undefined. */
  getRange?(key: StoreKey, range: StoreRange): MaybePromise<Uint8Array | undefined>;
  /**
   * What is stored under `key` (or the part that `range` says), read into memory that `allocate` gives; undefined where
   * nothing is stored.
   */
  readInto?(
    key: StoreKey,
    range: StoreRange | undefined,
    allocate: (bytes: number) => Uint8Array,
  ): MaybePromise<Uint8Array | undefined>;
  /** The names directly under `prefix` (`/` or `/a/b`), of objects and of what holds objects, in any order. */
  list?(prefix: StoreKey): MaybePromise<readonly string[]>;
}

/** Read an object, or a part of it, by the best way that `store` has. */
export function readObject(
  store: ReadableStore,
  key: StoreKey,
  range: StoreRange | undefined,
  allocate: (bytes: number) => Uint8Array,
): MaybePromise<Uint8Array | undefined> {
  if (store.readInto !== undefined) return store.readInto(key, range, allocate);
  if (range === undefined) return store.get(key);
  if (store.getRange !== undefined) return store.getRange(key, range);
  return then(store.get(key), (bytes) => {
    if (bytes === undefined) return undefined;
    const { start, end } = within(range, bytes.length);
    return bytes.subarray(start, end);
  });
}

/** Where `range` lies in an object of `length` bytes, cut at its end. */
export function within(range: StoreRange, length: number): Range {
  if ("suffixLength" in range) return { start: Math.max(0, length - range.suffixLength), end: length };
  const start = Math.min(range.offset, length);
  return { start, end: Math.min(start + range.length, length) };
}

/** A folder of files; it answers at once. */
export class DenoStore implements ReadableStore {
  /** The folder. */
  readonly folder: string;

  /** Read the folder at the path `folder`. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** What the file holds, or undefined. */
  get(key: StoreKey): Uint8Array | undefined {
    return this.readInto(key, undefined, (bytes) => new Uint8Array(bytes));
  }

  /** A part of what the file holds, or undefined. */
  getRange(key: StoreKey, range: StoreRange): Uint8Array | undefined {
    return this.readInto(key, range, (bytes) => new Uint8Array(bytes));
  }

  /** The file or a part of it, read into memory that `allocate` gives. */
  readInto(
    key: StoreKey,
    range: StoreRange | undefined,
    allocate: (bytes: number) => Uint8Array,
  ): Uint8Array | undefined {
    using file = openIfThere(filePath(this.folder, key));
    if (file === undefined) return undefined;
    const info = file.statSync();
    if (!info.isFile) return undefined;
    return readPart(file, range === undefined ? whole(info.size) : within(range, info.size), allocate);
  }

  /** The names in the folder under `prefix`. */
  list(prefix: StoreKey): string[] {
    try {
      return Array.from(Deno.readDirSync(filePath(this.folder, prefix)), (entry) => entry.name);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }
}

/**
 * Writes files into a folder. Folders are made when the first file needs them; the folder itself once at most, so that
 * who removes it does not see it come back.
 */
export class DenoStoreWriter {
  /** The folder. */
  readonly folder: string;
  readonly #log: WriteLog | undefined;
  readonly #partial: string | undefined;
  readonly #growing = new Set<AppendedFile>();
  #isMade: boolean;

  /**
   * Write into the folder at the path `folder`; each file that is whole is noted in `log`. Where others may write the
   * same at the same time, every file grows in the folder `partial` of the same file system, and is moved when it is
   * whole.
   */
  constructor(folder: string, log?: WriteLog, partial?: string) {
    this.folder = folder.replace(/(?<=.)\/+$/, "");
    this.#log = log;
    this.#partial = partial;
    this.#isMade = isFolder(this.folder);
  }

  /** Store `bytes` under `key`. */
  write(key: StoreKey, bytes: Uint8Array): void {
    if (this.#partial !== undefined) return this.#writeMoved(key, bytes);
    this.#makeOnce();
    const path = filePath(this.folder, key), tally = new Tally();
    using file = create(this.folder, path);
    writeAll(file, bytes);
    tally.add(bytes);
    this.#log?.note(path, tally);
  }

  /** Start a file that grows piece by piece, and appears under `key` when it is finished. */
  append(key: StoreKey): AppendedFile {
    this.#makeOnce();
    const left = () => this.#growing.delete(file);
    const file = new AppendedFile(this.folder, filePath(this.folder, key), {
      log: this.#log,
      partial: this.#partial,
      left,
    });
    this.#growing.add(file);
    return file;
  }

  /** Remove the files that nobody has finished. */
  close(): void {
    for (const file of this.#growing) file.discard();
  }

  #writeMoved(key: StoreKey, bytes: Uint8Array): void {
    const file = this.append(key);
    try {
      file.write(bytes);
    } catch (error) {
      file.discard();
      throw error;
    }
    file.finish();
  }

  #makeOnce(): void {
    if (!this.#isMade) Deno.mkdirSync(this.folder, { recursive: true });
    this.#isMade = true;
  }
}

/** How a file grows. */
interface Growth {
  /** Where it is noted when it is whole. */
  readonly log: WriteLog | undefined;
  /** The folder in which it grows under a name of its own, if not beside its place. */
  readonly partial: string | undefined;
  /** Told when it is finished or discarded. */
  readonly left: () => void;
}

/** A file that is written piece by piece under a hidden name, until it is whole. */
export class AppendedFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #hidden: string;
  readonly #file: Deno.FsFile;
  readonly #log: WriteLog | undefined;
  readonly #left: () => void;
  readonly #tally = new Tally();

  /** Start the file that will be at `path` in `folder`. */
  constructor(folder: string, path: string, { log, partial, left }: Growth) {
    this.#log = log;
    this.#left = left;
    const slash = path.lastIndexOf("/");
    this.#folder = folder;
    this.#path = path;
    this.#hidden = partial === undefined
      ? `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}.partial`
      : `${partial}/${crypto.randomUUID()}`;
    this.#file = partial === undefined
      ? create(folder, this.#hidden)
      : Deno.openSync(this.#hidden, { write: true, createNew: true });
  }

  /** The bytes so far. */
  get length(): number {
    return this.#tally.bytes;
  }

  /** Append `bytes`. */
  write(bytes: Uint8Array): void {
    writeAll(this.#file, bytes);
    this.#tally.add(bytes);
  }

  /** Give the file its name. */
  finish(): void {
    this.#close();
    this.#move();
    this.#log?.note(this.#path, this.#tally);
  }

  /** Remove what was written. */
  discard(): void {
    this.#close();
    try {
      Deno.removeSync(this.#hidden);
    } catch (error) {
      if (!isAbsent(error)) throw error; // it may have gone with the folder around it
    }
  }

  #close(): void {
    this.#file.close();
    this.#left();
  }

  /** From its hidden name to its own; folders on the way are made when they are missed. */
  #move(): void {
    try {
      Deno.renameSync(this.#hidden, this.#path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      makeFolder(this.#folder, this.#path.slice(0, this.#path.lastIndexOf("/")));
      Deno.renameSync(this.#hidden, this.#path);
    }
  }
}

/** The bytes `part` of a file in memory that `allocate` gives; fewer where it ends before. */
export function readPart(
  file: Deno.FsFile,
  { start, end }: Range,
  allocate: (bytes: number) => Uint8Array,
): Uint8Array {
  file.seekSync(start, Deno.SeekMode.Start);
  const into = allocate(end - start);
  let filled = 0;
  while (filled < into.length) {
    const count = file.readSync(into.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return into.subarray(0, filled);
}

/** The path of `key` in `folder`; keys that would climb out of it, or mean something to the file system, are refused. */
function filePath(folder: string, key: StoreKey): string {
  if (key === "/") return folder;
  if (isUnsafe(key) || (Deno.build.os === "windows" && /[\\:]/.test(key))) {
    throw new RangeError(`Cannot use ${JSON.stringify(key)} as a key: each part of it must be a file's name`);
  }
  return folder + key;
}

/** A part of a key that is empty, `.` or `..`, or holds a zero. */
const NO_NAME = /\/\.{0,2}(?:\/|$)|\0/;

/** Whether a part of `key` is no name: it would lead to another place of a file system or a server. */
export function isUnsafe(key: StoreKey): boolean {
  return NO_NAME.test(key);
}

function openIfThere(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether a folder is at `path`. */
export function isFolder(path: string): boolean {
  return infoOf(path)?.isDirectory ?? false;
}

/** Whether a file is at `path`. */
export function isFile(path: string): boolean {
  return infoOf(path)?.isFile ?? false;
}

/** Whether anything is at `path`: a link counts, wherever it leads. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.IsADirectory;
}

/** Open `key` in `folder` to write it anew; folders on the way are made when they are missed. */
function create(folder: string, path: string): Deno.FsFile {
  const options = { write: true, create: true, truncate: true };
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    makeFolder(folder, path.slice(0, path.lastIndexOf("/")));
    return Deno.openSync(path, options);
  }
}

/** Make `path` inside `folder`, but never `folder` itself. */
function makeFolder(folder: string, path: string): void {
  if (path.length <= folder.length) throw new Deno.errors.NotFound(`Cannot write into "${folder}": it is gone`);
  try {
    Deno.mkdirSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    makeFolder(folder, path.slice(0, path.lastIndexOf("/")));
    makeFolder(folder, path);
  }
}

/** Append all of `bytes` to `file`. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}
