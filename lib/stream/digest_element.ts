/**
 * Digests of what a merge compares: columns, elements along the joined axis, values in `uns`.
 *
 * @module
 */
import type { BufferPool } from "../base/pool.ts";
import { compareRows, isStrings, pick, rowBytes, rowsOf } from "../base/strings.ts";
import { countOf, textsOf } from "../base/values.ts";
import { readCategories, readFrame } from "../anndata/frame.ts";
import type { ColumnHeader, ElementHeader, FrameHeader, SparseHeader } from "../anndata/header.ts";
import { readSparse } from "../anndata/matrix.ts";
import { arrayAt, nodeAt, readNumbers, readTexts } from "../anndata/read.ts";
import { encodingOf, type TreeLeaf } from "../anndata/tree.ts";
import { columnType } from "../plan/column.ts";
import type { Contested } from "../plan/facts.ts";
import { denseTypeWithHoles } from "../plan/matrix.ts";
import type { ArrayNode, Group } from "../storage/node.ts";
import { Digest, digestTexts } from "./digest.ts";
import { addArray, type AxisMap, digestArray, digestSparse, typeText } from "./digest_array.ts";

/** Where the values are, and how they are brought to the joined axis. */
export interface DigestPlace {
  readonly pool: BufferPool;
  /** The input. */
  readonly root: Group;
  /** The reindex of the joined axis; null where nothing changes. */
  readonly axis: AxisMap;
}

/** The path of a contested value in its input, by which plans ask for its digest. */
export function contestedPath(contested: Contested): string {
  switch (contested.kind) {
    case "column":
      return contested.column.path;
    case "along":
    case "pairwise":
      return contested.element.path;
    case "leaf":
      return contested.leaf.path;
  }
}

/** The digest of a contested value. */
export async function digestContested(place: DigestPlace, contested: Contested): Promise<string> {
  switch (contested.kind) {
    case "column":
      return await digestColumn(place, contested.column);
    case "along":
      return await digestElement(place, contested.element, [place.axis]);
    case "pairwise":
      return await digestElement(place, contested.element, [place.axis, place.axis]);
    case "leaf":
      return contested.leaf.kind === "mapping" ? "mapping" : await digestLeaf(place, contested.leaf);
  }
}

/** Whether the joined axis has names that the input lacks. */
function hasHoles(axis: AxisMap): boolean {
  return axis !== null && axis.map.reduce((sum, to) => to < 0 ? sum : sum + 1, 0) < axis.length;
}

async function digestElement(place: DigestPlace, element: ElementHeader, maps: readonly AxisMap[]): Promise<string> {
  const { root, axis } = place, holes = hasHoles(axis);
  switch (element.kind) {
    case "dense": {
      const { dtype } = element, isEmpty = element.spec.shape[0] === 0;
      const own = holes && isEmpty ? "float64" : holes ? denseTypeWithHoles(dtype, null) : dtype;
      return `array ${await digestArray(await arrayAt(root, element.path), maps, own)}`;
    }
    case "sparse":
      return `sparse ${await sparseDigest(place, element, maps)}`;
    case "exact":
      return `array ${holes} ${await digestArray(await arrayAt(root, element.path), maps, element.spec.dtype)}`;
    case "frame":
      return `dataframe ${await digestFrame(place, element.frame)}`;
    case "other":
      return await digestLeaf(place, element.leaf);
  }
}

async function sparseDigest(
  { pool, root }: DigestPlace,
  header: SparseHeader,
  maps: readonly AxisMap[],
): Promise<string> {
  const at = (name: string): Promise<ArrayNode> => arrayAt(root, `${header.path}/${name}`);
  const { layout, shape, dtype, path } = header, [rows = null, columns = null] = maps;
  const matrix = { indptr: await at("indptr"), indices: await at("indices"), data: await at("data") };
  const name = `"${path}" of "${root.source}"`;
  return await digestSparse(pool, { matrix, layout, shape, dtype, maps: [rows, columns], name });
}

/** Columns in their order with their types and values; the index of what goes along the joined axis is that axis'. */
async function digestFrame(place: DigestPlace, frame: FrameHeader): Promise<string> {
  const columns: string[] = [];
  for (const column of frame.columns) {
    columns.push(`${JSON.stringify(column.name)} ${await digestColumn(place, column)}`);
  }
  return `${place.axis?.length ?? frame.rows} ${columns.join(" ")}`;
}

async function digestColumn(place: DigestPlace, column: ColumnHeader): Promise<string> {
  const { root, axis } = place, digest = new Digest(), holes = hasHoles(axis);
  if (column.kind === "unsupported") return `${column.what} ${root.source}`;
  if (column.kind === "categorical") return await digestCategorical(place, column);
  const type = columnType([column], { any: holes, rows: holes }), name = JSON.stringify(type);
  if (column.kind === "plain") {
    await addArray(digest, await arrayAt(root, column.path), [axis]);
    return `${name} ${digest}`;
  }
  const mask = await readNumbers(await arrayAt(root, `${column.path}/mask`));
  const map = presentRows(mask, axis);
  const length = axis?.length ?? map.length;
  await addArray(digest, await arrayAt(root, `${column.path}/values`), [{ map, length }]);
  return `${name} ${digest}`;
}

/** Neither the order of categories counts nor, where they are ordered, anything but it; those that are not used do. */
async function digestCategorical(
  { root, axis }: DigestPlace,
  { path, ordered, categories }: Extract<ColumnHeader, { kind: "categorical" }>,
): Promise<string> {
  const texts = textsOf(categories.values);
  const order = rowsOf(texts), position = new Int32Array(order.length), digest = new Digest();
  if (!ordered) order.sort((a, b) => compareRows(texts, a, texts, b));
  order.forEach((row, at) => position[row] = at);
  const codes = await readNumbers(await arrayAt(root, `${path}/codes`));
  codes.forEach((code: number | bigint, at: number) => {
    const to = axis === null ? at : axis.map[at] as number, value = position[Number(code)];
    if (to >= 0 && value !== undefined) digest.number(to, value);
  });
  return `categorical ${ordered} ${typeText(categories.dtype)} ${digestTexts(pick(texts, order))} ${digest}`;
}

/** A value that is carried as it is. */
async function digestLeaf(place: DigestPlace, leaf: TreeLeaf): Promise<string> {
  const { root } = place, node = await nodeAt(root, leaf.path), own = { ...place, axis: null };
  if (node?.kind === "array") return node.spec.shape.length === 0 ? await digestScalar(node) : await digestDense(node);
  if (node === undefined) return `nothing ${root.source}`;
  switch (encodingOf(node)) {
    case "csr_matrix":
    case "csc_matrix":
      return `sparse ${await sparseDigest(own, await readSparse(node), [])}`;
    case "dataframe": {
      const frame = await readFrame(node, "columns"), index = await arrayAt(root, frame.index.path);
      return `dataframe ${await digestArray(index, [], index.spec.dtype)} ${await digestFrame(own, frame)}`;
    }
    case "categorical":
    case "nullable-integer":
    case "nullable-boolean":
    case "nullable-string-array":
      return `values ${await digestValues(node)}`;
    default:
      return await digestNodes(root, leaf);
  }
}

async function digestDense(node: ArrayNode): Promise<string> {
  return `array ${await digestArray(node, [], node.spec.dtype)}`;
}

/** 1, 1.0 and true are the same; NaN is nothing else. */
async function digestScalar(node: ArrayNode): Promise<string> {
  if (node.attrs["encoding-type"] === "null") return "null";
  const { dtype } = node.spec;
  if (dtype === "string" || (typeof dtype === "object" && dtype.kind !== "struct")) {
    const [text = ""] = await readTexts(node);
    return `text ${JSON.stringify(text)}`;
  }
  if (typeof dtype === "object") return await digestDense(node);
  const [value = 0, imaginary = 0] = await readNumbers(node);
  if (Number.isNaN(Number(value))) return `NaN ${node.source} ${node.path}`;
  const exact = typeof value === "bigint" ? value : Number.isInteger(value) ? BigInt(value) : value;
  return `number ${exact}${dtype.startsWith("complex") && imaginary !== 0 ? `+${imaginary}j` : ""}`;
}

/** The values of a column that stands by itself: neither their type nor the order of categories counts. */
async function digestValues(group: Group): Promise<string> {
  const digest = new Digest();
  if (encodingOf(group) === "categorical") {
    const codes = await readNumbers(await arrayAt(group, "codes")), { values } = await readCategories(group);
    codes.forEach((code: number | bigint, at: number) => {
      const row = Number(code);
      if (row < 0 || row >= countOf(values)) return;
      if (isStrings(values)) digest.text(at, rowBytes(values, row));
      else digest.number(at, Number(values[row]));
    });
    return `${codes.length} ${digest}`;
  }
  const map = presentRows(await readNumbers(await arrayAt(group, "mask")), null);
  await addArray(digest, await arrayAt(group, "values"), [{ map, length: map.length }]);
  return `${map.length} ${digest}`;
}

/** Where the rows go that `mask` does not call missing. */
function presentRows(mask: ArrayLike<number | bigint>, axis: AxisMap): Int32Array {
  return Int32Array.from(
    mask,
    (isMissing, at) => Number(isMissing) !== 0 ? -1 : axis === null ? at : axis.map[at] ?? -1,
  );
}

/** Everything below a value of a kind that is not known further, such as an awkward array: attributes and arrays. */
async function digestNodes(root: Group, leaf: TreeLeaf): Promise<string> {
  const parts: string[] = [];
  for (const node of leaf.nodes) {
    const path = node.path.slice(leaf.path.length), attrs = JSON.stringify(node.attrs);
    const content = node.kind === "array" ? await digestDense(await arrayAt(root, node.path)) : "";
    parts.push(`${path} ${attrs} ${content}`);
  }
  return `other ${parts.join("\n")}`;
}
