/**
 * The scratch file of a slice: entries of a sparse part in fragments, each of one bin, as they come; and behind them where
 * those of each bin lie.
 *
 * @module
 */
import { bytesOf, itemBytes, type NumericType } from "../base/dtype.ts";
import { doubled } from "../base/strings.ts";
import type { WriteLog } from "../storage/written.ts";
import { readNext, ScratchFile } from "./scratch.ts";

/** Entries of one bin. */
export interface Fragment {
  readonly count: number;
  /** Major and minor of each entry, side by side. */
  readonly places: Int32Array;
  /** Their values, as bytes. */
  readonly data: Uint8Array;
}

/** Writes the file of a slice, front to back. */
export class FragmentWriter implements Disposable {
  readonly #file: ScratchFile;
  readonly #bins: number;
  /** Bytes of an entry. */
  readonly #entry: number;
  /** Bin and entries of each fragment, side by side; not in arrays that the garbage collector would move about. */
  #fragments = new Int32Array(2048);
  #count = 0;

  /** Start the file at `path`, of entries of `entry` bytes in `bins` bins. */
  constructor(path: string, bins: number, entry: number, log: WriteLog) {
    this.#file = new ScratchFile(path, log);
    this.#bins = bins;
    this.#entry = entry;
  }

  /** Append a fragment of bin `bin`; `places` and `data` hold its entries and nothing else. */
  write(bin: number, { count, places, data }: Fragment): void {
    if (2 * this.#count === this.#fragments.length) this.#fragments = doubled(this.#fragments);
    this.#fragments[2 * this.#count] = bin;
    this.#fragments[2 * this.#count + 1] = count;
    this.#count++;
    this.#file.write(bytesOf(places));
    this.#file.write(data);
  }

  /** Write where the fragments lie, and give the file its name. */
  finish(): void {
    const starts = this.#starts(), next = starts.slice(), end = this.#file.bytes;
    const index = new Float64Array(2 * this.#count);
    for (let k = 0, at = 0; k < this.#count; k++) {
      const bin = this.#fragments[2 * k] as number, count = this.#fragments[2 * k + 1] as number;
      const to = next[bin] as number;
      next[bin] = to + 1;
      index[2 * to] = at;
      index[2 * to + 1] = count;
      at += count * this.#entry;
    }
    this.#file.write(bytesOf(index));
    this.#file.write(bytesOf(starts.map((start) => end + start * PLACE)));
    this.#file.finish();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  /** The first fragment of each bin, where they are in the order of bins; and behind it all. */
  #starts(): Float64Array {
    const starts = new Float64Array(this.#bins + 1);
    for (let k = 0; k < this.#count; k++) {
      const bin = this.#fragments[2 * k] as number;
      starts[bin + 1] = (starts[bin + 1] as number) + 1;
    }
    for (let bin = 0; bin < this.#bins; bin++) starts[bin + 1] = (starts[bin + 1] as number) + (starts[bin] as number);
    return starts;
  }
}

/** Bytes that say where a fragment lies: its start, and how many entries it has. */
const PLACE = 2 * Float64Array.BYTES_PER_ELEMENT;

/** Where a bin is looked for. */
export interface BinPlace {
  readonly bin: number;
  /** How many bins the file has. */
  readonly bins: number;
  readonly dtype: NumericType;
}

/** The fragments of a bin in the file at `path`, read into `memory`, which is lent until the next one. */
export function* readFragments(
  path: string,
  { bin, bins, dtype }: BinPlace,
  memory: Uint8Array<ArrayBuffer>,
): Generator<Fragment> {
  using file = Deno.openSync(path);
  const item = itemBytes(dtype), range = new Float64Array(2);
  file.seekSync(-range.BYTES_PER_ELEMENT * (bins + 1 - bin), Deno.SeekMode.End);
  readNext(file, path, bytesOf(range));
  const [start = 0, end = 0] = range, index = new Float64Array((end - start) / range.BYTES_PER_ELEMENT);
  file.seekSync(start, Deno.SeekMode.Start);
  readNext(file, path, bytesOf(index));
  for (let at = 0; at < index.length; at += 2) {
    const count = index[at + 1] as number;
    file.seekSync(index[at] as number, Deno.SeekMode.Start);
    readNext(file, path, memory.subarray(0, count * (8 + item)));
    const places = new Int32Array(memory.buffer, memory.byteOffset, count * 2);
    yield { count, places, data: memory.subarray(count * 8) };
  }
}
