/**
 * Columns of text as offsets and UTF-8 bytes: millions of names without millions of JavaScript strings.
 *
 * @module
 */

/** Text of `offsets.length - 1` rows: row `i` is `bytes[offsets[i], offsets[i + 1])`, UTF-8. */
export interface Strings {
  /** Where each row starts in `bytes`, and where the last one ends. */
  readonly offsets: Uint32Array;
  /** The UTF-8 bytes of all rows, one after the other. */
  readonly bytes: Uint8Array;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Whether `value` is {@linkcode Strings}. */
export function isStrings(value: unknown): value is Strings {
  return typeof value === "object" && value !== null && "offsets" in value && value.offsets instanceof Uint32Array;
}

/** How many rows `strings` has. */
export function rowCount(strings: Strings): number {
  return strings.offsets.length - 1;
}

/** The UTF-8 bytes of row `row`, without a copy. */
export function rowBytes(strings: Strings, row: number): Uint8Array {
  return strings.bytes.subarray(strings.offsets[row], strings.offsets[row + 1]);
}

/** Row `row` as a JavaScript string. */
export function rowText(strings: Strings, row: number): string {
  return decoder.decode(rowBytes(strings, row));
}

/** Free the memory of `strings` at once: nobody has it any more. */
export function freeStrings({ offsets, bytes }: Strings): void {
  free(offsets);
  free(bytes);
}

/** Free the memory of `array` at once, where it is all of it; V8 would let it pile up. */
export function free({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** `values` in memory twice as large; theirs is freed. */
export function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(values.length * 2);
  grown.set(values);
  free(values);
  return grown;
}

/**
 * All rows as JavaScript strings: for what is small.
 *
 * @example
 * ```ts
 * import { openAnnData, toTexts } from "@anncat/anncat";
 *
 * const { obs } = await openAnnData("testdata/cases/dtype_i4_f4_csr/inputs/0.zarr");
 * if (obs.index.kind === "strings") {
 *   for await (const { values } of obs.index.chunks()) console.log(toTexts(values));
 * }
 * ```
 */
export function toTexts(strings: Strings): string[] {
  return Array.from({ length: rowCount(strings) }, (_, row) => rowText(strings, row));
}

/** The numbers of all rows of `strings`, in their order. */
export function rowsOf(strings: Strings): Int32Array {
  return Int32Array.from({ length: rowCount(strings) }, (_, row) => row);
}

/** Rows `rows` of `strings`. */
export function pick(strings: Strings, rows: Int32Array): Strings {
  using builder = new StringsBuilder();
  for (const row of rows) builder.append(strings, row, row + 1);
  return builder.finish();
}

/** Below 0 where row `i` of `a` comes before row `j` of `b` in the order of their bytes, 0 where they are the same. */
export function compareRows(a: Strings, i: number, b: Strings, j: number): number {
  const startA = a.offsets[i] as number, startB = b.offsets[j] as number;
  const lengthA = (a.offsets[i + 1] as number) - startA, lengthB = (b.offsets[j + 1] as number) - startB;
  for (let at = 0; at < Math.min(lengthA, lengthB); at++) {
    const order = (a.bytes[startA + at] as number) - (b.bytes[startB + at] as number);
    if (order !== 0) return order;
  }
  return lengthA - lengthB;
}

/** JavaScript strings as {@linkcode Strings}. */
export function fromTexts(texts: Iterable<string>): Strings {
  using builder = new StringsBuilder();
  for (const text of texts) builder.pushText(text);
  return builder.finish();
}

/** The UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** `bytes` as text. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Grows {@linkcode Strings} row by row; `clear` keeps the memory for the next batch. */
export class StringsBuilder {
  #offsets = new Uint32Array(1024);
  #bytes = new Uint8Array(16384);
  #rows = 0;
  #length = 0;

  /** The rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** The bytes so far. */
  get byteLength(): number {
    return this.#length;
  }

  /** Append one row of UTF-8, followed by `suffix` where there is one. */
  push(row: Uint8Array, suffix?: Uint8Array): void {
    const extra = suffix?.length ?? 0;
    this.#reserve(1, row.length + extra);
    this.#bytes.set(row, this.#length);
    if (suffix !== undefined) this.#bytes.set(suffix, this.#length + row.length);
    this.#close(row.length + extra);
  }

  /** Append one row of text. */
  pushText(text: string): void {
    // A code unit has three bytes at most. Nothing is allocated for a text: there may be millions.
    this.#reserve(1, 3 * text.length);
    let at = this.#length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        at = this.#length + encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
        break;
      }
      this.#bytes[at++] = code;
    }
    this.#close(at - this.#length);
  }

  /** Append rows `[start, end)` of `strings`. */
  append(strings: Strings, start: number, end: number): void {
    const from = strings.offsets[start] as number, to = strings.offsets[end] as number;
    this.#reserve(end - start, to - from);
    // For a few bytes a view would be more garbage than work.
    if (to - from > 64) this.#bytes.set(strings.bytes.subarray(from, to), this.#length);
    else for (let at = from; at < to; at++) this.#bytes[this.#length + at - from] = strings.bytes[at] as number;
    const by = this.#length - from;
    for (let row = start; row < end; row++) {
      this.#offsets[++this.#rows] = (strings.offsets[row + 1] as number) + by;
    }
    this.#length += to - from;
  }

  /** The rows so far, over this builder's own memory: valid until the next change. */
  view(): Strings {
    return { offsets: this.#offsets.subarray(0, this.#rows + 1), bytes: this.#bytes.subarray(0, this.#length) };
  }

  /** The rows so far, in memory of their own. */
  finish(): Strings {
    return { offsets: this.#offsets.slice(0, this.#rows + 1), bytes: this.#bytes.slice(0, this.#length) };
  }

  /** Free the memory; the builder is of no use any more. */
  [Symbol.dispose](): void {
    freeStrings({ offsets: this.#offsets, bytes: this.#bytes });
  }

  /** Forget the rows. */
  clear(): void {
    this.#rows = 0;
    this.#length = 0;
  }

  #close(bytes: number): void {
    this.#length += bytes;
    this.#offsets[++this.#rows] = this.#length;
  }

  #growBytes(least: number): void {
    if (this.#length === 0) {
      // What holds nothing need not be there beside what takes its place.
      free(this.#bytes);
      this.#bytes = new Uint8Array(Math.ceil(least * 1.125));
      return;
    }
    const grown = new Uint8Array(Math.max(Math.ceil(this.#bytes.length * 1.5), least));
    grown.set(this.#bytes.subarray(0, this.#length));
    free(this.#bytes);
    this.#bytes = grown;
  }

  #reserve(rows: number, bytes: number): void {
    if (this.#rows + rows + 1 > this.#offsets.length) {
      const grown = new Uint32Array(Math.max(Math.ceil(this.#offsets.length * 1.5), this.#rows + rows + 1));
      grown.set(this.#offsets.subarray(0, this.#rows + 1));
      free(this.#offsets);
      this.#offsets = grown;
    }
    if (this.#length + bytes > 2 ** 32 - 1) throw new RangeError("Cannot hold more than 4 GiB of text at once");
    if (this.#length + bytes > this.#bytes.length) {
      this.#growBytes(this.#length + bytes);
    }
  }
}
