/**
 * The values of a one-dimensional array, whatever its parts come from: numbers, and text.
 *
 * @module
 */
import { bytesOf, isNumeric, itemBytes, type NumericType, viewAs } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import { type Range, size, whole } from "../base/range.ts";
import { isStrings, rowCount, StringsBuilder, utf8 } from "../base/strings.ts";
import { textsOf, type Values } from "../base/values.ts";
import type { AppendElement, AppendPart, AppendSource, Transform } from "../plan/element.ts";
import { pythonFloat, pythonText } from "../plan/text.ts";
import { fillBytes } from "../storage/fill.ts";
import { NumberCursor, repeat, TextCursor } from "../stream/cursor.ts";
import { PointerCursor } from "../stream/pointers.ts";
import { GatheredTexts, gatherNumbers, layerElement, type LayerReader } from "./gathered.ts";
import type { Inputs } from "./inputs.ts";
import { OpenCursor, under } from "./parts.ts";

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
  await cursor.read(count, bytesOf(values), "float64");
  return values;
}

/** The next `count` codes, of so many `categories`; -1 is for none. */
async function codes(cursor: NumberCursor, count: number, categories: number): Promise<Int32Array> {
  const values = new Int32Array(count);
  await cursor.read(count, bytesOf(values), "int32");
  const odd = values.find((code) => code >= categories);
  if (odd !== undefined) throw oddCode(cursor, odd, categories);
  return values;
}

function oddCode({ node: { path, source } }: NumberCursor, code: number, categories: number): FormatError {
  const why = `it has the code ${code}, and there are ${categories} categories`;
  return new FormatError(`Cannot read "${path}" of "${source}": ${why}`, { source, element: path });
}

function setAll(into: Uint8Array, dtype: NumericType, values: ArrayLike<number | boolean>): void {
  const view = viewAs(dtype, into);
  if (view instanceof BigInt64Array || view instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) view[i] = BigInt(values[i] as number);
  } else for (let i = 0; i < values.length; i++) view[i] = Number(values[i]);
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
