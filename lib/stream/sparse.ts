/**
 * The rows of a sparse matrix that is put together from parts: one after the other along the major axis, or side by
 * side along the minor one.
 *
 * @module
 */
import { itemBytes } from "../base/dtype.ts";
import { intersect, type Range, shift, size } from "../base/range.ts";
import { fillBytes } from "../storage/fill.ts";
import { Converter } from "./convert.ts";
import { repeat } from "./cursor.ts";
import { Lane } from "./lane.ts";
import { fit, POINTER_ROWS, type Window, WindowBuffer, windows } from "./rows.ts";
import { RowShaper } from "./shape.ts";
import type { SparseView, SparseViewPart } from "./sparse_view.ts";

/**
 * What is wanted of rows: their entries, or how many they are. Counts that are presumed are those of rows which hold no
 * position twice, and are never too low: where nothing is dropped they need no entries.
 */
export type Wanted = "entries" | "counts" | "presumed counts";

/**
 * Rows `rows` of `view`, in windows of at most `limit` entries (a row is never cut). Where counts are wanted only
 * pointers are right: entries are read no further than counting needs.
 */
export function sparseRows(view: SparseView, rows: Range, limit: number, wanted: Wanted): AsyncGenerator<Window> {
  return view.along === "major"
    ? alongMajor(view, rows, limit, wanted)
    : alongMinor(view, rows, limit, wanted !== "entries");
}

async function* alongMajor(view: SparseView, rows: Range, limit: number, wanted: Wanted): AsyncGenerator<Window> {
  let at = rows.start;
  for (const part of view.parts) {
    const own = intersect(part.at, { start: at, end: rows.end });
    if (size(own) === 0) continue;
    yield* withoutPart(view, { start: at, end: own.start }, limit);
    if (at > rows.start) view.pool.clear(); // chunks of another store have other sizes
    yield* partRows(view, part, own, limit, wanted);
    at = own.end;
  }
  yield* withoutPart(view, { start: at, end: rows.end }, limit);
}

/** Rows `rows` of the view, all of them of `part`. */
async function* partRows(
  view: SparseView,
  part: SparseViewPart,
  rows: Range,
  limit: number,
  wanted: Wanted,
): AsyncGenerator<Window> {
  const buffer = new WindowBuffer(view.pool, itemBytes(part.dtype));
  const converter = new Converter(view.pool, part.dtype, view.dtype);
  const missing = view.fill === null || part.map === null ? null : holes(part.map, view.minor);
  const isPresumed = wanted === "presumed counts" && missing === null && part.map?.every((to) => to >= 0);
  const isCounted = part.map === null || isPresumed, reads = isCounted ? "pointers" : "indices";
  const shaper = part.map === null
    ? null
    : new RowShaper(view.pool, view.minor, part.dtype, fillBytes(part.dtype, missing === null ? null : view.fill));
  const reshape = { map: part.map, minor: part.minor, missing, name: part.name };
  const keepsPlaces = part.offset === 0 && (part.map?.every((to, from) => to === from) ?? true);
  try {
    const own = shift(rows, -part.at.start);
    for await (const window of windows(part.source, own, limit, buffer, wanted === "entries" ? "all" : reads)) {
      const place = shift(window.rows, part.at.start), { pointers, indices, data, keep } = window;
      const stored = { indices: keepsPlaces ? window.stored?.indices : undefined, data: window.stored?.data };
      if (wanted !== "entries") {
        const counted = isCounted ? pointers : shaper?.count(reshape, pointers, indices) ?? pointers;
        yield { ...window, rows: place, pointers: counted };
      } else if (shaper === null) {
        const count = pointers.at(-1) ?? 0;
        if (part.offset > 0) { for (let k = 0; k < count; k++) indices[k] = (indices[k] as number) + part.offset; }
        const converted = converter.convert(data, count);
        yield { rows: place, pointers, indices, data: converted, keep: converted === data ? keep : undefined, stored };
      } else {
        const shaped = shaper.shape(reshape, pointers, indices, data), count = shaped.at(-1) ?? 0;
        const converted = converter.convert(shaper.data, count), isKept = shaper.data === data;
        yield {
          rows: place,
          pointers: shaped,
          indices: shaper.indices,
          data: converted,
          stored: isKept ? stored : undefined,
        };
      }
    }
  } finally {
    for (const memory of [buffer, converter, shaper]) memory?.release();
    await part.source.close();
  }
}

/** Minor positions to which nothing is mapped; null where there are none. */
function holes(map: Int32Array, minor: number): Int32Array | null {
  const taken = new Uint8Array(minor);
  for (const to of map) if (to >= 0) taken[to] = 1;
  const found = Int32Array.from({ length: minor }, (_, at) => at).filter((at) => taken[at] === 0);
  return found.length === 0 ? null : found;
}

/** Rows that no part has: empty, or filled from end to end. */
function* withoutPart(view: SparseView, rows: Range, limit: number): Generator<Window> {
  if (size(rows) === 0) return;
  const width = view.fill === null ? 0 : view.minor;
  const step = width === 0 ? POINTER_ROWS : Math.max(1, Math.floor(limit / width));
  const count = Math.min(step, size(rows)) * width;
  const indices = Int32Array.from({ length: count }, (_, i) => i % width);
  const data = new Uint8Array(count * itemBytes(view.dtype));
  if (count > 0) {
    data.set(fillBytes(view.dtype, view.fill));
    repeat(data, itemBytes(view.dtype));
  }
  for (let start = rows.start; start < rows.end; start += step) {
    const end = Math.min(rows.end, start + step);
    yield {
      rows: { start, end },
      pointers: Float64Array.from({ length: end - start + 1 }, (_, i) => i * width),
      indices,
      data,
    };
  }
}

/** Rows whose windows are planned at once, side by side. */
const BATCH_ROWS = 4096;

async function* alongMinor(view: SparseView, rows: Range, limit: number, counting: boolean): AsyncGenerator<Window> {
  const lanes = view.parts.map((part) => new Lane(view, part, counting));
  const out = new WindowBuffer(view.pool, itemBytes(view.dtype));
  try {
    for (let start = rows.start; start < rows.end; start += BATCH_ROWS) {
      const batch = { start, end: Math.min(rows.end, start + BATCH_ROWS) };
      for (const lane of lanes) await lane.prepare(batch);
      const bounds = new Float64Array(size(batch) + 1);
      for (let row = 0; row < size(batch); row++) {
        bounds[row + 1] = lanes.reduce((sum, lane) => sum + lane.bound(start + row), bounds[row] as number);
      }
      for (let first = 0; first < size(batch);) {
        const last = fit(bounds, first, limit), place = { start: start + first, end: start + last };
        for (const lane of lanes) await lane.load(place);
        yield merge(lanes, place, out, counting);
        first = last;
      }
    }
  } finally {
    for (const lane of lanes) await lane.close();
    for (const memory of [...lanes, out]) memory.release();
  }
}

/** Put the rows of all lanes side by side. */
function merge(lanes: readonly Lane[], rows: Range, out: WindowBuffer, counting: boolean): Window {
  const pointers = new Float64Array(size(rows) + 1);
  for (let row = 0; row < size(rows); row++) {
    pointers[row + 1] = lanes.reduce((sum, lane) => sum + lane.count(row), pointers[row] as number);
  }
  if (!counting) {
    out.reserve(pointers[size(rows)] as number, true);
    for (let row = 0, at = 0; row < size(rows); row++) {
      for (const lane of lanes) at = lane.copy(row, out, at);
    }
  }
  return { rows, pointers, indices: out.indices, data: out.data };
}
