/**
 * Making a plan from the inputs' headers and the names of their other axis. Pure: no file is touched, and every refusal
 * of a run is made here.
 *
 * @module
 */
import { IncompatibleInputsError } from "../base/errors.ts";
import { most } from "../base/most.ts";
import type { Range } from "../base/range.ts";
import type { Header, RawHeader } from "../anndata/header.ts";
import { nodeCount } from "../anndata/tree.ts";
import type { ResolvedOptions } from "../options.ts";
import type { StoreFormat } from "../storage/node.ts";
import { planAlt, planAltFrame } from "./alt.ts";
import { threadsFor } from "./batch.ts";
import { type BodyPlan, type Frame, planAxis, planX, shapeOf } from "./body.ts";
import { cutTasks } from "./cut.ts";
import { Draft } from "./draft.ts";
import type { Digests } from "./facts.ts";
import { planGroup } from "./group.ts";
import { heldBy } from "./held.ts";
import { assemblyMemory, checkFormat } from "./hdf5.ts";
import { type Joined, noteJoin } from "./joined.ts";
import { planLayers, planPairwise } from "./mapping.ts";
import { divide, fittedTo, memoryPlan, needOf } from "./memory.ts";
import type { Plan } from "./plan.ts";
import { planUns } from "./tree.ts";
import { checkWanted } from "./wanted.ts";

/** What a plan is made from. */
export interface PlanInputs {
  /** The inputs' headers. */
  readonly headers: readonly Header[];
  /** The inputs' keys. */
  readonly keys: readonly string[];
  /** The axis that is joined. */
  readonly joined: Joined;
  /** The genes of raw, where every input has one and genes are joined. */
  readonly rawJoined: Joined | null;
  /** Digests of the values that merges compare. */
  readonly digests: Digests;
  /** Where the result goes. */
  readonly output: { readonly location: string; readonly format: StoreFormat };
  readonly options: ResolvedOptions;
  /** Decoded bytes that a task reads at most, as far as stored objects can be told apart; by default the planner's. */
  readonly taskBytes?: number | undefined;
}

const AXES = ["obs", "var"] as const;

/** anndata merges nothing in raw. */
const NOT_MERGED_RAW = "of raw's genes only the index is kept";

/** Make the plan. */
export function buildPlan(inputs: PlanInputs): Plan {
  const { headers, keys, options, output } = inputs, { axis } = options, other = axis === 0 ? 1 : 0;
  const [first] = headers;
  if (first === undefined) throw new TypeError("No objects to concatenate");
  checkKeys(keys, headers.length);
  if (options.keepAll && headers.length > 1) {
    throw new TypeError(`Cannot keep all of ${headers.length} inputs: keepAll is for one`);
  }
  checkFormat(options, output.format, output.location);
  checkWanted(headers, keys, options);
  const draft = new Draft(headers, options, output.format);
  const shapes = headers.map((header) => header.shape), spans = spansOf(shapes.map((shape) => shape[axis]));
  const { joined } = inputs;
  const body: BodyPlan = { prefix: "", axis, keys, shapes, spans, joined, matrices: headers.map((header) => header.x) };
  draft.group("", { "encoding-type": "anndata", "encoding-version": "0.1.0" });
  planX(draft, body);
  planAxis(draft, body, headers.map((header) => header.frames[axis]), headers.map((header) => header.along[axis]));
  planAlt(draft, {
    path: AXES[other],
    frames: headers.map((header) => header.frames[other]),
    along: headers.map((header) => header.along[other]),
    pairwise: headers.map((header) => header.pairwise[other]),
    joined,
    digests: inputs.digests,
  });
  noteJoin(draft, AXES[other], joined);
  planGroup(draft, "layers");
  const others = shapes.map((shape) => shape[other]), mappings = headers.map((header) => header.layers);
  planLayers(draft, { path: "layers", mappings, axis, spans, shape: shapeOf(body), others, maps: joined.maps });
  planGroup(draft, `${AXES[axis]}p`);
  planPairwise(draft, { path: `${AXES[axis]}p`, mappings: headers.map((header) => header.pairwise[axis]), spans });
  planUns(draft, headers, keys, inputs.digests);
  planRaw(draft, inputs, body);
  return finish(inputs, draft, shapeOf(body));
}

/** Keys are as many as inputs, and differ. */
export function checkKeys(keys: readonly string[], inputs: number): void {
  if (keys.length < inputs) {
    throw new TypeError(`Cannot use ${keys.length} keys for ${inputs} inputs: give one key for each input`);
  }
  const repeated = keys.find((key, at) => keys.indexOf(key) !== at);
  if (repeated !== undefined) throw new TypeError(`Cannot use key "${repeated}" twice: keys must differ`);
}

function spansOf(lengths: readonly number[]): Range[] {
  let start = 0;
  return lengths.map((length) => ({ start, end: start += length }));
}

/** raw: carried where every input has it, with genes of its own. Nothing but the index of its genes is joined. */
function planRaw(draft: Draft, inputs: PlanInputs, main: Frame & Pick<BodyPlan, "spans" | "joined">): void {
  const raws = inputs.headers.map((header) => header.raw), { axis } = main;
  if (!draft.wants("raw") || raws.every((raw) => raw === null)) return;
  const lacking = raws.indexOf(null);
  if (lacking >= 0) return draft.note("dropped", "raw", `${draft.inputName(lacking)} has none`);
  const present = raws.filter((raw): raw is RawHeader => raw !== null), frames = present.map((raw) => raw.frame);
  const genes = frames.map((frame) => frame.rows), cells = inputs.headers.map((header) => header.shape[0]);
  const joined = axis === 1 ? main.joined : inputs.rawJoined ?? main.joined;
  if (axis === 0) noteJoin(draft, "raw/var", joined);
  const body: BodyPlan = {
    ...main,
    prefix: "raw/",
    matrices: present.map((raw) => raw.x),
    shapes: cells.map((count, input) => [count, genes[input] ?? 0]),
    spans: axis === 0 ? main.spans : spansOf(genes),
    joined,
  };
  draft.group("raw", { "encoding-type": "raw", "encoding-version": "0.1.0" });
  planX(draft, body);
  const varm = present.map((raw) => raw.varm);
  if (axis === 1) return planAxis(draft, body, frames, varm);
  if (draft.options.keepAll) {
    return planAlt(draft, { path: "raw/var", frames, along: varm, pairwise: null, joined, digests: inputs.digests });
  }
  planAltFrame(draft, "raw/var", frames, joined, () => {
    const columns = [...new Set(frames.flatMap((frame) => frame.names))];
    if (columns.length > 0) draft.note("dropped", "raw/var", `columns ${columns.join(", ")}: ${NOT_MERGED_RAW}`);
    return [];
  });
  planGroup(draft, "raw/varm");
  for (const name of new Set(varm.flatMap(Object.keys))) draft.note("dropped", `raw/varm/${name}`, NOT_MERGED_RAW);
}

/** Decoded bytes that a task reads at least and at most. */
const TARGET = { least: 8 * 2 ** 20, most: 512 * 2 ** 20 };

function finish(
  inputs: PlanInputs,
  draft: Draft,
  shape: readonly [number, number],
): Plan {
  const { headers, keys, options, output } = inputs, { maps, nodes, notes } = draft;
  if (options.strict) refuseNotes(notes);
  const maxElems = options.maxLoadedElems;
  const places = headers.map((header) => header.source), own = { reindexes: maps, elements: draft.elements, output };
  const names = [inputs.joined, inputs.rawJoined].filter((joined) => joined !== null);
  const unsNodes = headers.reduce((sum, { uns }) => sum + nodeCount(uns), 0);
  const held = heldBy(places, own, { names, categories: draft.categories, unsNodes });
  const needs = draft.elements.map((element) => ({ ...needOf(element, maps, maxElems), path: element.path }));
  const assembly = output.format.kind === "h5ad" ? assemblyMemory(nodes) : 0;
  if (assembly > 0) needs.push({ least: assembly, full: assembly, path: output.location });
  const { workers, task } = divide(options.memory, options.workers, held, needs);
  const elements = draft.elements.map((element) => fittedTo(element, task, maxElems, maps));
  const whole = cutTasks(elements, { task, target: Infinity, maxElems, maps });
  const total = whole.reduce((sum, piece) => sum + piece.bytes, 0);
  const target = Math.min(inputs.taskBytes ?? Infinity, TARGET.most, Math.max(TARGET.least, total / 32));
  const tasks = cutTasks(elements, { task, target, maxElems, maps });
  const used = threadsFor(total, workers, tasks.length);
  const largest = most(tasks, (task) => task.memory, assembly);
  return {
    version: 1,
    inputs: headers.map((header, at) => ({ location: header.source, key: keys[at] ?? "", shape: header.shape })),
    output,
    options,
    shape,
    nodes,
    elements,
    reindexes: maps,
    tasks,
    notes,
    memory: memoryPlan(options.memory, used, held, largest),
  };
}

function refuseNotes(notes: Plan["notes"]): void {
  const found = notes.find((note) => note.kind === "dropped" || note.kind === "coerced");
  if (found === undefined) return;
  throw new IncompatibleInputsError(
    `Cannot concatenate strictly: ${found.element} is ${found.kind} (${found.message})`,
    {
      element: found.element,
    },
  );
}
