/**
 * Planning a dataframe along the axis of concatenation: its index, its columns, the label.
 *
 * @module
 */
import { type Range, size } from "../base/range.ts";
import { fromTexts } from "../base/strings.ts";
import { listOf } from "../base/values.ts";
import { type Categories, columnOf, type FrameHeader, type IndexHeader } from "../anndata/header.ts";
import type { SupportedColumn } from "./column.ts";
import { categoricalGroup, codeType, type PlaceColumn, planColumn } from "./column_plan.ts";
import { namesOf } from "./column_source.ts";
import type { Draft } from "./draft.ts";
import type { AppendPart, AppendSource } from "./element.ts";

/** A dataframe to be planned. */
export interface FramePlan {
  /** Where it goes, such as `obs`. */
  readonly path: string;
  /** The inputs' dataframes; null where one has none. */
  readonly frames: readonly (FrameHeader | null)[];
  /** The inputs' indexes. */
  readonly indexes: readonly IndexHeader[];
  /** Where each input's rows go. */
  readonly spans: readonly Range[];
  /** The inputs' keys. */
  readonly keys: readonly string[];
  readonly join: "inner" | "outer";
  readonly label: string | null;
  readonly indexUnique: string | null;
}

/** Plan the dataframe into `draft`. */
export function planFrame(draft: Draft, plan: FramePlan): void {
  const carried: string[] = [], names = columnNames(plan);
  const place = draft.reserve();
  noteLost(draft, plan, names);
  for (const name of names) {
    if (name === plan.label) planLabel(draft, plan, name);
    else if (!draft.wants(`${plan.path}/${name}`) || !planAlongColumn(draft, plan, name)) continue;
    carried.push(name);
  }
  const index = planIndex(draft, plan);
  draft.groupAt(place, plan.path, {
    "_index": index,
    "column-order": carried,
    "encoding-type": "dataframe",
    "encoding-version": "0.2.0",
  });
}

/** Inner: the first input's order; outer: first seen. The label comes last where no column has its name. */
function columnNames(plan: FramePlan): string[] {
  const lists = plan.frames.map((frame) => frame?.columns.map((column) => column.name) ?? []);
  const names = plan.join === "outer"
    ? [...new Set(lists.flat())]
    : (lists[0] ?? []).filter((name) => plan.frames.every((frame) => columnOf(frame, name) !== undefined));
  return plan.label === null || names.includes(plan.label) ? names : [...names, plan.label];
}

/** Say which columns the join, or the label in their place, leaves out. */
function noteLost(draft: Draft, plan: FramePlan, names: readonly string[]): void {
  const all = new Set(plan.frames.flatMap((frame) => frame?.columns.map((column) => column.name) ?? []));
  const stay = new Set(names);
  for (const name of all) {
    const path = `${plan.path}/${name}`;
    if (!draft.wants(path)) continue;
    if (name === plan.label) draft.note("dropped", path, "the label stands in its place");
    else if (!stay.has(name)) draft.note("dropped", path, "some inputs have none; --join outer would keep it");
  }
}

/** The concatenated index; returns the name under which it is stored. */
function planIndex(draft: Draft, plan: FramePlan): string {
  const names = new Set(plan.indexes.map((index) => index.name));
  const [shared] = names, name = names.size === 1 ? shared ?? "_index" : "_index";
  if (name === plan.label) {
    throw new TypeError(`Cannot use the label "${name}": the index of ${plan.path} has that name`);
  }
  const parts = plan.indexes.map(({ path, spec }, input) => {
    const suffix = plan.indexUnique === null ? "" : `${plan.indexUnique}${plan.keys[input]}`;
    return part(plan, input, namesOf(input, path, spec, suffix));
  });
  draft.append(`${plan.path}/${name}`, "string", plan.indexes[0]?.spec, parts);
  return name;
}

function planLabel(draft: Draft, plan: FramePlan, name: string): void {
  const path = `${plan.path}/${name}`;
  categoricalGroup(draft, path, false);
  const type = codeType(plan.keys.length);
  draft.append(
    `${path}/codes`,
    type,
    undefined,
    plan.spans.map((_, input) => part(plan, input, { from: "value", value: input })),
  );
  draft.list(`${path}/categories`, "string", undefined, fromTexts(plan.keys));
}

function planAlongColumn(draft: Draft, plan: FramePlan, name: string): boolean {
  const columns = plan.frames.map((frame) => columnOf(frame, name));
  const rowsOf = (input: number): number => size(plan.spans[input] ?? { start: 0, end: 0 });
  return planColumn(draft, {
    frame: plan.path,
    name,
    columns,
    absent: {
      any: columns.includes(undefined),
      rows: columns.some((column, input) => column === undefined && rowsOf(input) > 0),
    },
    keepsCategories: draft.options.keepAll,
    place: (supported) => oneAfterTheOther(plan, supported),
  });
}

function oneAfterTheOther(plan: FramePlan, columns: readonly (SupportedColumn | undefined)[]): PlaceColumn {
  return (source, missing) =>
    columns.map((column, input) =>
      part(plan, input, column === undefined ? { from: "value", value: missing } : source(column, input))
    );
}

function part(plan: FramePlan, input: number, source: AppendSource): AppendPart {
  return { at: plan.spans[input] ?? { start: 0, end: 0 }, source };
}

/** Columns whose plan depends on whether some row has no category: those that are categorical only in part, or ordered. */
export function needsGaps(frames: readonly FrameHeader[]): ReadonlySet<string> {
  const kinds = new Map<string, Set<string>>();
  for (const column of frames.flatMap((frame) => frame.columns)) {
    const kind = column.kind === "categorical"
      ? `categorical${column.ordered ? describeList(column.categories) : ""}`
      : "other";
    kinds.set(column.name, (kinds.get(column.name) ?? new Set()).add(kind));
  }
  return new Set([...kinds].filter(([, found]) => found.size > 1).map(([name]) => name));
}

function describeList(categories: Categories): string {
  return JSON.stringify(listOf(categories.values));
}
