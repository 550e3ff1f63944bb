/**
 * Filling a one-dimensional array: one piece after the other, chunk by chunk.
 *
 * @module
 */
import { isNumeric, itemBytes, type NumericType, viewAs } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import { cell, cells, intersect, type Range, shift, size, whole } from "../base/range.ts";
import { isStrings, rowCount, StringsBuilder, utf8 } from "../base/strings.ts";
import { textsOf, type Values } from "../base/values.ts";
import type { AppendElement, AppendPart, AppendSource, Transform } from "../plan/element.ts";
import { unitShape } from "../plan/grid.ts";
import { fillBytes } from "../storage/fill.ts";
import type { ArrayNode, ArrayWriter } from "../storage/node.ts";
import { NumberCursor, repeat, TextCursor } from "../stream/cursor.ts";
import { PointerCursor } from "../stream/pointers.ts";
import type { Bench } from "./bench.ts";
import { copyChunk } from "./copy.ts";
import { GatheredTexts, gatherNumbers, layerElement, type LayerReader } from "./gathered.ts";
import type { Inputs } from "./inputs.ts";
import { pythonFloat, pythonText } from "../plan/text.ts";

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

/** A part, with what of it lies under a range: in the part's own positions, and in the range's. */
interface Under {
  readonly number: number;
  readonly part: AppendPart;
  readonly own: Range;
  readonly at: Range;
}

/** The parts under `range`, with what of it each has, in the part's own positions and in the range's. */
function* under(
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

/** Reads whole layers of `element` by the fillers below. */
function layerReader(inputs: Inputs, element: AppendElement): LayerReader {
  return {
    async numbers(source: AppendSource, rows: number, dtype: NumericType) {
      const own = layerElement({ ...element, spec: { ...element.spec, dtype } }, source, rows);
      const into = new Uint8Array(rows * itemBytes(dtype));
      await filled(new NumberFiller(inputs, own), (filler) => filler.read(whole(rows), into));
      return into;
    },
    async texts(source: AppendSource, rows: number) {
      const own = layerElement(element, source, rows), into = new StringsBuilder();
      await filled(new TextFiller(inputs, own), (filler) => filler.read(whole(rows), into));
      return into;
    },
  };
}

/** Read from `filler`, and free what it has open. */
async function filled<F extends { close(): Promise<void> }>(
  filler: F,
  read: (filler: F) => Promise<void>,
): Promise<void> {
  try {
    await read(filler);
  } finally {
    await filler.close();
  }
}

/** The cursor of the part that is being read: parts come one after the other, so one is open at a time. */
class OpenCursor<C extends { readonly position: number; close(): Promise<void> }> {
  readonly #inputs: Inputs;
  readonly #cursorOf: (node: ArrayNode, range: Range, part: AppendPart) => C;
  #open: { readonly number: number; readonly cursor: C } | undefined;

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

  async close(): Promise<void> {
    await this.#open?.cursor.close();
    this.#open = undefined;
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

/** The values of an element of numbers: from front to back without reading anything twice, and from anywhere. */
export class NumberFiller {
  readonly #element: AppendElement;
  readonly #dtype: NumericType;
  readonly #inputs: Inputs;
  readonly #cursor: OpenCursor<NumberCursor>;
  readonly #pointers: OpenCursor<PointerCursor>;
  readonly #gathered = new Map<number, Uint8Array>();

  /** The values of `element`. */
  constructor(inputs: Inputs, element: AppendElement) {
    const { dtype } = element.spec;
    if (!isNumeric(dtype)) throw new TypeError(`Cannot append values of this type to "${element.path}"`);
    this.#inputs = inputs;
    this.#element = element;
    this.#dtype = dtype;
    this.#cursor = new OpenCursor(inputs, (node, range) => new NumberCursor(node, range));
    this.#pointers = new OpenCursor(
      inputs,
      (node, range, part) => new PointerCursor(node, entriesOf(part), range.start),
    );
  }

  /** Read the values in `range` into `into`, which holds just as many. */
  async read(range: Range, into: Uint8Array): Promise<void> {
    const item = itemBytes(this.#dtype), found = [...under(this.#element.parts, range)];
    if (found.reduce((sum, { own }) => sum + size(own), 0) < size(range)) into.fill(0);
    for (const { number, part, own, at } of found) {
      await this.#fill(number, part, own, into.subarray(at.start * item, at.end * item));
    }
  }

  /** Free what is open. */
  async close(): Promise<void> {
    await this.#cursor.close();
    await this.#pointers.close();
  }

  async #fill(number: number, part: AppendPart, own: Range, into: Uint8Array): Promise<void> {
    const { source } = part, dtype = this.#dtype;
    if (source.from === "value") {
      into.set(fillBytes(dtype, source.value));
      return repeat(into, itemBytes(dtype));
    }
    if (source.from === "list") return setAll(into, dtype, this.#numbers(source.values).slice(own.start, own.end));
    if (source.from === "gathered") {
      const reader = layerReader(this.#inputs, this.#element), item = itemBytes(dtype);
      const all = this.#gathered.get(number) ?? await gatherNumbers(this.#inputs, reader, source, size(part.at), dtype);
      this.#gathered.set(number, all);
      return into.set(all.subarray(own.start * item, own.end * item));
    }
    const { transform } = source;
    if (transform.kind === "pointers") return await this.#fillPointers(number, part, own, into, transform.by);
    const cursor = await this.#cursor.at(number, part, own.start);
    if (transform.kind === "copy") return await cursor.read(size(own), into, dtype);
    const item = itemBytes(dtype);
    for (const { start, end } of pieces(size(own))) {
      const values = await this.#changed(cursor, end - start, transform);
      setAll(into.subarray(start * item, end * item), dtype, values);
    }
  }

  /** Pointers of a matrix whose entries come after `by` others; the last one is read to see that it is right. */
  async #fillPointers(number: number, part: AppendPart, own: Range, into: Uint8Array, by: number): Promise<void> {
    const cursor = await this.#pointers.at(number, part, own.start), item = itemBytes(this.#dtype);
    for (const { start, end } of pieces(size(own))) {
      const values = (await cursor.read(end - start)).map((pointer) => pointer + by);
      setAll(into.subarray(start * item, end * item), this.#dtype, values);
    }
    if (own.end === size(part.at)) await cursor.read(1);
  }

  /** The next `count` values of `cursor`, as `transform` changes them. */
  async #changed(cursor: NumberCursor, count: number, transform: Transform): Promise<ArrayLike<number | boolean>> {
    switch (transform.kind) {
      case "add":
        return (await floats(cursor, count)).map((value) => value + transform.by);
      case "is-nan":
        return (await floats(cursor, count)).map((value) => Number.isNaN(value) ? 1 : 0);
      case "codes":
        return (await codes(cursor, count, transform.map.length)).map((code) =>
          code < 0 ? -1 : transform.map[code] as number
        );
      case "is-missing":
        return (await codes(cursor, count, Infinity)).map((code) => code < 0 ? 1 : 0);
      case "lookup": {
        const missing = typeof transform.missing === "string" ? NaN : Number(transform.missing ?? 0);
        const values = this.#numbers(transform.values), own = await codes(cursor, count, values.length);
        return Array.from(own, (code) => code < 0 ? missing : values[code] as number | boolean);
      }
      default:
        throw new TypeError(`Cannot write text to "${this.#element.path}"`);
    }
  }

  #numbers(values: Values): readonly (number | boolean)[] {
    if (isStrings(values)) throw new TypeError(`Cannot write text to "${this.#element.path}"`);
    return values;
  }
}

/** Entries of the sparse matrix whose pointers `part` has. */
function entriesOf({ source }: AppendPart): number {
  return source.from === "array" && source.transform.kind === "pointers" ? source.transform.entries : 0;
}

/** Elements that are changed at once, so that what they are meanwhile is small however long a chunk is. */
const PIECE = 2 ** 14;

/** `count` elements in pieces. */
function* pieces(count: number): Generator<Range> {
  for (let start = 0; start < count; start += PIECE) yield { start, end: Math.min(count, start + PIECE) };
}

async function floats(cursor: NumberCursor, count: number): Promise<Float64Array> {
  const values = new Float64Array(count);
  await cursor.read(count, asBytes(values), "float64");
  return values;
}

/** The next `count` codes, of so many `categories`; -1 is for none. */
async function codes(cursor: NumberCursor, count: number, categories: number): Promise<Int32Array> {
  const values = new Int32Array(count);
  await cursor.read(count, asBytes(values), "int32");
  const odd = values.find((code) => code >= categories);
  if (odd !== undefined) throw oddCode(cursor, odd, categories);
  return values;
}

function oddCode({ node: { path, source } }: NumberCursor, code: number, categories: number): FormatError {
  const why = `it has the code ${code}, and there are ${categories} categories`;
  return new FormatError(`Cannot read "${path}" of "${source}": ${why}`, { source, element: path });
}

function asBytes(values: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function setAll(into: Uint8Array, dtype: NumericType, values: ArrayLike<number | boolean>): void {
  const view = viewAs(dtype, into);
  if (view instanceof BigInt64Array || view instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) view[i] = BigInt(values[i] as number);
  } else for (let i = 0; i < values.length; i++) view[i] = Number(values[i]);
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

/** The values of an element of text, as {@linkcode NumberFiller} has numbers. */
export class TextFiller {
  readonly #inputs: Inputs;
  readonly #element: AppendElement;
  readonly #cursor: OpenCursor<TextCursor>;
  readonly #numbers: OpenCursor<NumberCursor>;
  readonly #gathered = new Map<number, GatheredTexts>();

  /** The values of `element`. */
  constructor(inputs: Inputs, element: AppendElement) {
    this.#inputs = inputs;
    this.#element = element;
    this.#cursor = new OpenCursor(inputs, (node, range) => new TextCursor(node, range));
    this.#numbers = new OpenCursor(inputs, (node, range) => new NumberCursor(node, range));
  }

  /** Append the rows in `range` to `into`. */
  async read(range: Range, into: StringsBuilder): Promise<void> {
    for (const { number, part, own } of under(this.#element.parts, range)) await this.#fill(number, part, own, into);
  }

  /** Free what is open. */
  async close(): Promise<void> {
    await this.#cursor.close();
    await this.#numbers.close();
  }

  async #fill(number: number, part: AppendPart, own: Range, into: StringsBuilder): Promise<void> {
    const { source } = part;
    if (source.from === "value") {
      const text = utf8(String(source.value ?? ""));
      for (let row = own.start; row < own.end; row++) into.push(text);
      return;
    }
    if (source.from === "list") return into.append(textsOf(source.values), own.start, own.end);
    if (source.from === "gathered") {
      const reader = layerReader(this.#inputs, this.#element);
      const all = this.#gathered.get(number) ??
        await GatheredTexts.read(this.#inputs, reader, source, size(part.at));
      this.#gathered.set(number, all);
      return all.append(own.start, own.end, into);
    }
    const { transform } = source;
    if (transform.kind === "copy") {
      const cursor = await this.#cursor.at(number, part, own.start);
      return await cursor.read(size(own), into, utf8(transform.suffix));
    }
    await this.#fillFromNumbers(number, part, own, into);
  }

  /** Numbers as text, or codes as the text of their categories. */
  async #fillFromNumbers(number: number, part: AppendPart, own: Range, into: StringsBuilder): Promise<void> {
    const { source } = part;
    if (source.from !== "array") return;
    const cursor = await this.#numbers.at(number, part, own.start), { dtype } = cursor, { transform } = source;
    if (transform.kind === "lookup") {
      const texts = textsOf(transform.values), missing = utf8(String(transform.missing ?? ""));
      for (const { start, end } of pieces(size(own))) {
        for (const code of await codes(cursor, end - start, rowCount(texts))) {
          if (code < 0) into.push(missing);
          else into.append(texts, code, code + 1);
        }
      }
    } else if (transform.kind === "text") {
      const print = printer(dtype);
      for (const { start, end } of pieces(size(own))) {
        const bytes = new Uint8Array((end - start) * itemBytes(dtype));
        await cursor.read(end - start, bytes, dtype);
        for (const value of viewAs(dtype, bytes)) into.pushText(print(value) + transform.suffix);
      }
    } else throw new TypeError(`Cannot write numbers to "${this.#element.path}"`);
  }
}

/** Numbers as Python prints them. */
function printer(dtype: NumericType): (value: number | bigint) => string {
  if (dtype === "bool") return (value) => pythonText(value !== 0);
  return dtype.startsWith("float") ? (value) => pythonFloat(Number(value)) : String;
}
