/**
 * `anncat info`.
 *
 * @module
 */
import { describeStore } from "../report/info.ts";
import { infoText } from "../report/info_text.ts";
import type { NodeInfo } from "../report/info_node.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { endpointOf, wholeNumberOf } from "./options.ts";

/** Show what a store holds. */
export async function infoCommand({ values, inputs, terminal, signal }: Context): Promise<void> {
  const [store, ...more] = inputs;
  if (store === undefined || store === "") throw new UsageError("No store: name one, as in anncat info a.zarr");
  if (more.length > 0) throw new UsageError(`Cannot show ${inputs.length} stores at once: name one`);
  const depth = wholeNumberOf(values, "depth", 0) ?? Infinity;
  const rows = wholeNumberOf(values, "head", 0);
  const info = await describeStore(store, { rows, signal, ...endpointOf(values) });
  const shape = { depth, arrays: values.has("arrays"), width: terminal.outColumns() };
  if (!values.has("json")) return terminal.out(infoText(info, shape));
  terminal.out(JSON.stringify({ ...info, root: cutTree(info.root, depth) }, null, 2) + "\n");
}

function cutTree(node: NodeInfo, depth: number): NodeInfo {
  return { ...node, children: depth <= 0 ? [] : node.children.map((child) => cutTree(child, depth - 1)) };
}
