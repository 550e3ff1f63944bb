/**
 * Scratch files: flat arrays of numbers that a run keeps beside its output.
 *
 * @module
 */
import { bytesOf, itemBytes, type NumericType } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import { intersect, type Range, shift, size } from "../base/range.ts";
import { writeAll } from "../storage/store.ts";
import { Tally, type WriteLog } from "../storage/written.ts";
import { type EntryReader, POINTER_ROWS, type RowSource } from "./rows.ts";

/** A scratch file that is written anew, from its start, and appears when it is finished. */
export class ScratchFile implements Disposable {
  readonly #path: string;
  readonly #hidden: string;
  readonly #file: Deno.FsFile;
  readonly #log: WriteLog;
  readonly #tally = new Tally();

  /** Start the file at `path`; it is noted in `log` when it is finished. */
  constructor(path: string, log: WriteLog) {
    this.#path = path;
    this.#hidden = unfinished(path);
    this.#file = Deno.openSync(this.#hidden, { write: true, createNew: true });
    this.#log = log;
  }

  /** How long it is by now. */
  get bytes(): number {
    return this.#tally.bytes;
  }

  /** Append `bytes`. */
  write(bytes: Uint8Array): void {
    writeAll(this.#file, bytes);
    this.#tally.add(bytes);
  }

  /** Give the file its name. Another process may have made the same one: the last to come replaces it. */
  finish(): void {
    Deno.renameSync(this.#hidden, this.#path);
    this.#log.note(this.#path, this.#tally);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** A name of nobody else's for the file at `path` until it is whole. */
function unfinished(path: string): string {
  return `${path}.${crypto.randomUUID()}.partial`;
}

/** Read `into.length` bytes of the file at `path` from `offset` on. */
export function readAt(path: string, offset: number, into: Uint8Array): void {
  using file = Deno.openSync(path);
  file.seekSync(offset, Deno.SeekMode.Start);
  readNext(file, path, into);
}

/** Fill `into` from where `file`, opened at `path`, stands. */
export function readNext(file: Deno.FsFile, path: string, into: Uint8Array): void {
  for (let done = 0; done < into.length;) {
    const count = file.readSync(into.subarray(done));
    if (count === null) throw new FormatError(`Cannot read the scratch file "${path}": it is too short`);
    done += count;
  }
}

/** What the names of the files of part `part` of element `number` start with, in the folder `scratch`. */
export function partBase(scratch: string, number: number, part: number): string {
  return `${scratch}/${number}-${part}`;
}

/** The files of one bucket of sorted rows. */
export function bucketFiles(base: string, bucket: number): { readonly [K in "indptr" | "indices" | "data"]: string } {
  const name = `${base}-bucket${bucket}`;
  return { indptr: `${name}.indptr`, indices: `${name}.indices`, data: `${name}.data` };
}

/** The file of the entries of slice `slice` of a part, which are not in order yet. */
export function sliceFile(base: string, slice: number): string {
  return `${base}-slice${slice}`;
}

/** How rows lie in scratch files: in buckets of `rowsPerBucket` rows each, and these in bins of `rowsPerBin`. */
export interface Sorted {
  /** What the files' names start with. */
  readonly base: string;
  readonly rows: number;
  readonly rowsPerBin: number;
  readonly rowsPerBucket: number;
  readonly buckets: number;
  readonly dtype: NumericType;
}

/** How many bins all buckets of `sorted` have. */
export function binsOf({ buckets, rowsPerBucket, rowsPerBin }: Sorted): number {
  return buckets * (rowsPerBucket / rowsPerBin);
}

/** Rows that have been sorted through scratch files. */
export class ScratchRows implements RowSource {
  readonly rows: number;
  readonly #sorted: Sorted;
  readonly #starts: readonly number[];

  /** Read the files of `sorted`. */
  constructor(sorted: Sorted) {
    this.rows = sorted.rows;
    this.#sorted = sorted;
    const starts = [0];
    for (let bucket = 0; bucket < sorted.buckets; bucket++) {
      const { size } = Deno.statSync(bucketFiles(sorted.base, bucket).indices);
      starts.push((starts[bucket] as number) + size / 4);
    }
    this.#starts = starts;
  }

  batchEnd(start: number): number {
    return Math.min(start + POINTER_ROWS, this.rows);
  }

  // deno-lint-ignore require-await -- local files answer at once
  async pointers(rows: Range): Promise<Float64Array> {
    const { rowsPerBucket, buckets, base } = this.#sorted, result = new Float64Array(size(rows) + 1);
    result[size(rows)] = this.#starts[buckets] as number;
    for (let bucket = Math.floor(rows.start / rowsPerBucket); bucket < buckets; bucket++) {
      const all = { start: bucket * rowsPerBucket, end: Math.min((bucket + 1) * rowsPerBucket, this.rows) };
      // A row's end is where the next one starts, which may be in the next bucket.
      const own = intersect(all, { start: rows.start, end: rows.end + 1 });
      if (size(own) === 0) break;
      const at = shift(own, -rows.start), part = result.subarray(at.start, at.end);
      readAt(bucketFiles(base, bucket).indptr, (own.start - all.start) * 8, bytesOf(part));
      for (let i = 0; i < part.length; i++) part[i] = (part[i] as number) + (this.#starts[bucket] as number);
    }
    return result;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  entries(start: number): EntryReader {
    const { base, dtype } = this.#sorted, starts = this.#starts, item = itemBytes(dtype);
    let at = start;
    return {
      // deno-lint-ignore require-await -- local files answer at once
      async read(count, indices, data) {
        for (let done = 0; done < count;) {
          const bucket = starts.findLastIndex((first) => first <= at);
          const take = Math.min(count - done, (starts[bucket + 1] ?? Infinity) - at),
            from = at - (starts[bucket] as number);
          const files = bucketFiles(base, bucket);
          readAt(files.indices, from * 4, bytesOf(indices.subarray(done, done + take)));
          if (data !== null) readAt(files.data, from * item, data.subarray(done * item, (done + take) * item));
          done += take;
          at += take;
        }
      },
      close: () => Promise.resolve(),
    };
  }
}
