/**
 * What a plan has to know of values, beyond headers: which of the values that a merge compares are the same.
 *
 * @module
 */
import type { ColumnHeader, ElementHeader, FrameHeader, Header } from "../anndata/header.ts";
import type { TreeHeader } from "../anndata/tree.ts";
import type { MergeStrategy, ResolvedOptions } from "../options.ts";
import { type Candidate, mergeMappings, type MergeRules } from "./merge.ts";

/** A value that merges compare. */
export type Contested =
  | { readonly kind: "column"; readonly input: number; readonly frame: FrameHeader; readonly column: ColumnHeader }
  | { readonly kind: "along"; readonly input: number; readonly element: ElementHeader }
  | { readonly kind: "pairwise"; readonly input: number; readonly element: ElementHeader }
  | { readonly kind: "leaf"; readonly input: number; readonly leaf: TreeHeader };

/** Digests of values, after they were brought to the joined axis: by input, and by path in it. Equal values, equal text. */
export type Digests = readonly Readonly<Record<string, string>>[];

/** Whether two candidates are the same, by their digests. */
export function sameDigest<T extends { readonly path: string }>(
  digests: Digests,
): (a: Candidate<T>, b: Candidate<T>) => boolean {
  return (a, b) => {
    const [one, other] = [digests[a.input]?.[a.value.path], digests[b.input]?.[b.value.path]];
    return one !== undefined && one === other;
  };
}

/** The values whose digests a plan with these options needs. */
export function contested(headers: readonly Header[], options: ResolvedOptions): readonly Contested[] {
  const other = options.axis === 0 ? 1 : 0, found: Contested[] = [], { unsMerge } = options;
  const merge = options.merge === "coalesce" ? "first" : options.merge;
  if (merge !== null) {
    compared(merge, headers.map((header) => columnsOf(header.frames[other])), (input, column) => {
      const frame = headers[input]?.frames[other];
      if (frame !== undefined) found.push({ kind: "column", input, frame, column });
    });
    compared(merge, headers.map((header) => header.along[other]), (input, element) => {
      found.push({ kind: "along", input, element });
    });
    compared(merge, headers.map((header) => header.pairwise[other]), (input, element) => {
      found.push({ kind: "pairwise", input, element });
    });
  }
  if (unsMerge !== null && unsMerge !== "nest") {
    const trees = headers.map((header) => header.uns.children);
    compared<TreeHeader>(unsMerge, trees, (input, leaf) => found.push({ kind: "leaf", input, leaf }), treeChildren);
  }
  return found;
}

/** The columns of a dataframe by name. */
export function columnsOf(frame: FrameHeader): Readonly<Record<string, ColumnHeader>> {
  return Object.fromEntries(frame.columns.map((column) => [column.name, column]));
}

/** What a mapping in a tree holds; null for a value. */
export function treeChildren(tree: TreeHeader): Readonly<Record<string, TreeHeader>> | null {
  return tree.kind === "mapping" ? tree.children : null;
}

/** Tell of each value that a merge would compare, once. */
function compared<T>(
  strategy: MergeStrategy,
  mappings: readonly Readonly<Record<string, T>>[],
  tell: (input: number, value: T) => void,
  children: MergeRules<T>["children"] = () => null,
): void {
  const told = new Set<T>();
  const once = ({ input, value }: Candidate<T>): void => {
    if (!told.has(value)) tell(input, value);
    told.add(value);
  };
  const inputs = mappings.map((value, input) => ({ input, value }));
  mergeMappings(inputs, { strategy, children, same: (a, b) => (once(a), once(b), true), lost: () => {} });
}
