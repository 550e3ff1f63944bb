/**
 * A plan for people: the output's tree, what happens to the data, the work, the memory.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import { dtypeName } from "../base/dtype.ts";
import { most } from "../base/most.ts";
import type { Note, Plan } from "../plan/plan.ts";
import type { NodeSpec } from "../storage/node.ts";
import type { Estimate } from "./estimate.ts";
import { layoutText } from "./layout.ts";
import { type Branch, count, duration, escape, many, table, tree } from "./text.ts";

/** `plan` as text, with what it is estimated to come to. */
export function planText(plan: Plan, estimate: Estimate): string {
  const [obs, vars] = plan.shape, { output, options } = plan;
  const format = output.format.kind === "zarr" ? `zarr format ${output.format.version}` : "h5ad";
  const lines = [
    `${escape(output.location)}: ${count(obs)} obs × ${count(vars)} var, ${format}`,
    `${options.join} join of ${many(plan.inputs.length, "input")} along ${options.axis === 0 ? "obs" : "var"}`,
    estimateText(estimate),
    "",
    ...inputLines(plan),
    "",
    ...tree(outputTree(plan.nodes, estimate)),
    ...noteLines(plan.notes),
    "",
    ...workLines(plan),
    "",
    ...memoryLines(plan),
  ];
  return lines.join("\n") + "\n";
}

/** A note in one line, such as `dropped uns/pca: …`. */
export function noteText(note: Note): string {
  const kind = note.kind === "info" ? "" : `${note.kind} `;
  return `${kind}${escape(note.element)}: ${escape(note.message)}`;
}

/** Such as `about 460 MiB decoded, 310 MiB on disk, 2.1 s`. */
function estimateText({ decodedBytes, storedBytes, seconds }: Estimate): string {
  const disk = storedBytes === null ? "" : `, ${formatBytes(storedBytes)} on disk`;
  return `about ${formatBytes(decodedBytes)} decoded${disk}, ${duration(seconds)}`;
}

const KINDS = [["dropped", "Dropped"], ["coerced", "Coerced"], ["filled", "Filled"], ["info", "Notes"]] as const;

/** The notes under a heading for each kind; where there are none of the first three, that is said. */
function noteLines(notes: readonly Note[]): string[] {
  const lines = KINDS.flatMap(([kind, heading]) => {
    const own = notes.filter((note) => note.kind === kind);
    const rows = own.map(({ element, message }) => [escape(element), escape(message)]);
    return own.length === 0 ? [] : ["", `${heading}:`, ...table(rows, "  ")];
  });
  const isAllKept = notes.every((note) => note.kind === "info");
  return isAllKept ? [...lines, "", "Nothing is dropped, coerced or filled"] : lines;
}

const INPUTS = 20;

function inputLines(plan: Plan): string[] {
  const shown = plan.inputs.slice(0, INPUTS), left = plan.inputs.length - shown.length;
  const rows = shown.map(({ key, location, shape }) => [
    escape(key),
    `${count(shape[0])} × ${count(shape[1])}`,
    escape(location),
  ]);
  return ["Inputs:", ...table(rows, "  "), ...(left > 0 ? [`  … and ${count(left)} more`] : [])];
}

/** The output's nodes, which list parents first, as a tree. */
function outputTree(nodes: readonly NodeSpec[], { decoded }: Estimate): Branch {
  const branches = new Map<string, Branch & { readonly children: Branch[] }>();
  const root = { name: "/", cells: [] as string[], children: [] as Branch[] };
  branches.set("", root);
  for (const node of nodes) {
    if (node.path === "") continue;
    const at = node.path.lastIndexOf("/");
    const branch = {
      name: escape(node.path.slice(at + 1)),
      cells: nodeCells(node, decoded[node.path]),
      children: [] as Branch[],
    };
    branches.set(node.path, branch);
    (branches.get(at < 0 ? "" : node.path.slice(0, at)) ?? root).children.push(branch);
  }
  return root;
}

/** What is said of a node beside its name, a column each. */
export function nodeCells(node: NodeSpec, bytes: number | undefined): string[] {
  const encoding = escape(String(node.attrs["encoding-type"] ?? node.kind));
  if (node.kind === "group") {
    const { shape } = node.attrs;
    return [encoding, Array.isArray(shape) ? shape.map(Number).map(count).join(" × ") : ""];
  }
  const { spec } = node;
  const shape = spec.shape.map(count).join(" × ") || "scalar";
  return [encoding, shape, dtypeName(spec.dtype), layoutText(spec), formatBytes(bytes ?? 0)];
}

/** The tasks by stage and kind: how many there are, and how much they read. */
function workLines(plan: Plan): string[] {
  const sums = new Map<string, { stage: number; kind: string; tasks: number; bytes: number; memory: number }>();
  for (const { stage, kind, bytes, memory } of plan.tasks) {
    const id = `${stage} ${kind}`, sum = sums.get(id) ?? { stage, kind, tasks: 0, bytes: 0, memory: 0 };
    sums.set(id, {
      ...sum,
      tasks: sum.tasks + 1,
      bytes: sum.bytes + bytes,
      memory: Math.max(sum.memory, memory),
    });
  }
  const { total, limit, workers } = plan.memory, threads = Math.max(1, workers);
  const rest = total - threads * most(plan.tasks, (task) => task.memory);
  // A plan may have no task of a stage: people count those that there are.
  const stages = [...new Set(plan.tasks.map(({ stage }) => stage))].sort((a, b) => a - b);
  const rows = [...sums.values()].sort((a, b) => a.stage - b.stage).map((sum) => [
    `stage ${stages.indexOf(sum.stage) + 1}`,
    sum.kind,
    many(sum.tasks, "task"),
    `${formatBytes(sum.bytes)} to read`,
    `at most ${formatBytes(sum.memory)} a task`,
    `${formatBytes(rest + threads * sum.memory)} of ${formatBytes(limit)} in all`,
  ]);
  return ["Work:", ...(rows.length === 0 ? ["  nothing"] : table(rows, "  "))];
}

function memoryLines(plan: Plan): string[] {
  const { limit, total, workers, terms } = plan.memory;
  const threads = workers < 2 ? "in the main thread" : `in the main thread and ${many(workers - 1, "worker")}`;
  return [
    `Memory: ${formatBytes(total)} of ${formatBytes(limit)}, ${threads}`,
    ...table(terms.map(({ name, bytes }) => [name, formatBytes(bytes)]), "  "),
  ];
}
