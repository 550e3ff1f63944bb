/**
 * A plan while it is being made: what the planners of each kind of element add to.
 *
 * @module
 */
import type { DType } from "../base/dtype.ts";
import { IncompatibleInputsError } from "../base/errors.ts";
import { size, whole } from "../base/range.ts";
import { countOf, sizeOf, type Values, type ValuesSize } from "../base/values.ts";
import type { Header } from "../anndata/header.ts";
import type { ResolvedOptions } from "../options.ts";
import type { ArraySpec, Attributes, FillValue, NodeSpec, StoreFormat } from "../storage/node.ts";
import type { AppendPart, Element } from "./element.ts";
import { arraySpec, chunkBytes, type Formats, type Wanted } from "./grid.ts";
import type { Note } from "./plan.ts";
import { rowBytesOf } from "./text_rows.ts";

/** A group whose place among the nodes is kept until its attributes are known. */
export type Reserved = number;

/** Collects nodes, elements and notes. */
export class Draft {
  readonly options: ResolvedOptions;
  readonly #formats: Formats;
  readonly #headers: readonly Header[];
  readonly #nodes: (NodeSpec | null)[] = [];
  readonly #elements: Element[] = [];
  readonly #notes: Note[] = [];
  readonly #maps: Int32Array[] = [];
  readonly #numbers = new Map<Int32Array, number>();
  readonly #categories: Values[] = [];

  /** Start an empty plan for `headers`. */
  constructor(headers: readonly Header[], options: ResolvedOptions, output: StoreFormat) {
    this.#headers = headers;
    this.options = options;
    this.#formats = { first: headers[0]?.format.kind ?? "zarr", output };
  }

  /** The nodes so far, parents first. */
  get nodes(): readonly NodeSpec[] {
    return withParents(this.#nodes.filter((node) => node !== null));
  }

  /** The elements so far. */
  get elements(): readonly Element[] {
    return this.#elements;
  }

  /** The notes so far. */
  get notes(): readonly Note[] {
    return this.#notes;
  }

  /** The reindexes so far. */
  get maps(): readonly Int32Array[] {
    return this.#maps;
  }

  /** The size of all categories that were joined so far. */
  get categories(): ValuesSize {
    return sizeOf(this.#categories);
  }

  /** Say that the categories `lists` are joined. */
  joins(lists: readonly Values[]): void {
    this.#categories.push(...lists);
  }

  /** The number of a reindex, which is added where it is new; null for null. */
  reindex(map: Int32Array | null): number | null {
    if (map === null) return null;
    const number = this.#numbers.get(map) ?? this.#maps.push(map) - 1;
    this.#numbers.set(map, number);
    return number;
  }

  /** How messages name input `input`. */
  inputName(input: number): string {
    return this.#headers[input]?.source ?? `input ${input}`;
  }

  /** Whether the user wants the element at `path` (`--only`, `--skip`, either of it or of what holds it). */
  wants(path: string): boolean {
    const isIn = (list: readonly string[]): boolean => list.some((one) => path === one || path.startsWith(`${one}/`));
    const { only, skip } = this.options;
    return !isIn(skip) && (only === null || isIn(only) || only.some((one) => one.startsWith(`${path}/`)));
  }

  /** Say what happens to an element. */
  note(kind: Note["kind"], element: string, message: string): void {
    this.#notes.push({ kind, element, message });
  }

  /** Keep the place of a group. */
  reserve(): Reserved {
    return this.#nodes.push(null) - 1;
  }

  /** Put a group in a place that was kept. */
  groupAt(place: Reserved, path: string, attrs: Attributes): void {
    this.#nodes[place] = { kind: "group", path, attrs };
  }

  /** Add a group. */
  group(path: string, attrs: Attributes): void {
    this.#nodes.push({ kind: "group", path, attrs });
  }

  /** Add an array's metadata, with the attributes that anndata gives it unless others are given. */
  array(path: string, spec: ArraySpec, attrs: Attributes = arrayAttrs(spec.dtype)): void {
    this.#nodes.push({ kind: "array", path, attrs, spec });
  }

  /** Add an element that is no single array (its nodes are added apart). */
  element(element: Element): void {
    this.#elements.push(element);
  }

  /** The form of an output array: its cut and codecs as `like`. */
  spec(wanted: Wanted): ArraySpec {
    return arraySpec(wanted, this.options, this.#formats);
  }

  /** Add a one-dimensional array that is put together from `parts`. */
  append(
    path: string,
    dtype: DType,
    like: ArraySpec | undefined,
    parts: readonly AppendPart[],
    role: "column" | "entries" | "pointers" = "column",
  ): void {
    const length = parts.reduce((sum, part) => sum + size(part.at), 0);
    const rowBytes = dtype === "string" ? rowBytesOf(parts.map((part) => part.source)) : undefined;
    const spec = this.spec({ shape: [length], dtype, like, fill: zero(dtype), isMatrix: role === "entries", rowBytes });
    this.array(path, spec, role === "column" ? arrayAttrs(dtype) : {});
    this.element({ kind: "append", path, spec, parts: parts.filter((part) => size(part.at) > 0) });
  }

  /** Add an array that is carried as it is in input `input`. */
  copy(path: string, input: number, node: Extract<NodeSpec, { kind: "array" }>): void {
    const { shape, rowBytes } = node.spec, isText = TEXT_ENCODINGS.has(String(node.attrs["encoding-type"]));
    // What old files hold as text of a fixed length anndata takes for text, but in zarr stores for bytes.
    const { dtype, fill } = isText ? { dtype: "string" as const, fill: "" } : node.spec;
    const spec = this.spec({ shape, dtype, like: node.spec, fill, isMatrix: false, rowBytes });
    this.array(path, spec, node.attrs);
    this.element({ kind: "copy", path, spec, input, source: node.path, chunkBytes: chunkBytes(node.spec) });
  }

  /** Add a one-dimensional array of values that the plan itself holds. */
  list(path: string, dtype: DType, like: ArraySpec | undefined, values: Values): void {
    this.append(path, dtype, like, [{ at: whole(countOf(values)), source: { from: "list", values } }]);
  }
}

/** `nodes` with the groups around those whose names have slashes: HDF5 lets a column be called `n/UMI`. */
function withParents(nodes: readonly NodeSpec[]): readonly NodeSpec[] {
  const kinds = new Map(nodes.map(({ path, kind }) => [path, kind]));
  return nodes.flatMap((node) => {
    const parents: NodeSpec[] = [];
    for (let at = node.path.lastIndexOf("/"); at > 0; at = node.path.lastIndexOf("/", at - 1)) {
      const path = node.path.slice(0, at), kind = kinds.get(path);
      if (kind === "array") throw inArray(node.path, path);
      if (kind !== undefined) break;
      kinds.set(path, "group");
      parents.unshift({ kind: "group", path, attrs: {} });
    }
    return [...parents, node];
  });
}

function inArray(path: string, array: string): IncompatibleInputsError {
  return new IncompatibleInputsError(
    `Cannot write "${path}" beside the array "${array}"; leave one of them out with --skip`,
    { element: path },
  );
}

/** Encodings of text, whatever is stored. */
const TEXT_ENCODINGS: ReadonlySet<string> = new Set(["string", "string-array"]);

/** What a chunk that is not stored holds. */
export function zero(dtype: DType): FillValue {
  if (dtype === "string") return "";
  if (dtype === "bool") return false;
  if (typeof dtype !== "string") return null;
  return dtype.startsWith("complex") ? [0, 0] : 0;
}

function arrayAttrs(dtype: DType): Attributes {
  return { "encoding-type": dtype === "string" ? "string-array" : "array", "encoding-version": "0.2.0" };
}
