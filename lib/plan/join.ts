/**
 * Joining the names of the axis that is not concatenated along.
 *
 * Source: anndata `merge_indices`, a left fold of pandas' `Index.intersection` or `Index.union`.
 *
 * @module
 */
import { compareRows, doubled, free, rowCount, rowText, type Strings, StringsBuilder } from "../base/strings.ts";

/** What a join makes of several indexes. */
export interface JoinedIndex {
  /** The joined names. */
  readonly names: Strings;
  /** How many names differ, whether they are joined or dropped. */
  readonly distinct: number;
  /** For every index, where each of its positions goes: -1 where its name is dropped; null where nothing changes. */
  readonly reindexes: readonly (Int32Array | null)[];
  /** The numbers of the indexes in which a name stands more than once (see {@linkcode duplicates}). */
  readonly repeating: readonly number[];
}

/** Join distinct `indexes`. It is of use only where none of them is repeating. */
export function joinIndexes(indexes: readonly Strings[], join: "inner" | "outer"): JoinedIndex {
  using table = new NameTable();
  const ids = indexes.map((index) => table.addAll(index));
  const joined = join === "inner" ? intersection(ids, table.count) : union(ids, table);
  const position = new Int32Array(table.count).fill(-1);
  joined.forEach((id, at) => position[id] = at);
  const repeats = repeating(ids, table.count), names = table.names(joined);
  const reindexes = ids.map((index) => {
    for (let at = 0; at < index.length; at++) index[at] = position[index[at] as number] as number;
    return index.length === joined.length && index.every((to, from) => to === from) ? null : index;
  });
  free(position);
  return { names, reindexes, repeating: repeats, distinct: table.count };
}

/** Names that stand more than once in `index`: how many rows repeat an earlier one, and the first few such names. */
export function duplicates(index: Strings): { readonly count: number; readonly names: readonly string[] } {
  const seen = new Set<string>();
  let count = 0, fresh = 0;
  using table = new NameTable();
  table.addAll(index).forEach((id, row) => {
    if (id === fresh) return void fresh++;
    count++;
    if (seen.size < 3) seen.add(rowText(index, row));
  });
  return { count, names: [...seen] };
}

/** Which of `ids` hold one of `count` numbers more than once. */
function repeating(ids: readonly Int32Array[], count: number): number[] {
  const last = new Int32Array(count).fill(-1);
  return ids.flatMap((index, number) => {
    let repeats = 0;
    for (const id of index) {
      if (last[id] === number) repeats++;
      last[id] = number;
    }
    return repeats > 0 ? [number] : [];
  });
}

/** Order of the first, restricted to what is in all. */
function intersection(ids: readonly Int32Array[], count: number): Int32Array {
  const inputs = new Uint32Array(count);
  for (const index of ids) for (const id of index) inputs[id] = (inputs[id] ?? 0) + 1;
  return (ids[0] ?? new Int32Array()).filter((id) => inputs[id] === ids.length);
}

/**
 * pandas' union, folded: unchanged where both are equal or one is empty, else sorted by code point. Once it is sorted it
 * stays so, whatever follows: then it is all names, and one sorting is enough.
 */
function union(ids: readonly Int32Array[], table: NameTable): Int32Array {
  const [first = new Int32Array(), ...others] = ids.filter((index) => index.length > 0);
  return others.every((next) => sameOrder(first, next)) ? first : table.sorted();
}

function sameOrder(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}

/**
 * Every name once, with a number: a hash table over UTF-8 bytes. Names stay where they are, and no object is made for
 * any of them: there may be millions.
 */
export class NameTable implements Disposable {
  readonly #indexes: Strings[] = [];
  #slots = new Int32Array(2048).fill(-1);
  /** Of each number: the name's hash, in which of the indexes it stands first, and where. */
  #hashes = new Int32Array(1024);
  #sources = new Int32Array(1024);
  #rows = new Int32Array(1024);
  #count = 0;

  /** How many names there are. */
  get count(): number {
    return this.#count;
  }

  /** The numbers of the names in `index`; those that are new are added. */
  addAll(index: Strings): Int32Array {
    const ids = new Int32Array(rowCount(index)), source = this.#indexes.push(index) - 1;
    for (let row = 0; row < ids.length; row++) ids[row] = this.#add(index, source, row);
    return ids;
  }

  /** All numbers in the order of their names' code points, which is that of their UTF-8 bytes. */
  sorted(): Int32Array {
    // Merging runs: V8's own sort makes lists of objects, three times what the numbers take.
    let from: Int32Array = this.#ids(), into: Int32Array = new Int32Array(this.#count);
    for (let run = 1; run < this.#count; run *= 2) {
      for (let start = 0; start < this.#count; start += 2 * run) {
        this.#merge(from, into, start, Math.min(start + run, this.#count), Math.min(start + 2 * run, this.#count));
      }
      [from, into] = [into, from];
    }
    free(into);
    return from;
  }

  /** Merge the sorted runs of `from` that start at `left` and at `right`, and end where the other starts and at `end`. */
  #merge(from: Int32Array, into: Int32Array, left: number, right: number, end: number): void {
    for (let to = left, a = left, b = right; to < end; to++) {
      const isLeft = b >= end || (a < right && this.#compare(from[a] as number, from[b] as number) <= 0);
      into[to] = from[isLeft ? a++ : b++] as number;
    }
  }

  /** The names with the numbers `ids`; by default all in the order of their numbers. */
  names(ids: Int32Array = this.#ids()): Strings {
    using builder = new StringsBuilder();
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] as number, row = this.#rows[id] as number;
      builder.append(this.#indexOf(id), row, row + 1);
    }
    return builder.finish();
  }

  #add(index: Strings, source: number, row: number): number {
    const hash = hashOf(index, row), mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (; this.#slots[slot] !== -1; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] as number;
      if (this.#hashes[id] === hash && compareRows(this.#indexOf(id), this.#rows[id] as number, index, row) === 0) {
        return id;
      }
    }
    const id = this.#count++;
    if (id >= this.#hashes.length) {
      [this.#hashes, this.#sources, this.#rows] = [doubled(this.#hashes), doubled(this.#sources), doubled(this.#rows)];
    }
    this.#hashes[id] = hash;
    this.#sources[id] = source;
    this.#rows[id] = row;
    this.#slots[slot] = id;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    return id;
  }

  #ids(): Int32Array {
    return Int32Array.from({ length: this.#count }, (_, id) => id);
  }

  #indexOf(id: number): Strings {
    return this.#indexes[this.#sources[id] as number] as Strings;
  }

  #compare(a: number, b: number): number {
    return compareRows(this.#indexOf(a), this.#rows[a] as number, this.#indexOf(b), this.#rows[b] as number);
  }

  /** Free the table; the names are not its own. */
  [Symbol.dispose](): void {
    for (const array of [this.#slots, this.#hashes, this.#sources, this.#rows]) free(array);
  }

  #grow(): void {
    const { length } = this.#slots;
    free(this.#slots);
    this.#slots = new Int32Array(length * 2).fill(-1);
    const mask = this.#slots.length - 1;
    for (let id = 0; id < this.#count; id++) {
      let slot = (this.#hashes[id] as number) & mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & mask;
      this.#slots[slot] = id;
    }
  }
}

/** FNV-1a with a final mix. */
function hashOf({ offsets, bytes }: Strings, row: number): number {
  const end = offsets[row + 1] as number;
  let hash = 0x811c9dc5;
  for (let i = offsets[row] as number; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 13);
}
