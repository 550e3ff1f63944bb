/**
 * Trees of values that are carried as they are: `uns`, and elements of other kinds than those that are concatenated.
 *
 * @module
 */
import type { Attributes, Group, Node, NodeSpec } from "../storage/node.ts";
import { textSpec } from "./read.ts";

/** A mapping, or a value in one. */
export type TreeHeader = TreeMapping | TreeLeaf;

/** A mapping by name, such as `uns`. */
export interface TreeMapping {
  readonly kind: "mapping";
  /** The path in the store. */
  readonly path: string;
  readonly children: Readonly<Record<string, TreeHeader>>;
}

/** A value: whatever anndata writes under one name. */
export interface TreeLeaf {
  readonly kind: "leaf";
  /** The path in the store. */
  readonly path: string;
  /** What it is, by its encoding. */
  readonly encoding: string;
  /** The value's nodes with their paths in the store, parents first. */
  readonly nodes: readonly NodeSpec[];
}

/** How many nodes lie in `tree`. */
export function nodeCount(tree: TreeHeader): number {
  if (tree.kind === "leaf") return tree.nodes.length;
  return Object.values(tree.children).reduce((sum, child) => sum + nodeCount(child), 1);
}

/** The mapping in `group` and all that lies below it. */
export async function readTreeMapping(group: Group): Promise<TreeMapping> {
  const children: Record<string, TreeHeader> = {};
  for (const name of await group.names()) {
    const node = await group.child(name);
    if (node !== undefined) children[name] = isMapping(node) ? await readTreeMapping(node) : await readLeaf(node);
  }
  return { kind: "mapping", path: group.path, children };
}

/** The value at `node`. */
export async function readLeaf(node: Node): Promise<TreeLeaf> {
  return { kind: "leaf", path: node.path, encoding: encodingOf(node), nodes: await nodesUnder(node) };
}

/** What anndata says that `node` holds. */
export function encodingOf({ kind, attrs }: { readonly kind: string; readonly attrs: Attributes }): string {
  const encoding = attrs["encoding-type"];
  return typeof encoding === "string" && encoding !== "" ? encoding : kind === "group" ? "dict" : "array";
}

function isMapping(node: Node): node is Group {
  return node.kind === "group" && encodingOf(node) === "dict";
}

async function nodesUnder(node: Node): Promise<NodeSpec[]> {
  const { path, attrs } = node;
  if (node.kind === "array") return [{ kind: "array", path, attrs, spec: await textSpec(node) }];
  const nodes: NodeSpec[] = [{ kind: "group", path, attrs }];
  for (const name of await node.names()) {
    const child = await node.child(name);
    if (child !== undefined) nodes.push(...await nodesUnder(child));
  }
  return nodes;
}
