/**
 * A part of a stream of bytes.
 *
 * @module
 */

/** Where the wanted bytes lie in a stream. */
export interface Wanted {
  /** Bytes before them. */
  readonly skip: number;
  /** How many there are; undefined for all that follow. */
  readonly length: number | undefined;
  /** Whether more may follow, which is not read. */
  readonly isPart: boolean;
}

/** A stream that ends before its length: another attempt may bring all of it. */
export class Truncated extends Error {
  override readonly name = "Truncated";
}

/** Read the wanted bytes of `body` into memory that `allocate` gives; `onProgress` hears of every piece that comes. */
export async function takePart(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { skip, length, isPart }: Wanted,
  allocate: (bytes: number) => Uint8Array,
  onProgress: () => void,
): Promise<Uint8Array> {
  const sink = length === undefined ? new Growing(allocate) : new Fixed(allocate(length));
  let toSkip = skip;
  const reader = body.getReader();
  try {
    // A body that is read to its end leaves its connection to the next request.
    while (!(isPart && sink.isFull)) {
      const { done, value } = await reader.read();
      if (done) break;
      onProgress();
      const skipped = Math.min(toSkip, value.length);
      toSkip -= skipped;
      sink.add(value.subarray(skipped));
      // Each piece has memory of its own, which nobody else will look at.
      value.buffer.transfer(0);
    }
  } finally {
    reader.releaseLock();
  }
  return sink.finish();
}

/** As many bytes as there are to come. */
class Fixed {
  readonly #into: Uint8Array;
  #filled = 0;

  constructor(into: Uint8Array) {
    this.#into = into;
  }

  get isFull(): boolean {
    return this.#filled === this.#into.length;
  }

  add(piece: Uint8Array): void {
    const part = piece.subarray(0, this.#into.length - this.#filled);
    this.#into.set(part, this.#filled);
    this.#filled += part.length;
  }

  finish(): Uint8Array {
    if (this.isFull) return this.#into;
    throw new Truncated(`the answer ends after ${this.#filled} of ${this.#into.length} bytes`);
  }
}

/** Bytes of an unknown number. */
class Growing {
  readonly isFull = false;
  readonly #allocate: (bytes: number) => Uint8Array;
  #pieces: Uint8Array<ArrayBuffer>[] = [];

  constructor(allocate: (bytes: number) => Uint8Array) {
    this.#allocate = allocate;
  }

  add(piece: Uint8Array): void {
    this.#pieces.push(piece.slice());
  }

  finish(): Uint8Array {
    const into = this.#allocate(this.#pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of this.#pieces.splice(0)) {
      into.set(piece, at);
      at += piece.length;
      piece.buffer.transfer(0);
    }
    return into;
  }
}
