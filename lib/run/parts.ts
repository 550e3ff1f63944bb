/**
 * The parts of a one-dimensional array: which lie under a range, and what reads the one at hand.
 *
 * @module
 */
import { intersect, type Range, shift, size } from "../base/range.ts";
import type { AppendPart } from "../plan/element.ts";
import type { ArrayNode } from "../storage/node.ts";
import type { Inputs } from "./inputs.ts";

/** A part, with what of it lies under a range: in the part's own positions, and in the range's. */
export interface Under {
  readonly number: number;
  readonly part: AppendPart;
  readonly own: Range;
  readonly at: Range;
}

/** The parts under `range`, with what of it each has, in the part's own positions and in the range's. */
export function* under(
  parts: readonly AppendPart[],
  range: Range,
): Generator<Under> {
  for (let number = firstUnder(parts, range.start); number < parts.length; number++) {
    const part = parts[number] as AppendPart, shared = intersect(part.at, range);
    if (size(shared) <= 0) return;
    yield { number, part, own: shift(shared, -part.at.start), at: shift(shared, -range.start) };
  }
}

/** The number of the first of `parts`, which lie one after the other, that ends behind `start`. */
function firstUnder(parts: readonly AppendPart[], start: number): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle] as AppendPart).at.end > start) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The cursor of the part that is being read: parts come one after the other, so one is open at a time. */
export class OpenCursor<C extends { readonly position: number; close(): Promise<void> }> {
  readonly #inputs: Inputs;
  readonly #cursorOf: (node: ArrayNode, range: Range, part: AppendPart) => C;
  #open: { readonly number: number; readonly cursor: C } | undefined;

  /** `cursorOf` opens the cursor of a part's array, at the range's start. */
  constructor(inputs: Inputs, cursorOf: (node: ArrayNode, range: Range, part: AppendPart) => C) {
    this.#inputs = inputs;
    this.#cursorOf = cursorOf;
  }

  /** The cursor of part `number`, at the part's element `start`. */
  async at(number: number, part: AppendPart, start: number): Promise<C> {
    if (this.#open?.number === number && this.#open.cursor.position === start) return this.#open.cursor;
    await this.close();
    if (part.source.from !== "array") throw new TypeError("Cannot read what is no array");
    const node = await this.#inputs.array(part.source.input, part.source.path);
    const cursor = this.#cursorOf(node, { start, end: size(part.at) }, part);
    this.#open = { number, cursor };
    return cursor;
  }

  /** Stop reading. */
  async close(): Promise<void> {
    await this.#open?.cursor.close();
    this.#open = undefined;
  }
}
