/**
 * Reading the pointers of a sparse matrix: where its rows start among its entries.
 *
 * @module
 */
import { bytesOf } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import type { ArrayNode } from "../storage/node.ts";
import { NumberCursor } from "./cursor.ts";

/** Pointers, front to back. Those that do not go from 0 to the number of entries without a step back are refused. */
export class PointerCursor {
  readonly #indptr: ArrayNode;
  readonly #entries: number;
  readonly #end: number;
  readonly #numbers: NumberCursor;
  #last = 0;

  /** Start reading `indptr`, of a matrix with `entries` entries, at the pointer of row `start`. */
  constructor(indptr: ArrayNode, entries: number, start: number) {
    this.#indptr = indptr;
    this.#entries = entries;
    this.#end = (indptr.spec.shape[0] ?? 1) - 1;
    this.#numbers = new NumberCursor(indptr, { start, end: this.#end + 1 });
  }

  /** The row whose pointer is read next. */
  get position(): number {
    return this.#numbers.position;
  }

  /** The next `count` pointers. */
  async read(count: number): Promise<Float64Array> {
    const pointers = new Float64Array(count), first = this.position;
    await this.#numbers.read(count, bytesOf(pointers), "float64");
    if (first === 0 && count > 0 && pointers[0] !== 0) throw this.#broken(`it starts with ${pointers[0]}`);
    for (const pointer of pointers) {
      if (!(pointer >= this.#last)) throw this.#broken("it decreases");
      this.#last = pointer;
    }
    const isShort = this.position > this.#end && this.#last < this.#entries;
    if (this.#last > this.#entries || isShort) {
      throw this.#broken(`it goes to ${this.#last}, and there are ${this.#entries} entries`);
    }
    return pointers;
  }

  /** Free what the cursor holds. */
  async close(): Promise<void> {
    await this.#numbers.close();
  }

  #broken(why: string): FormatError {
    const { path, source } = this.#indptr;
    return new FormatError(`Cannot read "${path}" of "${source}": ${why}`, { source, element: path });
  }
}
