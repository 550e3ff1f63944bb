/**
 * Planning what has cells, genes and a matrix: an AnnData, and the raw one inside it.
 *
 * @module
 */
import type { Range } from "../base/range.ts";
import type { Elements, FrameHeader, MatrixHeader } from "../anndata/header.ts";
import type { Draft } from "./draft.ts";
import { planFrame } from "./frame.ts";
import { planGroup } from "./group.ts";
import type { Joined } from "./joined.ts";
import { planAlong } from "./mapping.ts";
import { matrixPlan, planMatrix } from "./matrix.ts";

/** What all bodies of a plan share. */
export interface Frame {
  /** The axis of concatenation. */
  readonly axis: 0 | 1;
  /** The inputs' keys. */
  readonly keys: readonly string[];
}

/** A body to be planned. */
export interface BodyPlan extends Frame {
  /** What stands before its paths: `""`, or `raw/`. */
  readonly prefix: string;
  /** The inputs' matrices. */
  readonly matrices: readonly (MatrixHeader | null)[];
  /** The inputs' shapes. */
  readonly shapes: readonly (readonly [number, number])[];
  /** Where each input goes on the axis of concatenation. */
  readonly spans: readonly Range[];
  /** The other axis. */
  readonly joined: Joined;
}

/** Rows and columns of the result. */
export function shapeOf(
  { axis, spans, joined }: Pick<BodyPlan, "axis" | "spans" | "joined">,
): readonly [number, number] {
  const length = spans.at(-1)?.end ?? 0;
  return axis === 0 ? [length, joined.length] : [joined.length, length];
}

/** X missing in some inputs: an inner join has none, an outer one fills it (anndata 0.13's rule). */
export function planX(draft: Draft, body: BodyPlan): void {
  const { matrices, axis, spans, joined } = body, path = `${body.prefix}X`, lacking = matrices.indexOf(null);
  if (!draft.wants(path) || matrices.every((matrix) => matrix === null)) return;
  if (lacking >= 0 && draft.options.join === "inner") {
    draft.note("dropped", path, `${draft.inputName(lacking)} has none; --join outer would fill it`);
    return;
  }
  const others = body.shapes.map((shape) => shape[axis === 0 ? 1 : 0]);
  planMatrix(
    draft,
    matrixPlan(draft, { path, matrices, axis, spans, shape: shapeOf(body), others, maps: joined.maps }),
  );
}

/** The dataframe of the axis of concatenation, and what goes along it. */
export function planAxis(
  draft: Draft,
  body: Frame & { readonly spans: readonly Range[]; readonly prefix: string },
  frames: readonly FrameHeader[],
  along: readonly Elements[],
): void {
  const { keys, spans, prefix } = body, { join, label, indexUnique } = draft.options;
  const name = body.axis === 0 ? "obs" : "var", indexes = frames.map((frame) => frame.index);
  planFrame(draft, { path: `${prefix}${name}`, frames, indexes, spans, keys, join, label, indexUnique });
  const path = `${prefix}${name}m`;
  planGroup(draft, path);
  planAlong(draft, { path, mappings: along, spans, indexes, keys, indexUnique });
}
