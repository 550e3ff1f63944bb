/**
 * Values along the joined axis, brought to its order: the whole of a column at once, as the axis' names are in memory
 * too.
 *
 * @module
 */
import { itemBytes, type NumericType } from "../base/dtype.ts";
import { whole } from "../base/range.ts";
import { rowBytes, StringsBuilder, utf8 } from "../base/strings.ts";
import type { AppendElement, AppendSource, GatheredLayer, GatheredSource } from "../plan/element.ts";
import { fillBytes } from "../storage/fill.ts";
import { repeat } from "../stream/cursor.ts";
import type { Inputs } from "./inputs.ts";

/** Reads the `rows` rows that a source has. */
export interface LayerReader {
  /** As numbers of type `dtype`. */
  numbers(source: AppendSource, rows: number, dtype: NumericType): Promise<Uint8Array<ArrayBuffer>>;
  /** As text. */
  texts(source: AppendSource, rows: number): Promise<StringsBuilder>;
}

/** The `length` numbers of `source`. */
export async function gatherNumbers(
  inputs: Inputs,
  reader: LayerReader,
  source: GatheredSource,
  length: number,
  dtype: NumericType,
): Promise<Uint8Array> {
  const item = itemBytes(dtype), gathered = new Uint8Array(length * item);
  if (length > 0) gathered.set(fillBytes(dtype, source.missing));
  repeat(gathered, item);
  await place(inputs, reader, source, length, async (layer) => {
    const values = await reader.numbers(layer.source, layer.rows, dtype);
    return (to, from) => {
      for (let byte = 0; byte < item; byte++) gathered[to * item + byte] = values[from * item + byte] as number;
    };
  });
  return gathered;
}

/** Text along the joined axis. */
export class GatheredTexts {
  readonly #texts: StringsBuilder;
  /** The text of every row. */
  readonly #rows: Int32Array;

  private constructor(texts: StringsBuilder, rows: Int32Array) {
    this.#texts = texts;
    this.#rows = rows;
  }

  /** The `length` texts of `source`. */
  static async read(
    inputs: Inputs,
    reader: LayerReader,
    source: GatheredSource,
    length: number,
  ): Promise<GatheredTexts> {
    const texts = new StringsBuilder(), rows = new Int32Array(length);
    texts.push(utf8(String(source.missing ?? "")));
    await place(inputs, reader, source, length, async (layer) => {
      const own = (await reader.texts(layer.source, layer.rows)).view();
      return (to, from) => {
        rows[to] = texts.rows;
        texts.push(rowBytes(own, from));
      };
    });
    return new GatheredTexts(texts, rows);
  }

  /** Append the rows from `start` up to `end` to `into`. */
  append(start: number, end: number, into: StringsBuilder): void {
    const texts = this.#texts.view();
    for (let row = start; row < end; row++) into.push(rowBytes(texts, this.#rows[row] as number));
  }
}

/** Tell where each layer's rows go: `open` gives what takes a row of the result from a row of the layer. */
async function place(
  inputs: Inputs,
  reader: LayerReader,
  { layers }: GatheredSource,
  length: number,
  open: (layer: GatheredLayer) => Promise<(to: number, from: number) => void>,
): Promise<void> {
  const taken = new Uint8Array(length);
  for (const layer of layers) {
    const map = inputs.map(layer.reindex), take = await open(layer);
    const gaps = layer.gaps === null ? null : await reader.numbers(layer.gaps, layer.rows, "bool");
    for (let from = 0; from < layer.rows; from++) {
      const to = map === null ? from : map[from] as number;
      if (to < 0 || taken[to] === 1 || gaps?.[from] === 1) continue;
      taken[to] = 1;
      take(to, from);
    }
  }
}

/** An element that is nothing but the rows of one source. */
export function layerElement(element: AppendElement, source: AppendSource, rows: number): AppendElement {
  return { ...element, spec: { ...element.spec, shape: [rows] }, parts: [{ at: whole(rows), source }] };
}
