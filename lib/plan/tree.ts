/**
 * Planning `uns`, and values that are carried as they are.
 *
 * @module
 */
import type { Header } from "../anndata/header.ts";
import type { TreeHeader, TreeLeaf } from "../anndata/tree.ts";
import { IncompatibleInputsError } from "../base/errors.ts";
import type { Draft } from "./draft.ts";
import { type Digests, sameDigest, treeChildren } from "./facts.ts";
import { planGroup } from "./group.ts";
import { type Kept, mergeMappings } from "./merge.ts";

const NOT_MERGED = "--uns-merge says what to keep";

/** Plan `uns`. */
export function planUns(draft: Draft, headers: readonly Header[], keys: readonly string[], digests: Digests): void {
  const { unsMerge } = draft.options, trees = headers.map((header) => header.uns.children);
  const lost = (path: readonly string[], why: string): void => {
    const element = ["uns", ...path].join("/");
    if (draft.wants(element)) draft.note("dropped", element, why);
  };
  planGroup(draft, "uns");
  if (draft.options.keepAll) {
    for (const [name, tree] of Object.entries(trees[0] ?? {})) planTree(draft, `uns/${name}`, 0, tree);
    return;
  }
  switch (unsMerge) {
    case null:
      for (const name of new Set(trees.flatMap(Object.keys))) lost([name], NOT_MERGED);
      return;
    case "nest":
      return headers.forEach(({ uns }, input) => planNested(draft, keys[input] ?? "", input, uns.children));
    default: {
      const inputs = trees.map((value, input) => ({ input, value }));
      const same = sameDigest<TreeHeader>(digests);
      const merged = mergeMappings(inputs, { strategy: unsMerge, same, children: treeChildren, lost });
      for (const [name, kept] of merged) planKept(draft, `uns/${name}`, kept);
    }
  }
}

/** An input's whole `uns` under its key. */
function planNested(draft: Draft, key: string, input: number, children: Readonly<Record<string, TreeHeader>>): void {
  if (Object.keys(children).length === 0) return;
  if (key === "" || key.includes("/") || key === "." || key === "..") {
    throw new IncompatibleInputsError(
      `Cannot nest uns of ${
        draft.inputName(input)
      } under the key "${key}": a name in uns is not empty and has no slash; ` +
        `give the inputs other keys`,
      { source: draft.inputName(input), element: "uns" },
    );
  }
  planGroup(draft, `uns/${key}`);
  for (const [name, tree] of Object.entries(children)) planTree(draft, `uns/${key}/${name}`, input, tree);
}

function planKept(draft: Draft, path: string, kept: Kept<TreeHeader>): void {
  if (kept.kind === "value") return planTree(draft, path, kept.input, kept.value);
  if (!draft.wants(path)) return;
  planGroup(draft, path);
  for (const [name, child] of kept.children) planKept(draft, `${path}/${name}`, child);
}

function planTree(draft: Draft, path: string, input: number, tree: TreeHeader): void {
  if (!draft.wants(path)) return;
  if (tree.kind === "leaf") return planLeaf(draft, path, input, tree);
  planGroup(draft, path);
  for (const [name, child] of Object.entries(tree.children)) planTree(draft, `${path}/${name}`, input, child);
}

/** Plan a value of input `input` that is carried as it is. */
export function planLeaf(draft: Draft, path: string, input: number, leaf: TreeLeaf): void {
  for (const node of leaf.nodes) {
    const own = `${path}${node.path.slice(leaf.path.length)}`;
    if (node.kind === "group") draft.group(own, node.attrs);
    else draft.copy(own, input, node);
  }
}
