/** An AnnData that is streamed, held against what a store holds when it is read whole. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { isNumeric, itemBytes, type TypedArray, viewAs } from "../lib/base/dtype.ts";
import { product, strides } from "../lib/base/range.ts";
import { type Strings, toTexts } from "../lib/base/strings.ts";
import { columnOrder } from "../lib/anndata/frame.ts";
import { arrayAt, groupAt, nodeAt, readNumbers, readTexts } from "../lib/anndata/read.ts";
import type { AnnDataElement, AnnDataView, Matrix } from "../lib/lazy/anndata.ts";
import type { Column } from "../lib/lazy/column.ts";
import type { ChunkOptions } from "../lib/lazy/cut.ts";
import type { DenseMatrix } from "../lib/lazy/dense.ts";
import type { DataFrame } from "../lib/lazy/frame.ts";
import type { SparseMatrix } from "../lib/lazy/sparse.ts";
import type { ArrayNode, Group } from "../lib/storage/node.ts";

/** The elements of an array in C order. */
type Values = ArrayLike<number | bigint | string>;

/** Everything that `node` holds; complex numbers as text. */
async function readValues(node: ArrayNode): Promise<Values> {
  const { dtype } = node.spec;
  if (!isNumeric(dtype)) return await readTexts(node);
  const numbers = await readNumbers(node);
  return dtype.startsWith("complex") ? complexTexts(numbers) : numbers;
}

function complexTexts(parts: TypedArray): string[] {
  return Array.from({ length: parts.length / 2 }, (_, at) => `${parts[2 * at]}+${parts[2 * at + 1]}j`);
}

/** Every way to cut `length` rows that is tried. */
function cuts(axis: "rows" | "columns", length: number): ChunkOptions[] {
  const third = { start: Math.floor(length / 3), end: Math.ceil(length * 2 / 3) };
  return [{}, { [axis]: 1 }, { [axis]: 3 }, { bytes: 40 }, { [axis]: third }, { [axis]: 2, range: third }];
}

function rangeOf(options: ChunkOptions, axis: "rows" | "columns", length: number) {
  const own = options[axis];
  return (typeof own === "object" ? own : options.range) ?? { start: 0, end: length };
}

/** Hold every element of `got`, cut in every way, against the store at `root`. */
export async function holdAgainst(got: AnnDataView, root: Group): Promise<void> {
  await holdFrame(got.obs, await groupAt(root, "obs"));
  await holdFrame(got.var, await groupAt(root, "var"));
  const x = await root.child("X");
  assertEquals(got.X === null, x === undefined || (x.kind === "array" && x.spec.shape.length === 0));
  if (got.X !== null) await holdMatrix(got.X, root, "X");
  for (const name of ["layers", "obsm", "varm", "obsp", "varp"] as const) await holdMapping(got[name], root, name);
  const raw = await root.child("raw");
  assertEquals(got.raw === null, raw?.kind !== "group");
  if (got.raw === null) return;
  await holdFrame(got.raw.var, await groupAt(root, "raw/var"));
  if (got.raw.X !== null) await holdMatrix(got.raw.X, root, "raw/X");
  await holdMapping(got.raw.varm, root, "raw/varm");
}

async function holdMapping(got: Readonly<Record<string, AnnDataElement>>, root: Group, path: string): Promise<void> {
  const group = await nodeAt(root, path), names = group?.kind === "group" ? await group.names() : [];
  assertEquals(Object.keys(got).sort(), [...names].sort(), path);
  for (const [name, element] of Object.entries(got)) {
    const place = `${path}/${name}`;
    switch (element.kind) {
      case "dense":
      case "sparse":
        await holdMatrix(element, root, place);
        break;
      case "dataframe":
        await holdFrame(element, await groupAt(root, place));
        break;
      case "other":
        assert(element.what.length > 0);
    }
  }
}

async function holdMatrix(got: Matrix, root: Group, path: string): Promise<void> {
  if (got.kind === "dense") await holdDense(got, await arrayAt(root, path));
  else await holdSparse(got, await groupAt(root, path));
}

async function holdSparse(got: SparseMatrix, group: Group): Promise<void> {
  assertEquals(group.attrs["encoding-type"], `${got.layout}_matrix`);
  assertEquals([...got.shape], group.attrs["shape"]);
  const data = await arrayAt(group, "data"), values = await readValues(data);
  assertEquals(got.dtype, data.spec.dtype);
  if (got.nnz !== undefined) assertEquals(got.nnz, values.length, group.path);
  const pointers = Array.from(await readNumbers(await arrayAt(group, "indptr")), Number);
  const indices = Array.from(await readNumbers(await arrayAt(group, "indices")), Number);
  const [axis, length] = got.layout === "csr" ? ["rows", got.shape[0]] as const : ["columns", got.shape[1]] as const;
  const other = axis === "rows" ? "columns" : "rows";
  assertThrows(() => got.chunks({ [other]: 1 }), TypeError, `its chunks are whole ${axis}`);
  assertThrows(() => got.chunks({ range: { start: 0, end: length + 1 } }), RangeError, `it has ${length}`);
  const holds = (chunk: Awaited<ReturnType<SparseMatrix["read"]>>, what: string): void => {
    const { start, end } = chunk[axis], from = pointers[start] ?? 0, to = pointers[end] ?? 0;
    assertEquals([chunk.kind, chunk.layout], ["sparse", got.layout]);
    assertEquals(chunk[other], { start: 0, end: axis === "rows" ? got.shape[1] : got.shape[0] }, what);
    assertEquals([...chunk.indptr], pointers.slice(start, end + 1).map((pointer) => pointer - from), what);
    assertEquals([...chunk.indices], indices.slice(from, to), what);
    assertEquals(textsOf(chunk.data, got.dtype), texts(values, from, to), what);
  };
  for (const options of cuts(axis, length)) {
    const what = `${group.path} ${JSON.stringify(options)}`, range = rangeOf(options, axis, length);
    let at = range.start;
    for await (using chunk of got.chunks(options)) {
      assertEquals(chunk[axis].start, at, what);
      const wanted = options[axis];
      if (typeof wanted === "number") assertEquals(chunk[axis].end, Math.min(range.end, at + wanted), what);
      holds(chunk, what);
      at = chunk[axis].end;
    }
    assertEquals(at, range.end, what);
    if (typeof options[axis] === "number") continue;
    const whole = await got.read({ range });
    assertEquals(whole[axis], range);
    holds(whole, what);
  }
}

async function holdDense(got: DenseMatrix, node: ArrayNode): Promise<void> {
  const { shape, dtype } = node.spec, values = await readValues(node), length = shape[0] ?? 0;
  assertEquals([got.shape, got.dtype], [shape, dtype], node.path);
  assertThrows(() => got.chunks({ columns: 1 }), TypeError, "its chunks are whole rows");
  const steps = strides(shape), rest = product(shape.slice(2));
  const holds = (chunk: Awaited<ReturnType<DenseMatrix["read"]>>, what: string): void => {
    const { rows, columns } = chunk, expected: string[] = [];
    assertEquals(chunk.shape.slice(0, 2), [rows.end - rows.start, columns.end - columns.start].slice(0, shape.length));
    for (let row = rows.start; row < rows.end; row++) {
      const first = row * (steps[0] ?? 1) + columns.start * rest;
      expected.push(...texts(values, first, first + (columns.end - columns.start) * rest));
    }
    assertEquals(textsOf(chunk.data, got.dtype), expected, what);
  };
  for (const options of cuts("rows", length)) {
    const what = `${node.path} ${JSON.stringify(options)}`, range = rangeOf(options, "rows", length);
    let cells = 0, at = range.start;
    for await (using chunk of got.chunks(options)) {
      holds(chunk, what);
      cells += product(chunk.shape);
      if (options.rows === undefined || typeof options.rows === "object") continue;
      assertEquals(chunk.rows, { start: at, end: at = Math.min(range.end, at + options.rows) }, what);
    }
    assertEquals(cells, (range.end - range.start) * product(shape.slice(1)), what);
    if (typeof options.rows === "number") continue;
    const whole = await got.read({ range });
    assertEquals(whole.rows, range);
    holds(whole, what);
  }
}

async function holdFrame(got: DataFrame, group: Group): Promise<void> {
  assertEquals(got.columns, columnOrder(group));
  const index = String(group.attrs["_index"]);
  assertEquals(got.index.name, index);
  await holdColumn(got.index, group, index);
  for (const name of got.columns) await holdColumn(got.column(name), group, name);
  assertThrows(() => got.column("no such column"), RangeError, '"no such column"');
}

async function holdColumn(got: Column, frame: Group, name: string): Promise<void> {
  const read = async (part: string): Promise<Values> => {
    const node = await nodeAt(frame, `${name}${part}`);
    return await readValues(
      node?.kind === "group" ? await arrayAt(node, "values") : await arrayAt(frame, `${name}${part}`),
    );
  };
  const expected: Values[] = [];
  switch (got.kind) {
    case "numbers":
    case "strings":
      expected.push(await read(""));
      break;
    case "categorical":
      expected.push(await read("/codes"));
      assertEquals(got.categories.map(String), categoryTexts(await read("/categories"), got.categories));
      assertEquals(got.ordered, (await groupAt(frame, name)).attrs["ordered"]);
      break;
    case "nullable":
      expected.push(await read("/values"), await read("/mask"));
  }
  for (const options of cuts("rows", got.length)) {
    const range = rangeOf(options, "rows", got.length), found: string[][] = expected.map(() => []);
    const take = (chunk: Awaited<ReturnType<Column["read"]>>): void => {
      const parts = chunk.kind === "categorical"
        ? [chunk.codes]
        : chunk.kind === "nullable"
        ? [chunk.values, chunk.mask]
        : [chunk.values];
      parts.forEach((part, at) => found[at]?.push(...columnTexts(part)));
    };
    for await (const chunk of got.chunks(options)) take(chunk);
    const wanted = expected.map((values) => texts(values, range.start, range.end));
    assertEquals(found, wanted, `${frame.path}/${name} ${JSON.stringify(options)}`);
    if (typeof options.rows === "number") continue;
    found.forEach((list) => list.length = 0);
    take(await got.read({ range }));
    assertEquals(found, wanted, `${frame.path}/${name} at once`);
  }
  await assertRejects(
    async () => {
      for await (const _ of got.chunks({ signal: AbortSignal.abort(new Error("enough")) })) { /* nothing comes */ }
    },
    Error,
    "enough",
  );
}

function columnTexts(values: TypedArray | Strings): string[] {
  return "offsets" in values ? toTexts(values) : Array.from(values as ArrayLike<number | bigint>, String);
}

function categoryTexts(values: Values, like: readonly unknown[]): string[] {
  return Array.from(values, (value, at) => typeof like[at] === "boolean" ? String(value !== 0) : String(value));
}

function texts(values: Values, from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => shown(values[from + at]));
}

function shown(value: number | bigint | string | undefined): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The elements of a chunk as {@linkcode readValues} has them. */
function textsOf(data: TypedArray, dtype: DenseMatrix["dtype"]): string[] {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  assert(
    isNumeric(dtype) && viewAs(dtype, bytes).constructor === data.constructor,
    `a ${dtype} is no ${data.constructor.name}`,
  );
  if (!dtype.startsWith("complex")) return Array.from(data as ArrayLike<number | bigint>, shown);
  assertEquals(data.byteLength % itemBytes(dtype), 0);
  return complexTexts(data);
}
