/**
 * Segments: files in which the chunks of one array are put down by one thread, one after the other, until the HDF5 file
 * is put together from them. Any number of threads write at once, in any order, and writing a chunk again does no harm.
 * A segment holds what one task writes of one array, or a part of it.
 *
 * A segment starts with the length of the array's path and the path; each chunk has a head of three numbers (its number
 * in the grid, its bytes, the filters that were left out) before it.
 *
 * @module
 */
import { fromUtf8, utf8 } from "../../base/strings.ts";
import { isFolder, writeAll } from "../store.ts";
import { Tally, type WriteLog } from "../written.ts";

/** A segment is as long as this at most, and one chunk: it can be removed soon after it was read. */
const SEGMENT_BYTES = 2 ** 26;

const HEAD = 24;

/** What the name of a segment ends in as long as its task is not done. */
const OPEN = ".open";

/** A segment that is being written. */
interface OpenSegment {
  readonly path: string;
  readonly tally: Tally;
}

/** Writes segments for one thread. */
export class SegmentWriter {
  readonly #folder: string;
  readonly #log: WriteLog | undefined;
  readonly #thread = crypto.randomUUID().slice(0, 8);
  readonly #open = new Map<string, OpenSegment>();
  #isMade: boolean;
  #count = 0;

  /** Write into `folder`, which is made once at most; segments that are whole are noted in `log`. */
  constructor(folder: string, log: WriteLog | undefined) {
    this.#folder = folder;
    this.#log = log;
    this.#isMade = isFolder(folder);
  }

  /** Put down chunk `number` of the array at `path`: `parts`, one after the other. */
  write(path: string, number: number, mask: number, parts: readonly Uint8Array[]): void {
    const known = this.#open.get(path);
    if (known !== undefined && known.tally.bytes >= SEGMENT_BYTES) this.#end(path, known);
    const segment = this.#open.get(path) ?? this.#start(path);
    const head = Float64Array.of(number, parts.reduce((sum, part) => sum + part.length, 0), mask);
    append(segment, [new Uint8Array(head.buffer), ...parts]);
  }

  /** End the segments that are open: their task is done. */
  settle(): void {
    for (const [path, segment] of this.#open) this.#end(path, segment);
  }

  #start(path: string): OpenSegment {
    if (!this.#isMade) Deno.mkdirSync(this.#folder, { recursive: true });
    this.#isMade = true;
    const name = utf8(path), file = `${this.#folder}/${this.#thread}-${this.#count++}${OPEN}`;
    const segment = { path: file, tally: new Tally() };
    append(segment, [new Uint8Array(Uint32Array.of(name.length).buffer), name]);
    this.#open.set(path, segment);
    return segment;
  }

  #end(path: string, { path: file, tally }: OpenSegment): void {
    const whole = file.slice(0, -OPEN.length);
    Deno.renameSync(file, whole);
    this.#log?.note(whole, tally);
    this.#open.delete(path);
  }
}

/** The file is open only while it is written to: whoever stops half-way leaves none open. */
function append({ path, tally }: OpenSegment, parts: readonly Uint8Array[]): void {
  using file = Deno.openSync(path, { append: true, create: true });
  for (const part of parts) {
    writeAll(file, part);
    tally.add(part);
  }
}

/** A chunk in a segment. */
export interface SegmentChunk {
  /** Its number in the grid. */
  readonly number: number;
  /** The file that it is in. */
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly mask: number;
}

/** The chunks in all segments of `folder`, by the path of their array, in the order of their numbers. */
export function readSegments(folder: string): ReadonlyMap<string, readonly SegmentChunk[]> {
  const found = new Map<string, Map<number, SegmentChunk>>();
  if (!isFolder(folder)) return new Map();
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) => !name.endsWith(OPEN));
  const files = names.map((name) => ({ file: `${folder}/${name}`, changed: changedAt(`${folder}/${name}`) }));
  // A task that was done again has written its chunks again: the last ones count.
  for (const { file } of files.sort((a, b) => a.changed - b.changed || (a.file < b.file ? -1 : 1))) {
    const { path, chunks } = readSegment(file), known = found.get(path) ?? new Map();
    for (const chunk of chunks) known.set(chunk.number, chunk);
    found.set(path, known);
  }
  return new Map(
    Array.from(found, ([path, chunks]) => [path, [...chunks.values()].sort((a, b) => a.number - b.number)]),
  );
}

function changedAt(path: string): number {
  return Deno.statSync(path).mtime?.getTime() ?? 0;
}

/** The chunks in one segment; one that was not written to its end does not count. */
export function readSegment(path: string): { readonly path: string; readonly chunks: readonly SegmentChunk[] } {
  using file = Deno.openSync(path);
  const { size } = file.statSync(), length = new Uint32Array(1), chunks: SegmentChunk[] = [];
  if (!fill(file, new Uint8Array(length.buffer))) return { path: "", chunks };
  const name = new Uint8Array(Math.min(size, length[0] as number)), head = new Float64Array(3);
  if (!fill(file, name)) return { path: "", chunks };
  let at = 4 + name.length;
  while (at + HEAD <= size && fill(file, new Uint8Array(head.buffer))) {
    const [number = 0, bytes = 0, mask = 0] = head, offset = at + HEAD;
    if (offset + bytes > size) break;
    chunks.push({ number, file: path, offset, bytes, mask });
    at = offset + bytes;
    file.seekSync(at, Deno.SeekMode.Start);
  }
  return { path: fromUtf8(name), chunks };
}

function fill(file: Deno.FsFile, into: Uint8Array): boolean {
  for (let filled = 0; filled < into.length;) {
    const count = file.readSync(into.subarray(filled));
    if (count === null) return false;
    filled += count;
  }
  return true;
}

/** Reads chunks out of segments, and removes each segment when its last chunk has been read. */
export class SegmentReader {
  readonly #left = new Map<string, number>();
  #open: { readonly path: string; readonly file: Deno.FsFile } | undefined;

  /** Read `chunks`, all that are to be read. */
  constructor(chunks: Iterable<SegmentChunk>) {
    for (const { file } of chunks) this.#left.set(file, (this.#left.get(file) ?? 0) + 1);
  }

  /** Fill `into` with what `chunk` holds. */
  read(chunk: SegmentChunk, into: Uint8Array): void {
    if (this.#open?.path !== chunk.file) {
      this.close();
      this.#open = { path: chunk.file, file: Deno.openSync(chunk.file) };
    }
    const { file } = this.#open;
    file.seekSync(chunk.offset, Deno.SeekMode.Start);
    if (!fill(file, into)) throw new Error(`Cannot read "${chunk.file}": it has become shorter`);
    const left = (this.#left.get(chunk.file) ?? 0) - 1;
    this.#left.set(chunk.file, left);
    if (left > 0) return;
    this.close();
    Deno.removeSync(chunk.file);
  }

  /** Close what is open. */
  close(): void {
    this.#open?.file.close();
    this.#open = undefined;
  }
}
