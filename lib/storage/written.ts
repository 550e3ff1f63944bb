/**
 * What has been written to files: enough to tell later whether it is still there.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** A file as it was written. */
export interface WrittenFile {
  /** Where it is. */
  readonly path: string;
  /** Its length. */
  readonly bytes: number;
  /** The CRC-32 of what is in it. */
  readonly checksum: number;
}

/** The length and the CRC-32 of bytes that come piece by piece. */
export class Tally {
  #bytes = 0;
  #checksum = 0;

  /** The bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Their checksum. */
  get checksum(): number {
    return this.#checksum;
  }

  /** Count `bytes`. */
  add(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#checksum = crc32(bytes, this.#checksum);
  }
}

/** The files that a task has written. */
export class WriteLog {
  #files: WrittenFile[] = [];
  readonly #settle: (() => void)[] = [];

  /** Call `settle` before each {@linkcode take}: to end files that a task writes up to its end. */
  before(settle: () => void): void {
    this.#settle.push(settle);
  }

  /** Note that the file at `path` is whole and holds what `tally` counted. */
  note(path: string, { bytes, checksum }: Tally): void {
    this.#files.push({ path, bytes, checksum });
  }

  /** The files since the last call. */
  take(): readonly WrittenFile[] {
    for (const settle of this.#settle) settle();
    const files = this.#files;
    this.#files = [];
    return files;
  }
}
