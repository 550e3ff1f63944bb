/** AnnData stores of any size for the tests, written chunk by chunk through the storage port. */
import { itemBytes, type NumericType, viewAs } from "../lib/base/dtype.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { cell, type Range, size } from "../lib/base/range.ts";
import { StringsBuilder } from "../lib/base/strings.ts";
import { openStoreWriter } from "../lib/storage/create.ts";
import type { ArraySpec, Attributes, CodecSpec, NodeSpec, StoreWriter } from "../lib/storage/node.ts";
import { Random } from "./random.ts";

/** What a store is like. */
export interface MadeStore {
  /** Cells. */
  readonly rows: number;
  /** The genes' names. */
  readonly vars: readonly string[];
  /** The form of X; null for none. */
  readonly x: "dense" | "csr" | "csc" | null;
  /** Seed of the values, and what the cells' names start with. */
  readonly seed: number;
  /**
   * The share of a sparse X that is stored.
   * @default {0.1}
   */
  readonly density?: number;
  /** The length of the cells' names, and how many of them make a chunk. @default short ones, 4096 */
  readonly cells?: { readonly bytes: number; readonly chunk: number };
  /** Texts in `uns/notes`: how many, how long, and how many make a chunk. @default none */
  readonly notes?: { readonly count: number; readonly bytes: number; readonly chunk: number };
  /** The categories of `kind`. @default a few */
  readonly kinds?: readonly string[];
  /** More columns of the cells' numbers: how many. @default none */
  readonly columns?: number;
  /** Every how many entries one has the position of the one before it in its row, where it has one; by default none. */
  readonly repeatEvery?: number;
  /** The type of X. @default {"float32"} */
  readonly dtype?: NumericType;
  /** Chunk lengths of X: rows and columns, or entries. By default one chunk. */
  readonly chunks?: readonly number[];
  /** @default {3} */
  readonly version?: 2 | 3;
  /** @default Blosc with LZ4 */
  readonly codecs?: readonly CodecSpec[];
}

/** Blosc with LZ4 at its lowest level. */
export const BLOSC: CodecSpec = {
  name: "blosc",
  configuration: { cname: "lz4", clevel: 1, shuffle: "shuffle", blocksize: 0 },
};

/** zstd at level 1. */
export const ZSTD: CodecSpec = { name: "zstd", configuration: { level: 1, checksum: false } };

/** Write a store at `path`; returns the path. obs has the columns `n` (int32) and `kind` (categorical). */
export async function writeAnnData(path: string, store: MadeStore): Promise<string> {
  const writer = await openStoreWriter(path, { kind: "zarr", version: store.version ?? 3 }, new BufferPool());
  const made = new Maker(writer, store);
  made.group("", "anndata", "0.1.0");
  if (store.x === "dense") await made.dense();
  else if (store.x !== null) await made.sparse(store.x);
  await made.frames();
  await writer.finish(made.nodes);
  return path;
}

class Maker {
  readonly nodes: NodeSpec[] = [];
  readonly #writer: StoreWriter;
  readonly #store: MadeStore;
  readonly #random: Random;
  readonly #dtype: NumericType;

  constructor(writer: StoreWriter, store: MadeStore) {
    this.#writer = writer;
    this.#store = store;
    this.#random = new Random(store.seed);
    this.#dtype = store.dtype ?? "float32";
  }

  group(path: string, type: string, version: string, attrs: Attributes = {}): void {
    this.nodes.push({
      kind: "group",
      path,
      attrs: { "encoding-type": type, "encoding-version": version, ...attrs },
    });
  }

  async dense(): Promise<void> {
    const shape = [this.#store.rows, this.#store.vars.length], chunks = this.#store.chunks ?? shape;
    const spec = this.#array("X", shape, this.#dtype, chunks, "array"), array = this.#writer.array("X", spec);
    const [down = 1, across = 1] = spec.chunks, values = new Uint8Array(down * across * itemBytes(this.#dtype));
    for (let row = 0; row * down < this.#store.rows; row++) {
      for (let column = 0; column * across < this.#store.vars.length; column++) {
        this.#fill(values);
        await array.write([row, column], values);
      }
    }
    await array.close();
  }

  async sparse(layout: "csr" | "csc"): Promise<void> {
    const shape = [this.#store.rows, this.#store.vars.length] as const;
    const [major, minor] = layout === "csr" ? shape : [shape[1], shape[0]];
    this.group("X", `${layout}_matrix`, "0.1.0", { shape });
    const pointers = new Int32Array(major + 1), indices: number[] = [];
    const most = 2 * (this.#store.density ?? 0.1), { repeatEvery = Infinity } = this.#store;
    for (let row = 0; row < major; row++) {
      const share = this.#random.next() * most, first = indices.length;
      for (let at = 0; at < minor; at++) if (this.#random.next() < share) indices.push(at);
      for (let k = first + 1; k < indices.length; k++) if (k % repeatEvery === 0) indices[k] = indices[k - 1] ?? 0;
      pointers[row + 1] = indices.length;
    }
    const data = new Uint8Array(indices.length * itemBytes(this.#dtype));
    this.#fill(data);
    const chunk = this.#store.chunks ?? [indices.length];
    await this.#column("X/indptr", "int32", bytesOf(pointers), [major + 1]);
    await this.#column("X/indices", "int32", bytesOf(Int32Array.from(indices)), chunk);
    await this.#column("X/data", this.#dtype, data, chunk);
  }

  async frames(): Promise<void> {
    const { rows, vars, seed, columns = 0 } = this.#store;
    const frame = { "_index": "_index" }, more = Array.from({ length: columns }, (_, at) => `c${at}`);
    this.group("obs", "dataframe", "0.2.0", { ...frame, "column-order": ["n", "kind", ...more] });
    const { bytes = 0, chunk } = this.#store.cells ?? {};
    await this.#texts("obs/_index", rows, (row) => `cell${seed}_${String(row).padStart(bytes - 7, "0")}`, chunk);
    const numbers = bytesOf(Int32Array.from({ length: rows }, (_, row) => row * seed));
    for (const name of ["n", ...more]) await this.#column(`obs/${name}`, "int32", numbers, [4096], true);
    this.group("obs/kind", "categorical", "0.2.0", { ordered: false });
    const { kinds = ["a", `b${seed}`, "c"] } = this.#store;
    const codes = Int32Array.from({ length: rows }, () => Math.floor(this.#random.next() * (kinds.length + 1)) - 1);
    const stored = kinds.length > 127 ? codes : Int8Array.from(codes);
    await this.#column("obs/kind/codes", stored === codes ? "int32" : "int8", bytesOf(stored), [4096], true);
    await this.#texts("obs/kind/categories", kinds.length, (row) => kinds[row] ?? "");
    this.group("var", "dataframe", "0.2.0", { ...frame, "column-order": [] });
    await this.#texts("var/_index", vars.length, (row) => vars[row] ?? "");
    const { notes } = this.#store;
    if (notes === undefined) return;
    this.group("uns", "dict", "0.1.0");
    await this.#texts("uns/notes", notes.count, (row) => String(row).padEnd(notes.bytes, "x"), notes.chunk);
  }

  #array(
    path: string,
    shape: readonly number[],
    dtype: ArraySpec["dtype"],
    chunks: readonly number[],
    encoding?: string,
  ): ArraySpec {
    const spec: ArraySpec = {
      shape,
      dtype,
      chunks: chunks.map((chunk, axis) => Math.max(1, Math.min(chunk, shape[axis] ?? 1))),
      shards: null,
      codecs: this.#store.codecs ?? [BLOSC],
      fill: dtype === "string" ? "" : 0,
    };
    const attrs: Attributes = encoding === undefined ? {} : { "encoding-type": encoding, "encoding-version": "0.2.0" };
    this.nodes.push({ kind: "array", path, attrs, spec });
    return spec;
  }

  async #column(
    path: string,
    dtype: NumericType,
    values: Uint8Array,
    chunks: readonly number[],
    isElement = false,
  ): Promise<void> {
    const item = itemBytes(dtype), length = values.length / item;
    const spec = this.#array(path, [length], dtype, chunks, isElement ? "array" : undefined);
    const array = this.#writer.array(path, spec), step = spec.chunks[0] ?? 1, chunk = new Uint8Array(step * item);
    for (let number = 0; number * step < length; number++) {
      const { start, end } = cell(number, step, length);
      chunk.fill(0);
      chunk.set(values.subarray(start * item, end * item));
      await array.write([number], chunk);
    }
    await array.close();
  }

  async #texts(path: string, length: number, text: (row: number) => string, most = 4096): Promise<void> {
    const spec = this.#array(path, [length], "string", [most], "string-array");
    const array = this.#writer.array(path, spec), step = spec.chunks[0] ?? 1;
    for (let number = 0; number * step < length; number++) {
      const range: Range = cell(number, step, length), rows = new StringsBuilder();
      for (let row = range.start; row < range.end; row++) rows.pushText(text(row));
      for (let row = size(range); row < step; row++) rows.pushText("");
      await array.write([number], rows.finish());
    }
    await array.close();
  }

  /** Small whole numbers, as counts are. */
  #fill(bytes: Uint8Array): void {
    const view = viewAs(this.#dtype, bytes);
    if (view instanceof BigInt64Array || view instanceof BigUint64Array) {
      for (let i = 0; i < view.length; i++) view[i] = BigInt(this.#random.below(100) + 1);
    } else for (let i = 0; i < view.length; i++) view[i] = this.#dtype === "bool" ? 1 : this.#random.below(100) + 1;
  }
}

function bytesOf(values: Int32Array | Int8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
