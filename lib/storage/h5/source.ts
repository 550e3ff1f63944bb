/**
 * The bytes of an HDF5 file: metadata through a few pages that are kept, bulk data straight into its place.
 *
 * @module
 */

const PAGE = 8192;

/** Pages that are kept of a file: the metadata of one group lies close together. */
const PAGES = 16;

/** A file that is read at any position. It is open only while something reads. */
export class H5Source {
  /** The file's path. */
  readonly path: string;
  /** Its length. */
  readonly bytes: number;
  readonly #pages = new Map<number, Uint8Array>();
  #file: Deno.FsFile | undefined;
  #holders = 0;

  /** Read the file at `path`, which has `bytes` bytes. */
  constructor(path: string, bytes: number) {
    this.path = path;
    this.bytes = bytes;
  }

  /** Keep the file open until the result is disposed of: for several reads in a row. */
  hold(): Disposable {
    this.#file ??= Deno.openSync(this.path);
    this.#holders++;
    return {
      [Symbol.dispose]: () => {
        if (--this.#holders > 0) return;
        this.#file?.close();
        this.#file = undefined;
      },
    };
  }

  /** A copy of `length` bytes from `at` on, in `into` where that is given: for metadata. */
  read(at: number, length: number, into?: Uint8Array): Uint8Array {
    this.check(at, length);
    into ??= new Uint8Array(length);
    if (length > PAGE) {
      this.readInto(at, into);
      return into;
    }
    for (let filled = 0; filled < length;) {
      const number = Math.floor((at + filled) / PAGE), inPage = at + filled - number * PAGE;
      const part = this.#page(number).subarray(inPage, inPage + length - filled);
      into.set(part, filled);
      filled += part.length;
    }
    return into;
  }

  /** Fill `into` from `at` on. */
  readInto(at: number, into: Uint8Array): void {
    this.check(at, into.length);
    using _open = this.hold();
    const file = this.#file as Deno.FsFile;
    file.seekSync(at, Deno.SeekMode.Start);
    for (let filled = 0; filled < into.length;) {
      const count = file.readSync(into.subarray(filled));
      if (count === null) throw new RangeError("the file has become shorter");
      filled += count;
    }
  }

  #page(number: number): Uint8Array {
    const known = this.#pages.get(number);
    this.#pages.delete(number);
    const page = known ?? this.#room(Math.min(PAGE, this.bytes - number * PAGE));
    if (known === undefined) this.readInto(number * PAGE, page);
    this.#pages.set(number, page);
    return page;
  }

  /** Memory for a page: that of the oldest, where there are enough. New memory would pile up, page for page. */
  #room(bytes: number): Uint8Array {
    if (this.#pages.size < PAGES) return new Uint8Array(bytes);
    const [[number, page] = [-1, new Uint8Array()]] = this.#pages;
    this.#pages.delete(number);
    return page.length === bytes ? page : new Uint8Array(bytes);
  }

  /** A `RangeError` where `length` bytes from `at` on are not all there: to know before memory is taken for them. */
  check(at: number, length: number): void {
    if (at >= 0 && length >= 0 && at + length <= this.bytes) return;
    throw new RangeError(`it is cut off or broken: it points to byte ${at + length} of ${this.bytes}`);
  }
}
