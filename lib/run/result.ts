/**
 * What a run has made, once all tasks are done: the lengths that only it could tell.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import type { NodeSpec } from "../storage/node.ts";
import type { Folders } from "./bench.ts";
import { countedEntries } from "./sparse.ts";

/** The nodes of the result, and the stored entries of its sparse matrices by path. */
export interface Result {
  readonly nodes: readonly NodeSpec[];
  readonly entries: Readonly<Record<string, number>>;
}

/** The result of `plan`, all of whose tasks are done. */
export function finalNodes(plan: Pick<Plan, "elements" | "nodes">, folders: Folders): Result {
  const lengths = new Map<string, number>();
  for (const [number, element] of plan.elements.entries()) {
    if (element.kind !== "sparse") continue;
    const nnz = countedEntries(folders, number, element);
    lengths.set(`${element.path}/data`, nnz).set(`${element.path}/indices`, nnz);
  }
  const nodes = plan.nodes.map((node): NodeSpec => {
    const length = lengths.get(node.path);
    return length === undefined || node.kind === "group" ? node : { ...node, spec: { ...node.spec, shape: [length] } };
  });
  return { nodes, entries: entriesOf(nodes) };
}

function entriesOf(nodes: readonly NodeSpec[]): Record<string, number> {
  const sparse = nodes.filter((node) => /^cs[rc]_matrix$/.test(String(node.attrs["encoding-type"])));
  return Object.fromEntries(sparse.map(({ path }) => {
    const data = nodes.find((node) => node.path === `${path}/data`);
    return [path, data?.kind === "array" ? data.spec.shape[0] ?? 0 : 0];
  }));
}
