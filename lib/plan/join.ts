/**
 * Joining the names of the axis that is not concatenated along.
 *
 * Source: anndata `merge_indices`, a left fold of pandas' `Index.intersection` or `Index.union`.
 *
 * @module
 */
import { rowBytes, rowCount, rowText, type Strings, StringsBuilder } from "../base/strings.ts";

/** What a join makes of several indexes. */
export interface JoinedIndex {
  /** The joined names. */
  readonly names: Strings;
  /** For every index, where each of its positions goes: -1 where its name is dropped; null where nothing changes. */
  readonly reindexes: readonly (Int32Array | null)[];
}

/** Join distinct `indexes`, whose names must each be unique (see {@linkcode duplicates}). */
export function joinIndexes(indexes: readonly Strings[], join: "inner" | "outer"): JoinedIndex {
  const table = new NameTable();
  const ids = indexes.map((index) => table.addAll(index));
  const joined = join === "inner" ? intersection(ids, table.count) : union(ids, table);
  const position = new Int32Array(table.count).fill(-1);
  joined.forEach((id, at) => position[id] = at);
  const reindexes = ids.map((index) => {
    const map = index.map((id) => position[id] ?? -1);
    return map.length === joined.length && map.every((to, from) => to === from) ? null : map;
  });
  return { names: table.names(joined), reindexes };
}

/** Names that stand more than once in `index`: how many rows repeat an earlier one, and the first few such names. */
export function duplicates(index: Strings): { readonly count: number; readonly names: readonly string[] } {
  const table = new NameTable(), seen = new Set<string>();
  let count = 0;
  for (let row = 0; row < rowCount(index); row++) {
    const known = table.count;
    table.add(rowBytes(index, row));
    if (table.count > known) continue;
    count++;
    if (seen.size < 3) seen.add(rowText(index, row));
  }
  return { count, names: [...seen] };
}

/** Order of the first, restricted to what is in all. */
function intersection(ids: readonly Int32Array[], count: number): Int32Array {
  const inputs = new Uint32Array(count);
  for (const index of ids) for (const id of index) inputs[id] = (inputs[id] ?? 0) + 1;
  return (ids[0] ?? new Int32Array()).filter((id) => inputs[id] === ids.length);
}

/** pandas' union, folded: unchanged where both are equal or one is empty, else sorted by code point. */
function union(ids: readonly Int32Array[], table: NameTable): Int32Array {
  return ids.reduce((joined, next) => {
    if (next.length === 0 || sameOrder(joined, next)) return joined;
    if (joined.length === 0) return next;
    return table.sorted(new Set([...joined, ...next]));
  });
}

function sameOrder(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}

/** Every name once, with a number: a hash table over UTF-8 bytes. */
class NameTable {
  #slots = new Int32Array(2048).fill(-1);
  #hashes = new Int32Array(1024);
  #names = new StringsBuilder();

  get count(): number {
    return this.#names.rows;
  }

  /** The number of `name`, which is added where it is new. */
  add(name: Uint8Array): number {
    const hash = hashOf(name), strings = this.#names.view(), mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (; this.#slots[slot] !== -1; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] as number;
      if (this.#hashes[id] === hash && sameBytes(strings.bytes, strings.offsets, id, name)) return id;
    }
    const id = this.#names.rows;
    this.#names.push(name);
    this.#slots[slot] = id;
    this.#remember(id, hash);
    return id;
  }

  addAll(index: Strings): Int32Array {
    return Int32Array.from({ length: rowCount(index) }, (_, row) => this.add(rowBytes(index, row)));
  }

  /** `ids` in the order of their names' code points, which is that of their UTF-8 bytes. */
  sorted(ids: Set<number>): Int32Array {
    const { offsets, bytes } = this.#names.view();
    return Int32Array.from([...ids].sort((a, b) => compareBytes(bytes, offsets, a, b)));
  }

  names(ids: Int32Array): Strings {
    const builder = new StringsBuilder(), strings = this.#names.view();
    for (const id of ids) builder.push(rowBytes(strings, id));
    return builder.finish();
  }

  #remember(id: number, hash: number): void {
    if (id >= this.#hashes.length) {
      const grown = new Int32Array(this.#hashes.length * 2);
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes[id] = hash;
    if (this.#names.rows * 2 <= this.#slots.length) return;
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = this.#slots.length - 1;
    for (let known = 0; known <= id; known++) {
      let slot = (this.#hashes[known] as number) & mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & mask;
      this.#slots[slot] = known;
    }
  }
}

/** FNV-1a with a final mix. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 13);
}

function sameBytes(bytes: Uint8Array, offsets: Uint32Array, id: number, name: Uint8Array): boolean {
  const start = offsets[id] as number;
  if ((offsets[id + 1] as number) - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  return true;
}

function compareBytes(bytes: Uint8Array, offsets: Uint32Array, a: number, b: number): number {
  const startA = offsets[a] as number, startB = offsets[b] as number;
  const lengthA = (offsets[a + 1] as number) - startA, lengthB = (offsets[b + 1] as number) - startB;
  for (let i = 0; i < Math.min(lengthA, lengthB); i++) {
    const order = (bytes[startA + i] as number) - (bytes[startB + i] as number);
    if (order !== 0) return order;
  }
  return lengthA - lengthB;
}
