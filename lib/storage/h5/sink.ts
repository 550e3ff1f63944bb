/**
 * The HDF5 file that is being written: bytes go to its end, or into room that was kept.
 *
 * @module
 */
import { writeAll } from "../store.ts";

/** A file that grows. */
export class Sink {
  readonly #file: Deno.FsFile;
  #length = 0;
  /** Where the file stands. */
  #at = 0;

  /** Start the file at `path` anew. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
  }

  /** Bytes so far, kept room included. */
  get length(): number {
    return this.#length;
  }

  /** Keep room for `bytes` bytes at the end, which starts at a multiple of 8; its address. */
  keep(bytes: number): number {
    const address = this.#length + (-this.#length & 7);
    this.#length = address + bytes;
    return address;
  }

  /** Append `bytes`; their address. */
  append(bytes: Uint8Array): number {
    const address = this.keep(bytes.length);
    this.write(address, bytes);
    return address;
  }

  /** Write `bytes` into room that was kept. */
  write(address: number, bytes: Uint8Array): void {
    if (this.#at !== address) this.#file.seekSync(address, Deno.SeekMode.Start);
    writeAll(this.#file, bytes);
    this.#at = address + bytes.length;
  }

  /** Close the file, with all the room that was kept. */
  close(): void {
    this.#file.truncateSync(this.#length);
    this.#file.close();
  }

  /** Close the file as it is. */
  abandon(): void {
    this.#file.close();
  }
}
