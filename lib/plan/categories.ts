/**
 * The categories of a column of several inputs: what they make together, and where each of them goes.
 *
 * @module
 */
import { natsorted } from "../base/natsort.ts";
import { isStrings, type Strings } from "../base/strings.ts";
import { countOf, type Values } from "../base/values.ts";
import { NameTable } from "./join.ts";

/** Each value of `lists` once, in the order in which they come; the lists are of one type. */
export function distinct(lists: readonly Values[]): Values {
  const texts = lists.filter(isStrings);
  if (texts.length === 0) return [...new Set((lists as readonly Exclude<Values, Strings>[]).flat())];
  using table = new NameTable();
  for (const list of texts) table.addAll(list);
  return table.names();
}

/** `values` in the order that anndata gives to the categories of a union. */
export function ordered(values: Values): Values {
  return isStrings(values) ? natsorted(values) : [...values].sort((a, b) => Number(a) - Number(b));
}

/** Tells where each value of a list stands among `all`, in which it is; -1 where it is not. */
export class Places implements Disposable {
  readonly #all: Values;
  readonly #table = new NameTable();
  readonly #numbers = new Map<number | boolean, number>();

  /** Places among `all`, each of which is there once. */
  constructor(all: Values) {
    this.#all = all;
    if (isStrings(all)) this.#table.addAll(all);
    else all.forEach((value, at) => this.#numbers.set(value, at));
  }

  /** The places of `values`. */
  of(values: Values): Int32Array {
    if (!isStrings(values)) return Int32Array.from(values, (value) => this.#numbers.get(value) ?? -1);
    const most = countOf(this.#all);
    return this.#table.addAll(values).map((id) => id < most ? id : -1);
  }

  /** Free the memory. */
  [Symbol.dispose](): void {
    this.#table[Symbol.dispose]();
  }
}
