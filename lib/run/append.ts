/**
 * Filling a one-dimensional array: one piece after the other, chunk by chunk.
 *
 * @module
 */
import { itemBytes } from "../base/dtype.ts";
import { cell, cells, type Range, size } from "../base/range.ts";
import { StringsBuilder } from "../base/strings.ts";
import type { AppendElement } from "../plan/element.ts";
import { unitShape } from "../plan/grid.ts";
import type { ArrayWriter } from "../storage/node.ts";
import type { Bench } from "./bench.ts";
import { copyChunk } from "./copy.ts";
import { NumberFiller, TextFiller } from "./fillers.ts";
import { type Under, under } from "./parts.ts";

/** Fill the stored objects `units` of `element`. */
export async function fillAppend(bench: Bench, element: AppendElement, units: Range): Promise<void> {
  const { spec, path } = element,
    unit = unitShape(spec)[0] ?? 1,
    chunk = spec.chunks[0] ?? 1,
    length = spec.shape[0] ?? 0;
  const filler = spec.dtype === "string" ? new TextChunks(bench, element) : new NumberChunks(bench, element);
  try {
    const writer = bench.store.array(path, spec);
    for (let at = units.start; at < units.end; at++) {
      const chunks = cells(cell(at, unit, length), chunk);
      for (let number = chunks.start; number < chunks.end; number++) {
        await filler.chunk(writer, number, cell(number, chunk, length));
      }
    }
    await writer.close();
  } finally {
    await filler.close();
  }
}

/** Writes the chunks of numbers. */
class NumberChunks {
  readonly #bench: Bench;
  readonly #element: AppendElement;
  readonly #item: number;
  readonly #chunk: Uint8Array<ArrayBuffer>;
  readonly #values: NumberFiller;
  /** The part in which the last chunk started. */
  #part: number | undefined;

  constructor(bench: Bench, element: AppendElement) {
    this.#bench = bench;
    this.#element = element;
    this.#values = new NumberFiller(bench, element);
    this.#item = itemBytes(element.spec.dtype);
    this.#chunk = bench.pool.take((element.spec.chunks[0] ?? 1) * this.#item);
  }

  async chunk(writer: ArrayWriter, number: number, range: Range): Promise<void> {
    const found = [...under(this.#element.parts, range)], [first] = found;
    if (this.#part !== first?.number) this.#bench.pool.clear(); // chunks of another store have other sizes
    this.#part = first?.number;
    if (await this.#copy(writer, number, found)) return;
    const bytes = size(range) * this.#item;
    await this.#values.read(range, this.#chunk.subarray(0, bytes));
    this.#chunk.fill(0, bytes);
    await writer.write([number], this.#chunk);
  }

  async close(): Promise<void> {
    await this.#values.close();
    this.#bench.pool.give(this.#chunk);
  }

  async #copy(
    writer: ArrayWriter,
    number: number,
    [first, ...others]: readonly Under[],
  ): Promise<boolean> {
    const length = this.#element.spec.chunks[0] ?? 1;
    if (first === undefined || others.length > 0 || first.own.start % length !== 0) return false;
    const { source } = first.part;
    if (source.from !== "array" || source.transform.kind !== "copy") return false;
    const node = await this.#bench.array(source.input, source.path);
    return await copyChunk(this.#bench.pool, node, [first.own.start / length], writer, [number]);
  }
}

/** Writes the chunks of text. */
class TextChunks {
  readonly #element: AppendElement;
  readonly #rows = new StringsBuilder();
  readonly #values: TextFiller;

  constructor(bench: Bench, element: AppendElement) {
    this.#element = element;
    this.#values = new TextFiller(bench, element);
  }

  async chunk(writer: ArrayWriter, number: number, range: Range): Promise<void> {
    this.#rows.clear();
    await this.#values.read(range, this.#rows);
    const length = this.#element.spec.chunks[0] ?? 1, nothing = new Uint8Array();
    while (this.#rows.rows < length) this.#rows.push(nothing);
    await writer.write([number], this.#rows.view());
  }

  async close(): Promise<void> {
    await this.#values.close();
  }
}
