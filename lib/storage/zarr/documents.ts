/**
 * The metadata of a whole store as the documents that zarr-python 3.1.6 writes, consolidated metadata included.
 *
 * @module
 */
import type { Attributes, NodeSpec } from "../node.ts";
import type { Writable } from "./json.ts";
import { lowerV2 } from "./metadata_v2.ts";
import { lowerV3 } from "./metadata_v3.ts";

/** A JSON document and where it goes. */
export interface Document {
  /** The node. */
  readonly path: string;
  /** The document's name below it. */
  readonly name: string;
  /** What it holds. */
  readonly json: Writable;
  /** How it is laid out. */
  readonly indent: "" | "  ";
}

type Json = { readonly [key: string]: Writable };

const EMPTY = { kind: "inline", must_understand: false, metadata: {} };

/** The documents of `nodes` in zarr's version `version`; those of the root come last. */
export function* documents(nodes: readonly NodeSpec[], version: 2 | 3): Generator<Document> {
  const sorted = [...nodes].sort((a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1));
  const root = sorted[0];
  if (root?.path !== "" || root.kind !== "group") throw new TypeError("Cannot write a store whose root is no group");
  const inner = sorted.slice(1);
  yield* version === 2 ? documentsV2(root.attrs, inner) : documentsV3(root.attrs, inner);
}

function depth(path: string): number {
  return path === "" ? 0 : path.split("/").length;
}

function* documentsV2(rootAttrs: Attributes, inner: readonly NodeSpec[]): Generator<Document> {
  const group = { zarr_format: 2 }, indent = "  ";
  const consolidated: Record<string, Writable> = { ".zgroup": group, ".zattrs": rootAttrs };
  for (const node of inner) {
    const { path, attrs } = node;
    const [name, json] = node.kind === "group" ? [".zgroup", group] : [".zarray", lowerV2(node.spec, path)];
    yield { path, name, json, indent };
    yield { path, name: ".zattrs", json: attrs, indent };
    consolidated[`${path}/.zattrs`] = attrs;
    consolidated[`${path}/${name}`] = node.kind === "group" ? { ...group, consolidated_metadata: EMPTY } : json;
  }
  yield { path: "", name: ".zattrs", json: rootAttrs, indent };
  yield { path: "", name: ".zmetadata", json: { metadata: consolidated, zarr_consolidated_format: 1 }, indent: "" };
  yield { path: "", name: ".zgroup", json: group, indent };
}

function* documentsV3(rootAttrs: Attributes, inner: readonly NodeSpec[]): Generator<Document> {
  const consolidated: Record<string, Writable> = {};
  for (const node of inner) {
    const { path, attrs } = node;
    const json = node.kind === "group" ? groupV3(attrs) : lowerV3(node.spec, attrs, path);
    yield { path, name: "zarr.json", json, indent: "  " };
    consolidated[path] = node.kind === "group" ? groupV3(attrs, EMPTY) : json;
  }
  const json = groupV3(rootAttrs, { ...EMPTY, metadata: consolidated });
  yield { path: "", name: "zarr.json", json, indent: "  " };
}

function groupV3(attributes: Attributes, consolidated?: Json): Json {
  const middle: Json = consolidated === undefined ? {} : { consolidated_metadata: consolidated };
  return { attributes, zarr_format: 3, ...middle, node_type: "group" };
}
