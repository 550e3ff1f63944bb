/**
 * A store as it grows: its arrays, chunk by chunk, and the nodes that describe it.
 *
 * @module
 */
import { isNumeric, itemBytes, type NumericType, type TypedArray, viewAs } from "../base/dtype.ts";
import { cell, positions, product, type Range, size, whole } from "../base/range.ts";
import { StringsBuilder, utf8 } from "../base/strings.ts";
import type { ArraySpec, ArrayWriter, Attributes, CodecSpec, NodeSpec, StoreWriter } from "../storage/node.ts";
import { guessChunks } from "./chunks.ts";

/** What anndata says of a node. */
export interface Encoding {
  readonly type: string;
  readonly version: string;
}

/** An array of one dimension that is filled from its start to its end. */
export interface Column {
  /** Append the first `count` of `values`. */
  append(values: TypedArray, count: number): Promise<void>;
  /** Write what is left, once the array is full. */
  close(): Promise<void>;
}

/** Makes one store. */
export class StoreBuilder {
  /** The nodes so far. */
  readonly nodes: NodeSpec[] = [];
  readonly #writer: StoreWriter;
  readonly #codecs: readonly CodecSpec[];
  readonly #pause: () => Promise<void>;

  /** Write with `writer`, and await `pause` before each chunk. */
  constructor(writer: StoreWriter, codecs: readonly CodecSpec[], pause: () => Promise<void>) {
    this.#writer = writer;
    this.#codecs = codecs;
    this.#pause = pause;
  }

  /** Add a group. */
  group(path: string, encoding: Encoding, attrs: Attributes = {}): void {
    this.nodes.push({ kind: "group", path, attrs: { ...attrs, ...attributesOf(encoding) } });
  }

  /** Add an array without dimensions that only says "nothing is here". */
  none(path: string): void {
    this.#array(path, [], "bool", { type: "null", version: "0.1.0" });
  }

  /** Add an array of numbers; `fill` writes the elements of `box` to the view, whose rows are `stride` apart. */
  async numbers(
    path: string,
    shape: readonly number[],
    dtype: NumericType,
    fill: (view: TypedArray, box: readonly Range[], stride: number) => void,
  ): Promise<void> {
    const array = this.#array(path, shape, dtype, { type: "array", version: "0.2.0" });
    const { chunks } = array.spec, bytes = new Uint8Array(product(chunks) * itemBytes(dtype));
    for (const at of positions(shape.map((length, axis) => whole(Math.ceil(length / (chunks[axis] ?? 1)))))) {
      await this.#pause();
      bytes.fill(0);
      const box = at.map((number, axis) => cell(number, chunks[axis] ?? 1, shape[axis] ?? 0));
      fill(viewAs(dtype, bytes), box, chunks.at(-1) ?? 1);
      await array.write(at, bytes);
    }
    await array.close();
  }

  /** Add an array of text. */
  async texts(path: string, length: number, text: (row: number) => string): Promise<void> {
    const array = this.#array(path, [length], "string", { type: "string-array", version: "0.2.0" });
    const step = array.spec.chunks[0] ?? 1, rows = new StringsBuilder();
    for (let number = 0; number * step < length; number++) {
      await this.#pause();
      const range = cell(number, step, length);
      rows.clear();
      for (let row = range.start; row < range.end; row++) rows.push(utf8(text(row)));
      for (let row = size(range); row < step; row++) rows.push(new Uint8Array());
      await array.write([number], rows.view());
    }
    await array.close();
  }

  /** Add an array of numbers that is filled from its start to its end. */
  column(path: string, length: number, dtype: NumericType): Column {
    return new ColumnWriter(this.#array(path, [length], dtype), dtype, this.#pause);
  }

  /** Write the metadata. */
  async finish(): Promise<void> {
    await this.#writer.finish(this.nodes);
  }

  #array(path: string, shape: readonly number[], dtype: NumericType | "string", encoding?: Encoding): ArrayWriter {
    const fill = dtype === "string" ? "" : dtype === "bool" ? false : 0;
    const spec: ArraySpec = {
      shape,
      dtype,
      chunks: shape.length === 0 ? [] : guessChunks(shape, dtype),
      shards: null,
      codecs: this.#codecs,
      fill,
    };
    this.nodes.push({ kind: "array", path, attrs: encoding === undefined ? {} : attributesOf(encoding), spec });
    return this.#writer.array(path, spec);
  }
}

function attributesOf({ type, version }: Encoding): Attributes {
  return { "encoding-type": type, "encoding-version": version };
}

class ColumnWriter implements Column {
  readonly #array: ArrayWriter;
  readonly #bytes: Uint8Array;
  readonly #view: TypedArray;
  readonly #pause: () => Promise<void>;
  #filled = 0;
  #chunk = 0;

  constructor(array: ArrayWriter, dtype: NumericType, pause: () => Promise<void>) {
    if (!isNumeric(dtype)) throw new TypeError("Cannot append text to an array of numbers");
    this.#array = array;
    this.#bytes = new Uint8Array((array.spec.chunks[0] ?? 1) * itemBytes(dtype));
    this.#view = viewAs(dtype, this.#bytes);
    this.#pause = pause;
  }

  async append(values: TypedArray, count: number): Promise<void> {
    for (let done = 0; done < count;) {
      const step = Math.min(count - done, this.#view.length - this.#filled);
      (this.#view as Float64Array).set(values.subarray(done, done + step) as Float64Array, this.#filled);
      this.#filled += step;
      done += step;
      if (this.#filled === this.#view.length) await this.#flush();
    }
  }

  async close(): Promise<void> {
    if (this.#filled > 0) await this.#flush();
    await this.#array.close();
  }

  async #flush(): Promise<void> {
    await this.#pause();
    this.#bytes.fill(0, this.#filled * this.#view.BYTES_PER_ELEMENT);
    await this.#array.write([this.#chunk++], this.#bytes);
    this.#filled = 0;
  }
}
