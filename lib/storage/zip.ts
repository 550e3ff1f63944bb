/**
 * A store in a zip file, read in place: entries are found by the file's directory, nothing is unpacked.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { MaybePromise } from "../base/async.ts";
import { FormatError } from "../base/errors.ts";
import { type Range, shift, size } from "../base/range.ts";
import { inflate, mayHold } from "../kernel/inflate.ts";
import { takePart, Truncated } from "./part.ts";
import { explaining } from "./steps.ts";
import { type ReadableStore, readPart, type StoreKey, type StoreRange, within } from "./store.ts";
import { entryStart, type ReadBytes, readDirectory, type ZipEntry } from "./zip_directory.ts";

/** A zip file. It answers at once, but for parts of deflated entries. */
export class ZipStore implements ReadableStore {
  /** The file. */
  readonly url: string;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  /** What stands in front of every name. */
  readonly #prefix: string;

  /** Read the zip file at `path`. */
  constructor(path: string) {
    this.url = path;
    using file = Deno.openSync(path);
    try {
      this.#entries = readDirectory(reads(file), file.statSync().size);
    } catch (error) {
      throw this.#broken(error);
    }
    this.#prefix = prefixOf(this.#entries);
  }

  /** What the entry holds, or undefined. */
  get(key: StoreKey): MaybePromise<Uint8Array | undefined> {
    return this.readInto(key, undefined, (bytes) => new Uint8Array(bytes));
  }

  /** A part of what the entry holds, or undefined. */
  getRange(key: StoreKey, range: StoreRange): MaybePromise<Uint8Array | undefined> {
    return this.readInto(key, range, (bytes) => new Uint8Array(bytes));
  }

  /** The entry or a part of it, read into memory that `allocate` gives. */
  readInto(
    key: StoreKey,
    range: StoreRange | undefined,
    allocate: (bytes: number) => Uint8Array,
  ): MaybePromise<Uint8Array | undefined> {
    const entry = this.#entries.get(this.#prefix + key.slice(1));
    if (entry === undefined) return undefined;
    return explaining<Uint8Array | undefined>(() => readEntry(this.url, entry, range, allocate), (cause) => {
      throw this.#broken(cause, key);
    });
  }

  /** The names directly under `prefix`. */
  list(prefix: StoreKey): string[] {
    const under = this.#prefix + (prefix === "/" ? "" : `${prefix.slice(1)}/`), names = new Set<string>();
    for (const name of this.#entries.keys()) {
      if (name.startsWith(under)) names.add(name.slice(under.length).split("/", 1)[0] ?? "");
    }
    return [...names];
  }

  /** The path of each entry in the store, and the bytes that it takes in the file. */
  *sizes(): Generator<readonly [path: string, bytes: number]> {
    for (const [name, { stored }] of this.#entries) {
      if (name.startsWith(this.#prefix)) yield [name.slice(this.#prefix.length), stored];
    }
  }

  #broken(cause: unknown, key?: StoreKey): unknown {
    const isOurs = cause instanceof RangeError || cause instanceof TypeError || cause instanceof Truncated;
    if (!isOurs && !(cause instanceof Error && "errno" in cause)) return cause;
    const what = key === undefined ? "" : `${JSON.stringify(key.slice(1))} of `;
    return new FormatError(`Cannot read ${what}"${this.url}": ${cause.message}`, { source: this.url, cause });
  }
}

function reads(file: Deno.FsFile): ReadBytes {
  return (start, end) => readPart(file, { start, end }, (bytes) => new Uint8Array(bytes));
}

function readEntry(
  path: string,
  entry: ZipEntry,
  range: StoreRange | undefined,
  allocate: (bytes: number) => Uint8Array,
): MaybePromise<Uint8Array> {
  using file = Deno.openSync(path);
  const start = entryStart(reads(file), entry), stored = { start, end: start + entry.stored };
  if (range === undefined) return checked(readWhole(file, entry, stored, allocate), entry);
  const part = within(range, entry.length);
  if (entry.method !== 0) return inflatePart(path, stored, part, allocate);
  return checkLength(readPart(file, shift(part, start), allocate), size(part));
}

function readWhole(
  file: Deno.FsFile,
  entry: ZipEntry,
  stored: Range,
  allocate: (bytes: number) => Uint8Array,
): Uint8Array {
  const bytes = readPart(file, stored, allocate);
  if (entry.method === 0) return bytes;
  mayHold(bytes, entry.length);
  const into = allocate(entry.length);
  return into.subarray(0, inflate(bytes, into).written);
}

/** What the entry holds must be what its writer saw. */
function checked(bytes: Uint8Array, entry: ZipEntry): Uint8Array {
  if (crc32(checkLength(bytes, entry.length)) === entry.crc) return bytes;
  throw new RangeError("its checksum is wrong");
}

function checkLength(bytes: Uint8Array, expected: number): Uint8Array {
  if (bytes.length === expected) return bytes;
  throw new RangeError(`it holds ${bytes.length} bytes instead of ${expected}`);
}

/** Deflate knows no places: everything before the part is inflated and dropped, piece by piece. */
async function inflatePart(
  path: string,
  stored: Range,
  { start, end }: Range,
  allocate: (bytes: number) => Uint8Array,
): Promise<Uint8Array> {
  const inflated = ReadableStream.from(pieces(path, stored)).pipeThrough(new DecompressionStream("deflate-raw"));
  try {
    return await takePart(inflated, { skip: start, length: end - start, isPart: true }, allocate, () => {});
  } finally {
    await inflated.cancel().catch(() => {});
  }
}

function* pieces(path: string, { start, end }: Range): Generator<Uint8Array<ArrayBuffer>> {
  using file = Deno.openSync(path);
  for (let at = start; at < end; at += PIECE) {
    const piece = new Uint8Array(Math.min(PIECE, end - at));
    readPart(file, { start: at, end: at + piece.length }, () => piece);
    yield piece;
  }
}

/** Bytes that are inflated at once. */
const PIECE = 65536;

/** The names by which the root of a store is known. */
const ROOTS = ["zarr.json", ".zmetadata", ".zgroup", ".zarray"];

/** Zip programs put the name of the folder that they packed in front of everything. */
function prefixOf(entries: ReadonlyMap<string, ZipEntry>): string {
  const isRoot = (prefix: string): boolean => ROOTS.some((name) => entries.has(prefix + name));
  if (isRoot("")) return "";
  const folders = new Set([...entries.keys()].map((name) => name.slice(0, name.indexOf("/") + 1)));
  const roots = [...folders].filter((folder) => folder !== "" && isRoot(folder));
  return roots.length === 1 ? roots[0] ?? "" : "";
}
