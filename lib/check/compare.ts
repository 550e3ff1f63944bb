/**
 * Walking two stores side by side, element by element.
 *
 * @module
 */
import { columnOrder } from "../anndata/frame.ts";
import { arrayAt, nodeAt, readNumbers } from "../anndata/read.ts";
import { below, FieldArray } from "../anndata/virtual.ts";
import { family, isNumeric, type NumericType } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import type { ArrayNode, Group, Node } from "../storage/node.ts";
import { compareNumbers, compareTexts } from "./arrays.ts";
import { type Axes, axesOf } from "./axes.ts";
import { encodingOf, kindOf, lists, sameMeaning, shapeText, typeText } from "./form.ts";
import type { Job } from "./job.ts";
import { compareSparse } from "./sparse.ts";

/** The elements of an AnnData in the order in which they are told. */
const SLOTS = ["X", "obs", "var", "layers", "obsm", "varm", "obsp", "varp", "uns", "raw"];

/** Compare two stores; `slots` are the elements at the root that count, by default all. */
export async function compareRoots(job: Job, a: Group, b: Group, slots?: readonly string[]): Promise<void> {
  const walk = new Walk(job, a), isStore = kindOf(a) === "anndata" || kindOf(b) === "anndata";
  if (!isStore) return await walk.elements("", a, b);
  compareEncodings(job, "", a, b);
  const names = new Set([...await a.names(), ...await b.names()]);
  const others = [...names].filter((name) => !SLOTS.includes(name)).sort();
  for (const name of slots ?? [...SLOTS.filter((slot) => names.has(slot)), ...others]) {
    await walk.elements(name, await present(a, name), await present(b, name));
  }
}

/** The element `name`; anndata reads an empty mapping, and None, as if nothing was stored. */
async function present(root: Group, name: string): Promise<Node | undefined> {
  const node = await root.child(name);
  if (node?.attrs["encoding-type"] === "null") return undefined;
  return node !== undefined && await isEmpty(node) ? undefined : node;
}

async function isEmpty(node: Node): Promise<boolean> {
  const isMapping = node.kind === "group" && (node.attrs["encoding-type"] ?? "dict") === "dict";
  return isMapping && (await node.names()).length === 0;
}

/** Note where the encodings of two nodes do not mean the same; returns whether that is so. */
function compareEncodings(job: Job, element: string, a: Node, b: Node): boolean {
  if (!job.exact && sameMeaning(a, b)) return false;
  return job.differs(element, "encoding", encodingOf(a, job.exact), encodingOf(b, job.exact));
}

class Walk {
  readonly #job: Job;
  readonly #root: Group;

  constructor(job: Job, root: Group) {
    this.#job = job;
    this.#root = root;
  }

  /** Compare any two elements; `axes` are the names of an array's positions. */
  async elements(
    element: string,
    a: Node | undefined,
    b: Node | undefined,
    axes = axesOf(this.#root, element),
  ): Promise<void> {
    const job = this.#job;
    if ((a === undefined && b === undefined) || job.ignores(element)) return;
    job.signal?.throwIfAborted();
    job.elements++;
    if (a === undefined || b === undefined) return void job.differs(element, "presence", kindOf(a), kindOf(b));
    if (a.kind !== b.kind) return void job.differs(element, "encoding", kindOf(a), kindOf(b));
    if (compareEncodings(job, element, a, b)) return;
    if (a.kind === "array" || b.kind === "array") {
      return await this.#arrays(element, a as ArrayNode, b as ArrayNode, axes);
    }
    switch (b.attrs["encoding-type"]) {
      case "csr_matrix":
      case "csc_matrix":
        return await this.#sparse(element, a, b);
      case "dataframe":
        return await this.#frame(element, a, b);
      case "categorical":
        return await this.#categorical(element, a, b);
      case "nullable-integer":
      case "nullable-boolean":
      case "nullable-string-array":
        return await this.#nullable(element, a, b);
      case "awkward-array":
        if (this.#attributes(element, a, b, ["form", "length"])) return;
        return await this.#mapping(element, a, b);
      default:
        return await this.#mapping(element, a, b);
    }
  }

  /** Note which of the attributes `names` differ; returns whether any does. */
  #attributes(element: string, a: Group, b: Group, names: readonly string[]): boolean {
    const differing = names.filter((name) => {
      const [x, y] = [a, b].map(({ attrs }) => JSON.stringify(attrs[name] ?? null));
      return this.#job.differs(element, name, x ?? "", y ?? "");
    });
    return differing.length > 0;
  }

  async #mapping(element: string, a: Group, b: Group): Promise<void> {
    const names = new Set([...await a.names(), ...await b.names()]);
    const isRaw = b.attrs["encoding-type"] === "raw" && !this.#job.exact;
    for (const name of [...names].sort()) {
      const [x, y] = isRaw
        ? [await present(a, name), await present(b, name)]
        : [await a.child(name), await b.child(name)];
      await this.elements(below(element, name), x, y);
    }
  }

  async #arrays(element: string, a: ArrayNode, b: ArrayNode, axes: Axes): Promise<void> {
    const job = this.#job;
    if (isWiderScalar(a, b)) {
      const [x, y] = [await readNumbers(a), await readNumbers(b)].map((numbers) => numbers.join(", "));
      return void job.differs(element, "value", x ?? "", y ?? "");
    }
    const hasOtherShape = job.differs(element, "shape", shapeText(a.spec.shape), shapeText(b.spec.shape));
    if (job.differs(element, "dtype", typeText(a), typeText(b)) || hasOtherShape) return;
    await this.#values(element, a, b, axes);
  }

  /** Compare the elements of arrays of one shape and type. */
  async #values(element: string, a: ArrayNode, b: ArrayNode, axes: Axes, mask: ArrayNode | null = null): Promise<void> {
    const job = this.#job, { dtype } = a.spec;
    if (isNumeric(dtype)) {
      await job.note(await compareNumbers(job, a, b, dtype, mask), element, axes);
    } else if (typeof dtype === "object" && dtype.kind === "struct") {
      for (const [field, { name }] of dtype.fields.entries()) {
        const [x, y] = [a, b].map((records) => new FieldArray(records, field, below(element, name), {}));
        if (x !== undefined && y !== undefined) await this.#arrays(below(element, name), x, y, axes);
      }
    } else await job.note(await compareTexts(job, a, b, mask), element, axes);
  }

  async #sparse(element: string, a: Group, b: Group): Promise<void> {
    const job = this.#job, [x, y] = [await matrixOf(a), await matrixOf(b)];
    const shape = lengthsOf(b),
      hasOtherShape = job.differs(element, "shape", shapeText(lengthsOf(a)), shapeText(shape));
    if (job.differs(element, "dtype", typeText(x.data), typeText(y.data)) || hasOtherShape) return;
    const [rows = 0, columns = 0] = shape;
    const layout = b.attrs["encoding-type"] === "csr_matrix" ? "csr" : "csc";
    const pair = {
      element,
      layout,
      shape: [rows, columns],
      dtype: y.data.spec.dtype as NumericType,
      a: x,
      b: y,
    } as const;
    await job.note(await compareSparse(job, pair), element, axesOf(this.#root, element));
  }

  async #frame(element: string, a: Group, b: Group): Promise<void> {
    const job = this.#job, [name, other] = [indexName(a), indexName(b)];
    const kept = (frame: Group) => columnOrder(frame).filter((column) => !job.ignores(below(element, column)));
    const [columns, others] = [kept(a), kept(b)], known = new Set(columns);
    job.differs(element, "index name", indexText(name), indexText(other));
    if (JSON.stringify(columns) !== JSON.stringify(others)) job.differs(element, "columns", ...lists(columns, others));
    await this.#index(below(element, other), await nodeAt(a, name), await nodeAt(b, other));
    // With other rows, every column is of another length: one line says it.
    if (await rowsOf(a, name) !== await rowsOf(b, other)) return;
    for (const column of others.filter((column) => known.has(column))) {
      await this.elements(below(element, column), await nodeAt(a, column), await nodeAt(b, column));
    }
  }

  /** An index is made of names, however they are stored. */
  async #index(element: string, a: Node | undefined, b: Node | undefined): Promise<void> {
    if (this.#job.exact) return await this.elements(element, a, b, []);
    await this.elements(element, await plainNames(a), await plainNames(b), []);
  }

  async #categorical(element: string, a: Group, b: Group): Promise<void> {
    const job = this.#job, before = job.differences.length, path = `${element}/categories`;
    this.#attributes(element, a, b, ["ordered"]);
    await this.#index(path, await a.child("categories"), await b.child("categories"));
    if (job.differences.length > before) return; // codes of other categories mean nothing
    const [x, y] = [await arrayAt(a, "codes"), await arrayAt(b, "codes")];
    if (job.exact) return await this.elements(`${element}/codes`, x, y);
    if (job.differs(element, "shape", shapeText(x.spec.shape), shapeText(y.spec.shape))) return;
    // Codes of any width mean the same.
    await job.note(await compareNumbers(job, x, y, "int32"), `${element}/codes`, axesOf(this.#root, element));
  }

  /** By mask, and by the values that it lets through: what lies under a missing one has no meaning. */
  async #nullable(element: string, a: Group, b: Group): Promise<void> {
    const job = this.#job, before = job.differences.length, path = `${element}/values`;
    const axes = axesOf(this.#root, element), mask = await arrayAt(b, "mask");
    const [x, y] = [await arrayAt(a, "values"), await arrayAt(b, "values")];
    job.differs(path, "dtype", typeText(x), typeText(y));
    job.differs(path, "shape", shapeText(x.spec.shape), shapeText(y.spec.shape));
    if (job.exact) compareEncodings(job, path, x, y);
    if (job.differences.length > before) return;
    await job.note(await compareNumbers(job, await arrayAt(a, "mask"), mask, "bool"), `${element}/mask`, axes);
    if (job.differences.length === before) await this.#values(path, x, y, axes, mask);
  }
}

/** The names of an index, or categories, where they are stored as nullable text: none of them is missing. */
async function plainNames(node: Node | undefined): Promise<Node | undefined> {
  return node?.kind === "group" && node.attrs["encoding-type"] === "nullable-string-array"
    ? await arrayAt(node, "values")
    : node;
}

function indexName(frame: Group): string {
  const name = frame.attrs["_index"];
  if (typeof name === "string") return name;
  const { source, path: element } = frame;
  throw new FormatError(`Cannot read "${element}" of "${source}": it has no attribute "_index"`, { source, element });
}

async function rowsOf(frame: Group, index: string): Promise<number | undefined> {
  const node = await plainNames(await nodeAt(frame, index));
  return node?.kind === "array" ? node.spec.shape[0] : undefined;
}

function indexText(name: string): string {
  return name === "_index" ? "none" : JSON.stringify(name);
}

function lengthsOf(matrix: Group): readonly number[] {
  const { shape } = matrix.attrs, { source, path: element } = matrix;
  const lengths = Array.isArray(shape) ? shape.map(Number) : [];
  if (lengths.length === 2 && lengths.every((length) => Number.isSafeInteger(length) && length >= 0)) return lengths;
  const why = 'it has no attribute "shape" with two lengths';
  throw new FormatError(`Cannot read "${element}" of "${source}": ${why}`, { source, element });
}

async function matrixOf(group: Group): Promise<{ data: ArrayNode; indices: ArrayNode; indptr: ArrayNode }> {
  return {
    data: await arrayAt(group, "data"),
    indices: await arrayAt(group, "indices"),
    indptr: await arrayAt(group, "indptr"),
  };
}

/** Whether two numbers by themselves differ in their types' width only: anndata reads and writes Python's numbers. */
function isWiderScalar({ spec: a }: ArrayNode, { spec: b }: ArrayNode): boolean {
  if (a.shape.length > 0 || b.shape.length > 0 || a.dtype === b.dtype) return false;
  return isNumeric(a.dtype) && isNumeric(b.dtype) && family(a.dtype) === family(b.dtype);
}
