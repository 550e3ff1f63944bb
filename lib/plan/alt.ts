/**
 * Planning the axis that is joined: its dataframe, and what goes along it and from it to itself, by `merge`.
 *
 * Source: anndata `concat` with `merge_dataframes` and `resolve_merge_strategy`: values are brought to the joined names
 * first, then merged. `coalesce` is anncat's own.
 *
 * @module
 */
import { UnsupportedError } from "../base/errors.ts";
import { type Range, whole } from "../base/range.ts";
import { valueUnder } from "../base/record.ts";
import {
  type ColumnHeader,
  columnOf,
  type DenseHeader,
  type ElementHeader,
  type Elements,
  type ExactHeader,
  type FrameHeader,
  type MatrixHeader,
} from "../anndata/header.ts";
import type { MergeStrategy } from "../options.ts";
import type { SupportedColumn } from "./column.ts";
import { type PlaceColumn, planColumn } from "./column_plan.ts";
import { missingOf, namesOf } from "./column_source.ts";
import type { Draft } from "./draft.ts";
import type { AppendPart } from "./element.ts";
import { columnsOf, type Digests, sameDigest } from "./facts.ts";
import { exactElement, exactType } from "./exact.ts";
import { chunkBytes } from "./grid.ts";
import { coverage, type Joined } from "./joined.ts";
import { type Kept, mergeMappings } from "./merge.ts";
import { planGroup } from "./group.ts";
import { planMatrix } from "./matrix.ts";
import { planLeaf } from "./tree.ts";

/** The joined axis of a plan. */
export interface AltPlan {
  /** Where its dataframe goes: `obs`, `var` or `raw/var`. */
  readonly path: string;
  /** The inputs' dataframes. */
  readonly frames: readonly FrameHeader[];
  /** What goes along the axis: `obsm`, `varm` or `raw/varm`. */
  readonly along: readonly Elements[];
  /** What goes from it to itself: `obsp` or `varp`; null where there is no such thing. */
  readonly pairwise: readonly Elements[] | null;
  readonly joined: Joined;
  readonly digests: Digests;
}

/** Plan the axis' dataframe and its two mappings. */
export function planAlt(draft: Draft, plan: AltPlan): void {
  const { path, frames, along, pairwise, joined } = plan;
  planAltFrame(draft, path, frames, joined, (frame) => planColumns(draft, plan, frame, frames));
  planGroup(draft, `${path}m`);
  for (const { key, input, element } of kept(draft, plan, `${path}m`, along)) {
    planAltElement(
      draft,
      plan,
      `${path}m/${key}`,
      input,
      element,
      along.map((mapping) => valueUnder(mapping, key) ?? null),
    );
  }
  if (pairwise === null) return;
  planGroup(draft, `${path}p`);
  for (const { key, input, element } of kept(draft, plan, `${path}p`, pairwise)) {
    planSquare(draft, plan, `${path}p/${key}`, input, element);
  }
}

/** A dataframe with the joined names; `columns` plans its columns and returns the names of those that it has. */
export function planAltFrame(
  draft: Draft,
  path: string,
  frames: readonly FrameHeader[],
  joined: Joined,
  columns: (path: string) => readonly string[],
): void {
  const [first] = frames, named = new Set(frames.map((frame) => frame.index.name)), [shared] = named;
  const name = named.size === 1 ? shared ?? "_index" : "_index", place = draft.reserve();
  const order = columns(path);
  draft.groupAt(place, path, {
    "_index": name,
    "column-order": order,
    "encoding-type": "dataframe",
    "encoding-version": "0.2.0",
  });
  planNames(draft, `${path}/${name}`, first, joined);
}

/** The joined names, as a dataframe's index. */
function planNames(draft: Draft, path: string, first: FrameHeader | undefined, joined: Joined): void {
  if (joined.names !== null) return draft.list(path, "string", first?.index.spec, joined.names);
  const parts = first === undefined
    ? []
    : [{ at: whole(first.rows), source: namesOf(0, first.index.path, first.index.spec, "") }];
  draft.append(path, "string", first?.index.spec, parts);
}

/** Why nothing of the other axis but its index is kept. */
const NOT_MERGED = "only the index of the axis that is joined is kept; --merge says what else";

function planColumns(draft: Draft, plan: AltPlan, path: string, frames: readonly FrameHeader[]): string[] {
  const { strategy } = rulesOf(draft);
  if (strategy === null) {
    const names = [...new Set(frames.flatMap((frame) => frame.names))].filter((name) => draft.wants(`${path}/${name}`));
    if (names.length > 0) draft.note("dropped", path, `columns ${names.join(", ")}: ${NOT_MERGED}`);
    return [];
  }
  return kept(draft, plan, path, frames.map(columnsOf)).flatMap(({ key, input }) => {
    const own = frames.map((frame) => columnOf(frame, key));
    return planAltColumn(draft, plan, path, key, isCoalesced(draft) ? own : only(own, input)) ? [key] : [];
  });
}

/** `values` with everything but the one of input `input` left out. */
function only<T>(values: readonly (T | undefined)[], input: number): (T | undefined)[] {
  return values.map((value, at) => at === input ? value : undefined);
}

function isCoalesced(draft: Draft): boolean {
  return draft.options.merge === "coalesce";
}

/** For anncat's own `coalesce`, a name stays where any input has it. */
function rulesOf(draft: Draft): { readonly strategy: MergeStrategy | null } {
  const { merge } = draft.options;
  return { strategy: merge === "coalesce" ? "first" : merge };
}

/** What stays of the inputs' mappings at `path`, that the user wants. */
function kept<T extends { readonly path: string }>(
  draft: Draft,
  plan: AltPlan,
  path: string,
  mappings: readonly Readonly<Record<string, T>>[],
): { readonly key: string; readonly input: number; readonly element: T }[] {
  const { strategy } = rulesOf(draft), inputs = mappings.map((value, input) => ({ input, value }));
  const lost = ([key = ""]: readonly string[], why: string): void => {
    if (draft.wants(`${path}/${key}`)) draft.note("dropped", `${path}/${key}`, why);
  };
  if (strategy === null) {
    for (const key of new Set(mappings.flatMap(Object.keys))) lost([key], NOT_MERGED);
    return [];
  }
  const merged = mergeMappings(inputs, { strategy, same: sameDigest(plan.digests), children: () => null, lost });
  return [...merged].flatMap(([key, one]: readonly [string, Kept<T>]) =>
    one.kind === "value" && draft.wants(`${path}/${key}`) ? [{ key, input: one.input, element: one.value }] : []
  );
}

/** Plan a column along the joined axis; false where it is dropped. */
function planAltColumn(
  draft: Draft,
  { joined }: AltPlan,
  frame: string,
  name: string,
  columns: readonly (ColumnHeader | undefined)[],
): boolean {
  const present = columns.flatMap((column, input) => column === undefined ? [] : [input]);
  const hasHoles = coverage(joined, present) < joined.length;
  return planColumn(draft, {
    frame,
    name,
    columns,
    absent: { any: hasHoles, rows: hasHoles },
    keepsCategories: true,
    place: (supported) => gathered(draft, joined, supported),
  });
}

function gathered(draft: Draft, joined: Joined, columns: readonly (SupportedColumn | undefined)[]): PlaceColumn {
  const at: Range = whole(joined.length), present = columns.filter((column) => column !== undefined);
  return (source, missing) => {
    const layers = columns.flatMap((column, input) => {
      if (column === undefined) return [];
      const map = joined.maps[input] ?? null, rows = map?.length ?? joined.length;
      const gaps = present.length === 1 ? null : missingOf(column, input);
      return [{ source: source(column, input), rows, reindex: draft.reindex(map), gaps }];
    });
    const [first, ...others] = layers;
    const isWhole = first !== undefined && others.length === 0 && first.reindex === null;
    const parts: AppendPart[] = [{ at, source: isWhole ? first.source : { from: "gathered", layers, missing } }];
    return parts;
  };
}

/** Plan one element along the joined axis. `all` are the inputs' elements of that name. */
function planAltElement(
  draft: Draft,
  plan: AltPlan,
  path: string,
  input: number,
  element: ElementHeader,
  all: readonly (ElementHeader | null)[],
): void {
  const { joined } = plan, map = joined.maps[input] ?? null;
  switch (element.kind) {
    case "dense":
      return planRows(draft, plan, path, isCoalesced(draft) ? alike(draft, path, element, all) : [[input, element]]);
    case "sparse":
      if (isCoalesced(draft)) noteFirst(draft, path, all);
      return planRows(draft, plan, path, [[input, element]]);
    case "exact":
      if (isCoalesced(draft)) noteFirst(draft, path, all);
      return planExactRows(draft, joined, path, input, element);
    case "frame": {
      const frames = all.map((one) => one?.kind === "frame" ? one.frame : null);
      return planAltFrame(draft, path, plan.frames, joined, (frame) => {
        const own = isCoalesced(draft) ? frames : only(frames.map((one) => one ?? undefined), input);
        const names = [...new Set(own.flatMap((one) => one?.names ?? []))];
        return names.filter((name) => {
          const columns = own.map((one) => columnOf(one, name));
          return planAltColumn(draft, plan, frame, name, columns);
        });
      });
    }
    case "other":
      if (map !== null) throw cannotReindex(draft, path, input, element.what);
      return planLeaf(draft, path, input, element.leaf);
  }
}

/** Dense arrays that can be laid over one another: of the same shape but for their rows. */
function alike(
  draft: Draft,
  path: string,
  first: DenseHeader,
  all: readonly (ElementHeader | null)[],
): [number, DenseHeader][] {
  const form = (element: DenseHeader): string => element.spec.shape.slice(1).join(" × ");
  const found: [number, DenseHeader][] = [];
  for (const [input, element] of all.entries()) {
    if (element === null) continue;
    if (element.kind === "dense" && form(element) === form(first)) found.push([input, element]);
    else draft.note("dropped", path, `that of ${draft.inputName(input)} has another form than the first`);
  }
  return found;
}

/** What cannot be merged row by row: the first stays. */
function noteFirst(draft: Draft, path: string, all: readonly (ElementHeader | null)[]): void {
  if (all.filter((element) => element !== null).length < 2) return;
  draft.note("info", path, "only dataframes and dense arrays are merged row by row: the first input's is kept");
}

/** Matrices along the joined axis; the first one that has a row gives it. */
function planRows(
  draft: Draft,
  { joined }: AltPlan,
  path: string,
  matrices: readonly (readonly [number, MatrixHeader])[],
): void {
  const [one] = matrices;
  if (one === undefined) return;
  const [input, first] = one, [, width = 1, ...rest] = first.kind === "dense" ? first.spec.shape : first.shape;
  // Parts that come later are laid over earlier ones: the first input comes last.
  const ordered = matrices.toReversed(), span: Range = { start: 0, end: width };
  planMatrix(draft, {
    path,
    matrices: ordered.map(([, matrix]) => matrix),
    inputs: ordered.map(([own]) => own),
    axis: 1,
    spans: ordered.map(() => span),
    shape: [joined.length, width, ...rest],
    others: ordered.map(([, matrix]) => (matrix.kind === "dense" ? matrix.spec.shape : matrix.shape)[0] ?? 0),
    maps: ordered.map(([own]) => joined.maps[own] ?? null),
    covered: coverage(joined, ordered.map(([own]) => own)),
    isSquare: false,
    fillValue: null,
    sparseLayout: first.kind === "sparse" ? first.layout : "auto",
  });
  if (first.kind === "dense" && first.spec.shape.length < 2) throw cannotReindex(draft, path, input, "one dimension");
}

/** Rows that are all missing: what anndata makes of an array that has none, whatever its type. */
function planMissingRows(draft: Draft, path: string, input: number, shape: readonly number[]): void {
  planMatrix(draft, {
    path,
    matrices: [null],
    inputs: [input],
    axis: 1,
    spans: [whole(shape[1] ?? 1)],
    shape,
    others: [0],
    maps: [null],
    covered: 0,
    isSquare: false,
    fillValue: null,
    sparseLayout: "auto",
  });
}

/** A matrix from the joined axis to itself. */
function planSquare(draft: Draft, { joined }: AltPlan, path: string, input: number, element: ElementHeader): void {
  if (element.kind !== "dense" && element.kind !== "sparse") throw cannotReindex(draft, path, input, element.kind);
  planMatrix(draft, {
    path,
    matrices: [element],
    inputs: [input],
    axis: 0,
    spans: [whole(joined.length)],
    shape: [joined.length, joined.length],
    others: [(element.kind === "dense" ? element.spec.shape : element.shape)[0] ?? 0],
    maps: [joined.maps[input] ?? null],
    covered: coverage(joined, [input]),
    isSquare: true,
    fillValue: null,
    sparseLayout: element.kind === "sparse" ? element.layout : "auto",
  });
}

/** Text or records along the joined axis: no row may be without. */
function planExactRows(
  draft: Draft,
  joined: Joined,
  path: string,
  input: number,
  { path: source, spec }: ExactHeader,
): void {
  const shape = [joined.length, ...spec.shape.slice(1)], isText = exactType(spec.dtype) === "string";
  if (spec.shape[0] === 0 && joined.length > 0) return planMissingRows(draft, path, input, shape);
  if (coverage(joined, [input]) < joined.length && shape.every((length) => length > 0)) {
    throw new UnsupportedError(
      `Cannot bring "${path}" of ${draft.inputName(input)} to the joined names: some have no ${
        isText ? "text" : "record"
      } there, which cannot be written; leave it out with --skip ${path}`,
      { source: draft.inputName(input), element: path },
    );
  }
  const reindex = draft.reindex(joined.maps[input] ?? null), at = whole(shape[1] ?? 1);
  const parts = [{ input, path: source, at, reindex, isSquare: false, chunkBytes: chunkBytes(spec) }];
  exactElement(draft, { path, shape, dtype: exactType(spec.dtype), like: spec, axis: 1, parts });
}

function cannotReindex(draft: Draft, path: string, input: number, what: string): UnsupportedError {
  return new UnsupportedError(
    `Cannot bring "${path}" of ${draft.inputName(input)} to the joined names: it has ${what}; leave it out with ` +
      `--skip ${path}`,
    { source: draft.inputName(input), element: path },
  );
}
