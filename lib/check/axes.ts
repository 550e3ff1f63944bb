/**
 * The names of positions: which cell, which gene.
 *
 * @module
 */
import { nodeAt, readTexts } from "../anndata/read.ts";
import type { ArrayNode, Group } from "../storage/node.ts";
import { isNumeric } from "../base/dtype.ts";
import type { Names } from "./difference.ts";

/** Names along the axes of an element. */
export type Axes = readonly (Names | null)[];

/** The axes of `element` of the store with this root, by where it lies. */
export function axesOf(root: Group, element: string): Axes {
  const of = (path: string) => new IndexNames(root, path), [slot = "", ...rest] = element.split("/");
  const [inner] = rest;
  switch (slot) {
    case "X":
    case "layers":
      return [of("obs"), of("var")];
    case "obs":
    case "obsm":
      return [of("obs")];
    case "var":
    case "varm":
      return [of("var")];
    case "obsp":
      return [of("obs"), of("obs")];
    case "varp":
      return [of("var"), of("var")];
    case "raw":
      return inner === "X" ? [of("obs"), of("raw/var")] : inner === "var" || inner === "varm" ? [of("raw/var")] : [];
    default:
      return [];
  }
}

/** The index of the dataframe at a path. */
class IndexNames implements Names {
  readonly #root: Group;
  readonly #path: string;
  #index: Promise<ArrayNode | undefined> | undefined;

  constructor(root: Group, path: string) {
    this.#root = root;
    this.#path = path;
  }

  async at(position: number): Promise<string | null> {
    const index = await (this.#index ??= this.#find());
    if (index === undefined || isNumeric(index.spec.dtype) || position >= (index.spec.shape[0] ?? 0)) return null;
    return (await readTexts(index, [{ start: position, end: position + 1 }]))[0] ?? null;
  }

  async #find(): Promise<ArrayNode | undefined> {
    const frame = await nodeAt(this.#root, this.#path);
    const name = frame?.attrs["_index"],
      node = frame?.kind === "group" && typeof name === "string" ? await nodeAt(frame, name) : undefined;
    const array = node?.kind === "group" ? await node.child("values") : node;
    return array?.kind === "array" && array.spec.shape.length === 1 ? array : undefined;
  }
}
