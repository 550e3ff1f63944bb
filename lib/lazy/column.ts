/**
 * Columns of dataframes as streams.
 *
 * @module
 */
import { isNumeric, itemBytes, type NumericType, type TypedArray, viewAs } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import { type Range, size } from "../base/range.ts";
import { type Strings, StringsBuilder } from "../base/strings.ts";
import type { ArrayNode, ArraySpec } from "../storage/node.ts";
import { NumberCursor, TextCursor } from "../stream/cursor.ts";
import { type ChunkOptions, type Cut, type ReadOptions, resolveCut, wholeCut } from "./cut.ts";
import { turn } from "../base/turn.ts";

/** Some rows of a column of numbers. Its values are the receiver's to keep and to change. */
export interface NumberChunk {
  /** The discriminant. */
  readonly kind: "numbers";
  /** The rows that it covers. */
  readonly rows: Range;
  /** Their values: bool as bytes of 0 and 1, 64-bit integers as bigints, complex as pairs. */
  readonly values: TypedArray;
}

/** Some rows of a column of text. */
export interface StringChunk {
  /** The discriminant. */
  readonly kind: "strings";
  /** The rows that it covers. */
  readonly rows: Range;
  /** Their text, as UTF-8; `toTexts` makes JavaScript strings of it. */
  readonly values: Strings;
}

/** Some rows of a categorical column. */
export interface CategoricalChunk {
  /** The discriminant. */
  readonly kind: "categorical";
  /** The rows that it covers. */
  readonly rows: Range;
  /** For each row the number of its category; -1 where it has none. */
  readonly codes: TypedArray;
}

/** Some rows of a column in which values may be missing. */
export interface NullableChunk {
  /** The discriminant. */
  readonly kind: "nullable";
  /** The rows that it covers. */
  readonly rows: Range;
  /** Their values; what stands where one is missing has no meaning. */
  readonly values: TypedArray | Strings;
  /** For each row 1 where its value is missing, else 0. */
  readonly mask: Uint8Array;
}

/** What every column has. */
export interface ColumnBase<Chunk> {
  /** Its name; of an index the name that the dataframe gives it, `_index` where it has none. */
  readonly name: string;
  /** Rows. */
  readonly length: number;
  /**
   * Stream it from front to back, in chunks of as many rows as a stored chunk has (2^17 at most) unless `options` say
   * otherwise.
   *
   * @throws {RangeError} where a range is not in the column. The stream itself throws {@linkcode FormatError} where the
   * store is broken, and the signal's reason when it is aborted.
   */
  chunks(options?: ChunkOptions): AsyncGenerator<Chunk, void, void>;
  /** Read it, or some of its rows, as one chunk. The same errors as {@linkcode chunks}. */
  read(options?: ReadOptions): Promise<Chunk>;
}

/** A column of numbers. */
export interface NumberColumn extends ColumnBase<NumberChunk> {
  /** The discriminant. */
  readonly kind: "numbers";
  /** The type of the values. */
  readonly dtype: NumericType;
}

/** A column of text. */
export interface StringColumn extends ColumnBase<StringChunk> {
  /** The discriminant. */
  readonly kind: "strings";
}

/** A column of categories. */
export interface CategoricalColumn extends ColumnBase<CategoricalChunk> {
  /** The discriminant. */
  readonly kind: "categorical";
  /** The categories by their numbers: text, or numbers. */
  readonly categories: readonly (string | number | boolean)[];
  /** Whether their order means something. */
  readonly ordered: boolean;
}

/** A column in which values may be missing. */
export interface NullableColumn extends ColumnBase<NullableChunk> {
  /** The discriminant. */
  readonly kind: "nullable";
  /** The type of the values. */
  readonly dtype: NumericType | "string";
}

/** A column of a dataframe. */
export type Column = NumberColumn | StringColumn | CategoricalColumn | NullableColumn;

/** What a column is made from. */
export interface ColumnOrigin {
  /** The column's name. */
  readonly name: string;
  /** What messages call it. */
  readonly label: string;
  readonly length: number;
  readonly pool: BufferPool;
  /** The array of that name below the column (`""`: the column itself), for one pass. */
  array(name: string): Promise<ArrayNode>;
}

/** More rows than this are not brought into memory at once unless somebody asks for them. */
const MOST_ROWS = 2 ** 17;

/** What a row of text is taken to need where bytes are asked for. */
const TEXT_BYTES = 16;

/** A column of numbers whose values are described by `spec`. */
export function numberColumn(origin: ColumnOrigin, dtype: NumericType, spec: ArraySpec): NumberColumn {
  const stream = streamOf(origin, spec, itemBytes(dtype), [""], ([values], rows): NumberChunk => ({
    kind: "numbers",
    rows,
    values: values as TypedArray,
  }));
  return { kind: "numbers", dtype, ...stream };
}

/** A column of text. */
export function stringColumn(origin: ColumnOrigin, spec: ArraySpec): StringColumn {
  const stream = streamOf(origin, spec, TEXT_BYTES, [""], ([values], rows): StringChunk => ({
    kind: "strings",
    rows,
    values: values as Strings,
  }));
  return { kind: "strings", ...stream };
}

/** What is special about a categorical column. */
export interface CategoricalOrigin extends Pick<CategoricalColumn, "ordered"> {
  /** Makes the list of its categories. */
  readonly categories: () => CategoricalColumn["categories"];
  /** Describes its codes. */
  readonly spec: ArraySpec;
}

/** A categorical column. Who does not look at its categories does not pay for strings: there may be many. */
export function categoricalColumn(
  origin: ColumnOrigin,
  { categories, ordered, spec }: CategoricalOrigin,
): CategoricalColumn {
  let known: CategoricalColumn["categories"] | undefined;
  const stream = streamOf(origin, spec, itemBytes(spec.dtype), ["codes"], ([codes], rows): CategoricalChunk => ({
    kind: "categorical",
    rows,
    codes: codes as TypedArray,
  }));
  return {
    kind: "categorical",
    get categories() {
      return known ??= categories();
    },
    ordered,
    ...stream,
  };
}

/** A column in which values may be missing; `spec` describes its values. */
export function nullableColumn(
  origin: ColumnOrigin,
  dtype: NumericType | "string",
  spec: ArraySpec,
): NullableColumn {
  const bytes = 1 + (dtype === "string" ? TEXT_BYTES : itemBytes(dtype));
  const stream = streamOf(origin, spec, bytes, ["values", "mask"], ([values, mask], rows): NullableChunk => ({
    kind: "nullable",
    rows,
    values: values as TypedArray | Strings,
    mask: mask as Uint8Array,
  }));
  return { kind: "nullable", dtype, ...stream };
}

type Make<Chunk> = (values: readonly (TypedArray | Strings)[], rows: Range) => Chunk;

/** What all kinds of columns have: rows of the arrays `names`, from which `make` makes a chunk. */
function streamOf<Chunk>(
  origin: ColumnOrigin,
  spec: ArraySpec,
  rowBytes: number,
  names: readonly string[],
  make: Make<Chunk>,
): ColumnBase<Chunk> {
  const { name, length } = origin, what = { name: origin.label, axis: "rows", length } as const;
  const usual = Math.max(1, Math.min(MOST_ROWS, spec.chunks[0] ?? 1));
  const chunks = (cut: Cut) => {
    const rows = cut.rows ?? (cut.bytes === null ? usual : Math.max(1, Math.floor(cut.bytes / rowBytes)));
    return chunksOf(origin, cut, rows, names, make);
  };
  return {
    name,
    length,
    chunks: (options = {}) => chunks(resolveCut(what, options)),
    async read(options = {}) {
      const cut = wholeCut(what, options);
      for await (const chunk of chunks(cut)) return chunk;
      const nothing = { start: cut.range.start, end: cut.range.start };
      return await chunkOf(await openAll(origin, names, nothing), nothing, make);
    },
  };
}

async function* chunksOf<Chunk>(
  origin: ColumnOrigin,
  { range, signal }: Cut,
  count: number,
  names: readonly string[],
  make: Make<Chunk>,
): AsyncGenerator<Chunk, void, void> {
  await turn(signal);
  const readers = await openAll(origin, names, range);
  try {
    for (let start = range.start; start < range.end; start += count) {
      yield await chunkOf(readers, { start, end: Math.min(range.end, start + count) }, make);
      await turn(signal);
    }
  } finally {
    for (const reader of readers) await reader.close();
    origin.pool.clear();
  }
}

async function chunkOf<Chunk>(readers: readonly Reader[], rows: Range, make: Make<Chunk>): Promise<Chunk> {
  const values: (TypedArray | Strings)[] = [];
  for (const reader of readers) values.push(await reader.read(size(rows)));
  return make(values, rows);
}

/** Values, front to back, in memory of their own. */
interface Reader {
  read(count: number): Promise<TypedArray | Strings>;
  close(): Promise<void>;
}

async function openAll(origin: ColumnOrigin, names: readonly string[], range: Range): Promise<Reader[]> {
  const readers: Reader[] = [];
  for (const name of names) readers.push(readerOf(await origin.array(name), range));
  return readers;
}

function readerOf(node: ArrayNode, range: Range): Reader {
  const { dtype } = node.spec;
  if (isNumeric(dtype)) {
    const cursor = new NumberCursor(node, range);
    return {
      async read(count) {
        const bytes = new Uint8Array(count * itemBytes(dtype));
        await cursor.read(count, bytes, dtype);
        return viewAs(dtype, bytes);
      },
      close: () => cursor.close(),
    };
  }
  const cursor = new TextCursor(node, range), nothing = new Uint8Array();
  return {
    async read(count) {
      using rows = new StringsBuilder();
      await cursor.read(count, rows, nothing);
      return rows.finish();
    },
    close: () => cursor.close(),
  };
}
