/**
 * Finding out whether categorical columns have rows without a category, where a plan depends on it.
 *
 * @module
 */
import { valueUnder } from "../base/record.ts";
import type { ColumnHeader, ElementHeader, Elements, FrameHeader, Header } from "../anndata/header.ts";
import { arrayAt } from "../anndata/read.ts";
import { needsGaps } from "../plan/frame.ts";
import type { Group } from "../storage/node.ts";
import { hasNegative } from "./cursor.ts";

/** Opens an input by its number. */
export type OpenInput = (input: number) => Promise<Group>;

/** What the inputs have in one place; null where one has none. */
type Frames = readonly (FrameHeader | null)[];

/** Look into every dataframe that goes along one of `axes`. */
export async function withGaps(
  headers: readonly Header[],
  axes: readonly (0 | 1)[],
  open: OpenInput,
): Promise<readonly Header[]> {
  let result = headers;
  for (const axis of axes) {
    const frames = await lookInto(result.map((header) => header.frames[axis]), open);
    const along = await inMappings(result.map((header) => header.along[axis]), open);
    result = result.map((header, input) => ({
      ...header,
      frames: onAxis(header.frames, axis, frames[input] ?? header.frames[axis]),
      along: onAxis(header.along, axis, along[input] ?? header.along[axis]),
    }));
    if (axis === 1) result = await inRaw(result, open);
  }
  return result;
}

function onAxis<T>(pair: readonly [T, T], axis: 0 | 1, value: T): readonly [T, T] {
  return axis === 0 ? [value, pair[1]] : [pair[0], value];
}

/** The genes of raw go along axis var. */
async function inRaw(headers: readonly Header[], open: OpenInput): Promise<readonly Header[]> {
  const frames = await lookInto(headers.map((header) => header.raw?.frame ?? null), open);
  const varm = await inMappings(headers.map((header) => header.raw?.varm ?? {}), open);
  return headers.map((header, input) => {
    const { raw } = header;
    if (raw === null) return header;
    return { ...header, raw: { ...raw, frame: frames[input] ?? raw.frame, varm: varm[input] ?? raw.varm } };
  });
}

async function inMappings(mappings: readonly Elements[], open: OpenInput): Promise<Elements[]> {
  const result = mappings.map((mapping): Record<string, ElementHeader> => ({ ...mapping }));
  for (const key of new Set(mappings.flatMap(Object.keys))) {
    const elements = mappings.map((mapping) => valueUnder(mapping, key));
    const frames = await lookInto(elements.map((one) => one?.kind === "frame" ? one.frame : null), open);
    for (const [input, frame] of frames.entries()) {
      const element = elements[input];
      if (element?.kind === "frame" && frame !== null) (result[input] ?? {})[key] = { ...element, frame };
    }
  }
  return result;
}

async function lookInto(frames: Frames, open: OpenInput): Promise<Frames> {
  const names = needsGaps(frames.filter((frame) => frame !== null));
  if (names.size === 0) return frames;
  const result: (FrameHeader | null)[] = [];
  for (const [input, frame] of frames.entries()) {
    const columns: ColumnHeader[] = [];
    let root: Group | undefined;
    for (const column of frame?.columns ?? []) {
      if (column.kind !== "categorical" || !names.has(column.name)) columns.push(column);
      else {
        root ??= await open(input);
        const hasMissing = await hasNegative(await arrayAt(root, `${column.path}/codes`));
        columns.push({ ...column, categories: { ...column.categories, hasMissing } });
      }
    }
    result.push(frame === null ? null : { ...frame, columns });
  }
  return result;
}
