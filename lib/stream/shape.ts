/**
 * Reindexing sparse rows: minor positions are mapped, dropped, sorted, summed where they meet, and filled.
 *
 * @module
 */
import { FormatError } from "../base/errors.ts";
import { countRows, type Repeats, type RowChange, shapeRows, type Steps, stepsOf } from "../kernel/rows.ts";
import type { BufferPool } from "../base/pool.ts";
import { roomFor } from "./rows.ts";
import { family, itemBytes, type NumericType, viewAs } from "../base/dtype.ts";

/** How rows are changed. */
export interface Reshape {
  /** Where each minor position goes, -1: nowhere; null: where it is. */
  readonly map: Int32Array | null;
  /** How many minor positions there are before the change. */
  readonly minor: number;
  /** Minor positions (after the change, increasing) that get the fill value in every row; null for none. */
  readonly missing: Int32Array | null;
  /** What messages call the matrix. */
  readonly name: string;
}

/** Changes rows. Rows come out sorted and without duplicates. */
export class RowShaper {
  /** Minor positions of the rows that came out. */
  indices = new Int32Array();
  /** Values of the rows that came out: in the shaper's memory, or where they were if none has moved. */
  data: Uint8Array<ArrayBuffer> = new Uint8Array();
  readonly #pool: BufferPool;
  #taken: Uint8Array<ArrayBuffer>[] = [];
  readonly #width: number;
  readonly #dtype: NumericType;
  readonly #fill: Uint8Array;
  /** What is known of the map that rows were changed by last. */
  #known: { readonly map: Int32Array; readonly keepsAll: boolean; readonly steps: Steps | null } | undefined;

  /** For rows with `minor` positions after the change. `fill`: the bytes of the value of what is missing. */
  constructor(pool: BufferPool, minor: number, dtype: NumericType, fill = new Uint8Array(itemBytes(dtype))) {
    this.#pool = pool;
    this.#width = minor;
    this.#dtype = dtype;
    this.#fill = fill;
  }

  /**
   * Change the rows that `pointers` cut `indices` into. Afterwards {@linkcode indices} holds them and
   * {@linkcode data} their values, cut by the pointers that are returned.
   */
  shape(
    reshape: Reshape,
    pointers: Float64Array,
    indices: Int32Array,
    data: Uint8Array<ArrayBuffer>,
  ): Float64Array {
    const rows = pointers.length - 1, count = (pointers[rows] as number) - (pointers[0] as number);
    const own = this.#reserve(count + rows * (reshape.missing?.length ?? 0));
    const into = { pointers: new Float64Array(rows + 1), indices: this.indices, data: own };
    const change = this.#change(reshape), refuse = refusing(reshape);
    const { repeats, keepsValues } = shapeRows(change, { pointers, indices, data }, this.#fill, into, refuse);
    this.data = keepsValues ? data : own;
    if (repeats.length > 0) this.#add(data, repeats);
    return into.pointers;
  }

  /** How many entries each row that `pointers` cut `indices` into will have: {@linkcode shape} without making them. */
  count(reshape: Reshape, pointers: Float64Array, indices: Int32Array): Float64Array {
    const counts = new Float64Array(pointers.length);
    // What drops nothing changes no count: no two positions meet under a map.
    const change = this.#change(reshape),
      map = change.map === null || this.#about(change.map).keepsAll ? null : change.map;
    countRows({ ...change, map }, { pointers, indices }, counts.subarray(1), refusing(reshape));
    for (let row = 1; row < counts.length; row++) counts[row] = (counts[row - 1] as number) + (counts[row] as number);
    return counts;
  }

  #about(map: Int32Array): { readonly keepsAll: boolean; readonly steps: Steps | null } {
    if (this.#known?.map !== map) {
      this.#known = { map, keepsAll: map.every((to) => to >= 0), steps: stepsOf(map, this.#width) };
    }
    return this.#known;
  }

  #change({ map, minor, missing }: Reshape): RowChange {
    const steps = map === null || missing !== null ? null : this.#about(map).steps;
    return { map, steps, minor, width: this.#width, missing };
  }

  /** Add values that have the position of another one, in their order. */
  #add(data: Uint8Array<ArrayBuffer>, repeats: Repeats): void {
    const source = viewAs(this.#dtype, data), target = viewAs(this.#dtype, this.data);
    const parts = family(this.#dtype) === "complex" ? 2 : 1;
    for (const [place, origin] of repeats) {
      for (let part = 0; part < parts; part++) {
        const to = place * parts + part, from = origin * parts + part;
        if (this.#dtype === "bool") target[to] = Number(target[to]) | Number(source[from]);
        else if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
          target[to] = (target[to] as bigint) + (source[from] as bigint);
        } else target[to] = (target[to] as number) + (source[from] as number);
      }
    }
  }

  /** Make room in {@linkcode indices}, and return room for as many values. */
  #reserve(entries: number): Uint8Array<ArrayBuffer> {
    const [, known] = this.#taken;
    if (known !== undefined && entries <= this.indices.length) return known;
    this.release();
    const room = roomFor(entries), indices = this.#pool.take(room * 4);
    const values = this.#pool.take(room * itemBytes(this.#dtype));
    this.indices = new Int32Array(indices.buffer, 0, room);
    this.#taken = [indices, values];
    return values;
  }

  /** Give the memory back. */
  release(): void {
    for (const bytes of this.#taken) this.#pool.give(bytes);
    this.#taken = [];
    this.indices = new Int32Array();
    this.data = new Uint8Array();
  }
}

function refusing({ name, minor }: Reshape): (index: number) => never {
  return (index) => {
    throw new FormatError(`Cannot read ${name}: it holds the index ${index} where there are ${minor}`);
  };
}
