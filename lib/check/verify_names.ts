/**
 * The names of an output beside those of its inputs.
 *
 * @module
 */
import { bytesOf } from "../base/dtype.ts";
import { type Range, whole } from "../base/range.ts";
import { toTexts } from "../base/strings.ts";
import type { NumberColumn, StringColumn } from "../lazy/column.ts";
import { textKey } from "../stream/digest.ts";
import { sameBytes } from "./arrays.ts";

type Names = NumberColumn | StringColumn;

async function* texts(names: Names, range: Range, signal: AbortSignal | undefined): AsyncGenerator<readonly string[]> {
  const options = { rows: ROWS, range, signal };
  if (names.kind === "strings") { for await (const { values } of names.chunks(options)) yield toTexts(values); }
  else for await (const { values } of names.chunks(options)) yield Array.from(values as Float64Array, String);
}

/** Names that are text at once. */
const ROWS = 2 ** 16;

/**
 * What is wrong where the names of `input` do not stand at `span` of `output`, all with the same text behind them
 * (`indexUnique`); undefined where they do.
 */
export async function checkNames(
  output: Names,
  span: Range,
  input: Names,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const there = texts(output, span, signal);
  let row = 0, suffix: string | undefined;
  try {
    for await (const own of texts(input, whole(input.length), signal)) {
      const { value: found = [] } = await there.next();
      for (const [at, name] of own.entries()) {
        const written = (found as readonly string[])[at];
        suffix ??= written?.startsWith(name) === true ? written.slice(name.length) : "";
        if (written === name + suffix) continue;
        return `the name at ${span.start + row + at} is "${written}" instead of "${name + suffix}", row ${row + at}`;
      }
      row += own.length;
    }
    return undefined;
  } finally {
    await there.return(undefined);
  }
}

/** Where the names of an input are among those of an output. */
export interface Places {
  /** The place of each name; -1: nowhere. */
  readonly to: Int32Array;
  /** For each name of the output 1 where it is among them, else 0. */
  readonly filled: Uint8Array;
}

/**
 * The names of an output on a joined axis. Inputs whose names are the same share their places: there may be thousands of
 * them, with tens of thousands of names each.
 */
export class NameTable {
  /** Bytes of all places that were found. */
  bytes = 0;
  readonly #names: string[] = [];
  /** Where each name is first. */
  readonly #first = new Map<string, number>();
  /** Places that were found, by what tells them apart. */
  readonly #known = new Map<number, Places>();
  /** For each name 1 where it was found. */
  readonly #used: Uint8Array;

  constructor(length: number) {
    this.#used = new Uint8Array(length);
  }

  /** The table of `names`. */
  static async of(names: Names, signal: AbortSignal | undefined): Promise<NameTable> {
    const table = new NameTable(names.length);
    for await (const some of texts(names, whole(names.length), signal)) table.#names.push(...some);
    for (const [at, name] of table.#names.entries()) if (!table.#first.has(name)) table.#first.set(name, at);
    return table;
  }

  /** Where `names` are. */
  async places(names: Names, signal: AbortSignal | undefined): Promise<Places> {
    const to = await this.#find(names, signal), bytes = bytesOf(to), key = textKey(bytes);
    const known = this.#known.get(key);
    if (known !== undefined && sameBytes(bytesOf(known.to), bytes)) return known;
    const found = { to, filled: this.#filled(to) };
    this.#known.set(key, found);
    this.bytes += placesBytes(to.length, this.#used.length);
    return found;
  }

  /** The first name that was not found for any names; -1 where all were. */
  unused(): number {
    return this.#used.indexOf(0);
  }

  async #find(names: Names, signal: AbortSignal | undefined): Promise<Int32Array> {
    const found = new Int32Array(names.length);
    let at = 0, isSame = names.length === this.#names.length;
    for await (const some of texts(names, whole(names.length), signal)) {
      for (const name of some) {
        isSame &&= this.#names[at] === name;
        found[at++] = this.#first.get(name) ?? -1;
      }
    }
    // Names may be there twice where all inputs have the same ones in the same order.
    return isSame ? found.map((_, place) => place) : found;
  }

  #filled(to: Int32Array): Uint8Array {
    const filled = new Uint8Array(this.#used.length);
    for (const place of to) if (place >= 0) filled[place] = this.#used[place] = 1;
    return filled;
  }
}

/** Bytes of the places of `own` names among `all`. */
export function placesBytes(own: number, all: number): number {
  return Int32Array.BYTES_PER_ELEMENT * own + Uint8Array.BYTES_PER_ELEMENT * all;
}
