/**
 * The values in an output's `uns`: each is that of an input, under the same names or (`nest`) below the input's key.
 *
 * @module
 */
import { readTreeMapping, type TreeHeader, type TreeLeaf } from "../anndata/tree.ts";
import { arrayAt, readNumbers } from "../anndata/read.ts";
import { isNumeric } from "../base/dtype.ts";
import type { OpenAnnDataOptions } from "../lazy/open.ts";
import type { InputSource } from "../lazy/source.ts";
import { digestContested } from "../stream/digest_element.ts";
import { type OpenedRoot, openRoot } from "./verify_other.ts";

/** The paths of values in `uns` of `output` that no input has so. */
export async function strangeValues(
  output: InputSource,
  inputs: readonly InputSource[],
  how: OpenAnnDataOptions,
): Promise<readonly string[]> {
  using opened = await openRoot(output, how);
  const left = new Map<string, string>();
  for (const leaf of leavesOf(await unsOf(opened))) left.set(leaf.path, await digest(opened, leaf));
  for (const source of inputs) {
    if (left.size === 0) break;
    how.signal?.throwIfAborted();
    using input = await openRoot(source, how);
    const known = new Map(leavesOf(await unsOf(input)).map((leaf) => [leaf.path, leaf]));
    for (const [path, wanted] of left) {
      const own = known.get(path) ?? known.get(path.replace(/^uns\/[^/]*\//, "uns/"));
      if (own !== undefined && await digest(input, own) === wanted) left.delete(path);
    }
  }
  return [...left.keys()];
}

async function unsOf({ root }: OpenedRoot): Promise<TreeHeader | null> {
  const uns = await root.child("uns");
  return uns?.kind === "group" ? await readTreeMapping(uns) : null;
}

function leavesOf(tree: TreeHeader | null): TreeLeaf[] {
  if (tree === null) return [];
  return tree.kind === "leaf" ? [tree] : Object.values(tree.children).flatMap(leavesOf);
}

async function digest({ root, pool }: OpenedRoot, leaf: TreeLeaf): Promise<string> {
  const [node] = leaf.nodes;
  // A merge takes a NaN for none that is the same; here it is what it is.
  if (node?.kind === "array" && node.spec.shape.length === 0 && isNumeric(node.spec.dtype)) {
    return `scalar ${(await readNumbers(await arrayAt(root, leaf.path))).join()}`;
  }
  return await digestContested({ pool, root, axis: null }, { kind: "leaf", input: 0, leaf });
}
