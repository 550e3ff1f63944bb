/**
 * Making a plan from the inputs' headers and the names of their other axis. Pure: no file is touched, and every refusal
 * of a run is made here.
 *
 * @module
 */
import { IncompatibleInputsError } from "../base/errors.ts";
import type { Range } from "../base/range.ts";
import { rowCount, type Strings, toTexts } from "../base/strings.ts";
import type { Header } from "../anndata/header.ts";
import type { ResolvedOptions } from "../options.ts";
import type { StoreFormat } from "../storage/node.ts";
import { cutTasks } from "./cut.ts";
import { Draft } from "./draft.ts";
import type { AppendPart, Element } from "./element.ts";
import { planFrame } from "./frame.ts";
import { chunkBytes } from "./grid.ts";
import { duplicates, joinIndexes } from "./join.ts";
import { planMatrix } from "./matrix.ts";
import { divide, memoryPlan, needOf } from "./memory.ts";
import type { Plan } from "./plan.ts";

/** What a plan is made from. */
export interface PlanInputs {
  /** The inputs' headers. */
  readonly headers: readonly Header[];
  /** The inputs' keys. */
  readonly keys: readonly string[];
  /** The distinct indexes of the other axis; empty where all inputs have the same. */
  readonly indexes: readonly Strings[];
  /** Which of `indexes` each input has. */
  readonly indexOf: readonly number[];
  /** Where the result goes. */
  readonly output: { readonly location: string; readonly format: StoreFormat };
  readonly options: ResolvedOptions;
}

/** Make the plan. */
export function buildPlan(inputs: PlanInputs): Plan {
  const { headers, keys, options, output } = inputs, axis = options.axis, other = axis === 0 ? 1 : 0;
  const [first] = headers;
  if (first === undefined) throw new TypeError("No objects to concatenate");
  checkKeys(keys, headers.length);
  const zarrVersion = output.format.kind === "zarr" ? output.format.version : 3;
  const draft = new Draft(headers, options, zarrVersion);
  const joined = joinOther(draft, inputs);
  const spans = spansOf(headers.map((header) => header.shape[axis]));
  const length = spans.at(-1)?.end ?? 0;
  const shape = axis === 0 ? [length, joined.length] as const : [joined.length, length] as const;
  noteOthers(draft, headers);
  draft.group("", { "encoding-type": "anndata", "encoding-version": "0.1.0" });
  if (draft.wants("X")) {
    planX(draft, { inputs, shape, spans, reindexes: joined.reindexes, maps: joined.maps });
  }
  const names = ["obs", "var"] as const;
  planFrame(draft, {
    path: names[axis],
    frames: headers.map((header) => header.frames[axis]),
    spans,
    keys,
    join: options.join,
    label: options.label,
    indexUnique: options.indexUnique,
  });
  planOther(draft, names[other], headers, other, joined);
  for (const mapping of ["layers", "obsm", "varm", "obsp", "varp", "uns"]) {
    draft.group(mapping, { "encoding-type": "dict", "encoding-version": "0.1.0" });
  }
  const maps = joined.maps.map((map) => [...map]);
  return finish(inputs, draft, shape, maps);
}

function checkKeys(keys: readonly string[], inputs: number): void {
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

interface Joined {
  readonly length: number;
  /** The names, or null where they are those of every input. */
  readonly names: Strings | null;
  /** Each input's reindex by number. */
  readonly reindexes: readonly (number | null)[];
  readonly maps: readonly Int32Array[];
}

function joinOther(draft: Draft, inputs: PlanInputs): Joined {
  const { headers, indexes, indexOf, options } = inputs, other = options.axis === 0 ? 1 : 0;
  if (indexes.length < 2) {
    return { length: headers[0]?.shape[other] ?? 0, names: null, reindexes: headers.map(() => null), maps: [] };
  }
  indexes.forEach((index, number) => checkUnique(draft, index, indexOf.indexOf(number), other));
  const { names, reindexes } = joinIndexes(indexes, options.join);
  const kept = reindexes.filter((map) => map !== null);
  const numbers = reindexes.map((map) => map === null ? null : kept.indexOf(map));
  const what = other === 1 ? "var" : "obs";
  if (rowCount(names) === 0) {
    draft.note("info", what, `the inputs share no ${what} names; --join outer would keep all of them`);
  }
  return { length: rowCount(names), names, reindexes: indexOf.map((index) => numbers[index] ?? null), maps: kept };
}

function checkUnique(draft: Draft, index: Strings, input: number, other: 0 | 1): void {
  const { count, names } = duplicates(index);
  if (count === 0) return;
  const what = other === 1 ? "var" : "obs";
  const shown = names.map((name) => `"${name}"`).join(", ");
  throw new IncompatibleInputsError(
    `Cannot reindex ${what} of ${draft.inputName(input)}: ${count} ${what} names are duplicates (${shown}${
      count > names.length ? ", …" : ""
    }); make them unique first`,
    { source: draft.inputName(input), element: what },
  );
}

/** What this version does not carry is named, once for each element. */
function noteOthers(draft: Draft, headers: readonly Header[]): void {
  const elements = new Set(headers.flatMap((header) => header.others));
  for (const element of elements) {
    if (draft.wants(element)) draft.note("dropped", element, "this version of anncat does not carry it");
  }
}

interface XPlan {
  readonly inputs: PlanInputs;
  readonly shape: readonly [number, number];
  readonly spans: readonly Range[];
  readonly reindexes: readonly (number | null)[];
  readonly maps: readonly Int32Array[];
}

/** X missing in some inputs: an inner join has none, an outer one fills it (anndata 0.13's rule). */
function planX(draft: Draft, { inputs, shape, spans, reindexes, maps }: XPlan): void {
  const matrices = inputs.headers.map((header) => header.x), lacking = matrices.indexOf(null);
  if (matrices.every((matrix) => matrix === null)) return;
  if (lacking >= 0 && inputs.options.join === "inner") {
    draft.note("dropped", "X", `${draft.inputName(lacking)} has none; --join outer would fill it`);
    return;
  }
  const { axis } = inputs.options, other = axis === 0 ? 1 : 0;
  const others = inputs.headers.map((header) => header.shape[other]);
  planMatrix(draft, { path: "X", matrices, axis, spans, shape, others, reindexes, maps });
}

/** The other axis' dataframe: its index only. */
function planOther(draft: Draft, path: string, headers: readonly Header[], other: 0 | 1, joined: Joined): void {
  const frames = headers.map((header) => header.frames[other]), [first] = frames;
  const named = new Set(frames.map((frame) => frame.index.name)), [shared] = named;
  const name = named.size === 1 ? shared ?? "_index" : "_index";
  draft.group(path, {
    "_index": name,
    "column-order": [],
    "encoding-type": "dataframe",
    "encoding-version": "0.2.0",
  });
  if (joined.names !== null) return draft.list(`${path}/${name}`, "string", first?.index.spec, toTexts(joined.names));
  draft.append(`${path}/${name}`, "string", first?.index.spec, first === undefined ? [] : [indexPart(first.index)]);
}

function indexPart(index: Header["frames"][0]["index"]): AppendPart {
  const isText = index.spec.dtype === "string" || typeof index.spec.dtype === "object";
  return {
    at: { start: 0, end: index.spec.shape[0] ?? 0 },
    source: {
      from: "array",
      input: 0,
      path: index.path,
      chunkBytes: chunkBytes(index.spec),
      transform: { kind: isText ? "copy" : "text", suffix: "" },
    },
  };
}

/** Decoded bytes that a task reads at least and at most. */
const TARGET = { least: 8 * 2 ** 20, most: 512 * 2 ** 20 };

function finish(
  inputs: PlanInputs,
  draft: Draft,
  shape: readonly [number, number],
  maps: readonly (readonly number[])[],
): Plan {
  const { headers, keys, options, output } = inputs, { elements, notes } = draft;
  if (options.strict) refuseNotes(notes);
  const maxElems = options.maxLoadedElems;
  const planBytes = 12 * maps.reduce((sum, map) => sum + map.length, 0) + listBytes(elements);
  const needs = elements.map((element) => ({ ...needOf(element, maps, maxElems), path: element.path }));
  const { workers, task } = divide(options.memory, options.workers, planBytes, needs);
  const whole = cutTasks(elements, { task, target: Infinity, maxElems, maps });
  const total = whole.reduce((sum, piece) => sum + piece.bytes, 0);
  const target = Math.min(TARGET.most, Math.max(TARGET.least, total / 32));
  const tasks = cutTasks(elements, { task, target, maxElems, maps });
  // Starting workers takes longer than a small job takes.
  const used = total < TARGET.least ? 0 : Math.min(workers, tasks.length);
  const largest = Math.max(0, ...tasks.map((task) => task.memory));
  return {
    version: 1,
    inputs: headers.map((header, at) => ({ location: header.source, key: keys[at] ?? "", shape: header.shape })),
    output,
    options,
    shape,
    nodes: draft.nodes,
    elements,
    reindexes: maps,
    tasks,
    notes,
    memory: memoryPlan(options.memory, used, planBytes, largest),
  };
}

/** What the values that the plan itself holds take as JavaScript strings. */
function listBytes(elements: readonly Element[]): number {
  const parts = elements.flatMap((element) => element.kind === "append" ? element.parts : []);
  return 48 * parts.reduce((sum, { source }) => source.from === "list" ? sum + source.values.length : sum, 0);
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
