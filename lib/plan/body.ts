/**
 * Planning what has cells, genes and a matrix: an AnnData, and the raw one inside it.
 *
 * @module
 */
import type { Range } from "../base/range.ts";
import { toTexts } from "../base/strings.ts";
import type { Elements, FrameHeader, IndexHeader, MatrixHeader } from "../anndata/header.ts";
import type { Draft } from "./draft.ts";
import type { AppendPart } from "./element.ts";
import { planFrame } from "./frame.ts";
import { chunkBytes } from "./grid.ts";
import type { Joined } from "./joined.ts";
import { planAlong } from "./mapping.ts";
import { planMatrix } from "./matrix.ts";

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
  planMatrix(draft, { path, matrices, axis, spans, shape: shapeOf(body), others, maps: joined.maps });
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

/** The other axis' dataframe: its index only. */
export function planOtherAxis(draft: Draft, path: string, frames: readonly FrameHeader[], joined: Joined): void {
  const [first] = frames, named = new Set(frames.map((frame) => frame.index.name)), [shared] = named;
  const name = named.size === 1 ? shared ?? "_index" : "_index";
  const columns = [...new Set(frames.flatMap((frame) => frame.names))].filter((column) =>
    draft.wants(`${path}/${column}`)
  );
  if (columns.length > 0) draft.note("dropped", path, `columns ${columns.join(", ")}: ${NOT_MERGED}`);
  draft.group(path, {
    "_index": name,
    "column-order": [],
    "encoding-type": "dataframe",
    "encoding-version": "0.2.0",
  });
  if (joined.names !== null) return draft.list(`${path}/${name}`, "string", first?.index.spec, toTexts(joined.names));
  draft.append(`${path}/${name}`, "string", first?.index.spec, first === undefined ? [] : [indexPart(first.index)]);
}

/** Why nothing of the other axis but its index is kept. */
export const NOT_MERGED = "only the index of the axis that is joined is kept";

/** An empty mapping, to be filled. */
export function planGroup(draft: Draft, path: string): void {
  draft.group(path, { "encoding-type": "dict", "encoding-version": "0.1.0" });
}

function indexPart(index: IndexHeader): AppendPart {
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
