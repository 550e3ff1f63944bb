/**
 * Planning mappings: layers, what goes along the axis of concatenation (obsm, or varm), and what goes from it to itself
 * (obsp, or varp).
 *
 * Source: anndata `inner_concat_aligned_mapping`, `outer_concat_aligned_mapping`, `concat_pairwise_mapping`.
 *
 * @module
 */
import { IncompatibleInputsError, UnsupportedError } from "../base/errors.ts";
import { type Range, size } from "../base/range.ts";
import { valueUnder } from "../base/record.ts";
import type { ElementHeader, Elements, FrameHeader, IndexHeader, MatrixHeader } from "../anndata/header.ts";
import type { Draft } from "./draft.ts";
import { planExact } from "./exact.ts";
import { planFrame } from "./frame.ts";
import { matrixPlan, planMatrix, positional } from "./matrix.ts";
import { planDiagonal } from "./diagonal.ts";
import { planLeaf } from "./tree.ts";

/** What a mapping's elements are concatenated with. */
export interface MappingPlan {
  /** Where it goes, such as `layers` or `raw/varm`. */
  readonly path: string;
  /** The inputs' mappings. */
  readonly mappings: readonly Elements[];
  /** Where each input goes on the axis of concatenation. */
  readonly spans: readonly Range[];
}

/** The names that the result has: those of all inputs, or of any. */
function keysOf(draft: Draft, { path, mappings }: MappingPlan): string[] {
  const lists = mappings.map(Object.keys), all = [...new Set(lists.flat())];
  const wanted = all.filter((key) => draft.wants(`${path}/${key}`));
  if (draft.options.join === "outer") return wanted;
  return wanted.filter((key) => {
    const lacking = lists.findIndex((list) => !list.includes(key));
    if (lacking >= 0) draft.note("dropped", `${path}/${key}`, `${draft.inputName(lacking)} has none`);
    return lacking < 0;
  });
}

/** The inputs' elements of one name, each a matrix or missing. */
function matricesOf(draft: Draft, plan: MappingPlan, key: string): (MatrixHeader | null)[] {
  return elementsOf(plan, key).map((element, input) => {
    if (element === null || element.kind === "dense" || element.kind === "sparse") return element;
    throw refused(draft, `${plan.path}/${key}`, input, element);
  });
}

function elementsOf(plan: MappingPlan, key: string): (ElementHeader | null)[] {
  return plan.mappings.map((mapping) => valueUnder(mapping, key) ?? null);
}

function refused(draft: Draft, path: string, input: number, element: ElementHeader): UnsupportedError {
  const what = element.kind === "other" ? element.what : "a dataframe";
  return new UnsupportedError(
    `Cannot concatenate "${path}" of ${draft.inputName(input)}: it has ${what}; leave it out with --skip ${path}`,
    { source: draft.inputName(input), element: path },
  );
}

/** Plan layers: every one as X is. */
export function planLayers(
  draft: Draft,
  plan: MappingPlan & Omit<Parameters<typeof matrixPlan>[1], "path" | "matrices">,
): void {
  for (const key of keysOf(draft, plan)) {
    const matrices = matricesOf(draft, plan, key);
    planMatrix(draft, matrixPlan(draft, { ...plan, path: `${plan.path}/${key}`, matrices }));
  }
}

/** Plan what goes along the axis of concatenation. `indexes` are the inputs' indexes of that axis. */
export function planAlong(
  draft: Draft,
  plan: MappingPlan & {
    readonly indexes: readonly IndexHeader[];
    readonly keys: readonly string[];
    readonly indexUnique: string | null;
  },
): void {
  for (const key of keysOf(draft, plan)) {
    const path = `${plan.path}/${key}`, elements = elementsOf(plan, key);
    const frames = elements.map((element) => element?.kind === "frame" ? element.frame : null);
    const [only] = elements;
    if (draft.options.keepAll && only?.kind === "other") planLeaf(draft, path, 0, only.leaf);
    else if (elements.some((element) => element?.kind === "exact")) planExact(draft, path, plan.spans, elements);
    else if (frames.every((frame) => frame === null)) {
      planPositional(draft, { ...plan, path }, matricesOf(draft, plan, key));
    } else {
      checkAllFrames(draft, path, elements);
      planFrame(draft, {
        ...plan,
        path,
        frames: frames as readonly (FrameHeader | null)[],
        join: draft.options.join,
        label: null,
      });
    }
  }
}

/** A dataframe goes only with dataframes; what is missing may stand beside it. */
function checkAllFrames(draft: Draft, path: string, elements: readonly (ElementHeader | null)[]): void {
  const odd = elements.findIndex((element) => element !== null && element.kind !== "frame");
  if (odd < 0) return;
  const frame = elements.findIndex((element) => element?.kind === "frame");
  throw new IncompatibleInputsError(
    `Cannot concatenate as "${path}" is a dataframe in ${draft.inputName(frame)} and none in ${
      draft.inputName(odd)
    }; ` +
      `leave it out with --skip ${path}`,
    { element: path },
  );
}

/** Arrays whose columns have no names: they are cut to the narrowest, or filled up to the widest. */
function planPositional(draft: Draft, plan: MappingPlan, matrices: readonly (MatrixHeader | null)[]): void {
  const { path, spans } = plan, present = matrices.filter((matrix) => matrix !== null);
  const shapes = present.map((matrix) => matrix.kind === "dense" ? matrix.spec.shape : matrix.shape);
  const [first = []] = shapes, rest = first.slice(2);
  const isOdd = (shape: readonly number[]): boolean =>
    shape.length !== first.length || rest.some((length, axis) => shape[axis + 2] !== length);
  const odd = shapes.find(isOdd);
  if (odd !== undefined) {
    throw new IncompatibleInputsError(
      `Cannot concatenate as "${path}" has the shapes ${first.join(" × ")} and ${odd.join(" × ")}; ` +
        `leave it out with --skip ${path}`,
      { element: path },
    );
  }
  const widths = shapes.map((shape) => shape[1] ?? 1);
  const width = draft.options.join === "inner" ? Math.min(...widths) : Math.max(...widths);
  const others = matrices.map((matrix) =>
    matrix === null ? 0 : (matrix.kind === "dense" ? matrix.spec.shape[1] : matrix.shape[1]) ?? 1
  );
  if (new Set(widths).size > 1) {
    draft.note(
      draft.options.join === "inner" ? "dropped" : "filled",
      path,
      `its widths are ${widths.join(", ")}: ${width} stay`,
    );
  }
  const maps = others.map((own, input) => matrices[input] === null || own === width ? null : positional(own, width));
  const length = spans.at(-1)?.end ?? 0;
  const shape = [length, ...first.slice(1, 2).map(() => width), ...rest];
  planMatrix(draft, matrixPlan(draft, { path, matrices, axis: 0, spans, shape, others, maps }));
}

/** Plan what goes from the axis of concatenation to itself: blocks on a diagonal. */
export function planPairwise(draft: Draft, plan: MappingPlan): void {
  if (!draft.options.pairwise) {
    for (const key of new Set(plan.mappings.flatMap(Object.keys))) {
      const path = `${plan.path}/${key}`;
      if (draft.wants(path)) draft.note("dropped", path, "--pairwise would put the inputs' blocks on a diagonal");
    }
    return;
  }
  for (const key of keysOf(draft, plan)) {
    const path = `${plan.path}/${key}`, matrices = matricesOf(draft, plan, key), [only, ...others] = matrices;
    const isKept = draft.options.sparseLayout === "keep" && others.length === 0;
    if (isKept && only !== undefined && only !== null) planWhole(draft, path, only, plan.spans);
    else planDiagonal(draft, path, matrices, plan.spans);
  }
}

/** The one matrix from an axis to itself, as it is. */
function planWhole(draft: Draft, path: string, matrix: MatrixHeader, spans: readonly Range[]): void {
  const length = spans.reduce((sum, span) => sum + size(span), 0);
  planMatrix(draft, {
    path,
    matrices: [matrix],
    inputs: [0],
    axis: 0,
    spans,
    shape: [length, length],
    others: [length],
    maps: [null],
    covered: length,
    isSquare: true,
    fillValue: null,
    sparseLayout: matrix.kind === "sparse" ? matrix.layout : "auto",
  });
}
