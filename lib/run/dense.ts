/**
 * Filling a dense array, tile by tile.
 *
 * @module
 */
import { cells, intersect, positions, type Range, shift, size } from "../base/range.ts";
import type { DenseElement, DensePart } from "../plan/element.ts";
import { unitShape } from "../plan/grid.ts";
import { fillBytes } from "../storage/fill.ts";
import type { ArrayNode, ArrayWriter } from "../storage/node.ts";
import { TextTile } from "../stream/text_tile.ts";
import { Tile, type TileGrid } from "../stream/tile.ts";
import type { Bench } from "./bench.ts";
import { copyChunk } from "./copy.ts";
import type { Inputs } from "./inputs.ts";

/** A tile of numbers, or of text. */
type AnyTile = Tile | TextTile;

/** Fill the stored objects `units` of `element`, in tiles of `tile` chunks an axis. */
export async function fillDense(
  bench: Bench,
  element: DenseElement,
  units: readonly Range[],
  tile: readonly number[],
): Promise<void> {
  const { axis, spec } = element, unit = unitShape(spec);
  const writer = bench.store.array(element.path, spec);
  // One row of stored objects at a time, so that only its shards are open.
  for (let at = units[axis]?.start ?? 0; at < (units[axis]?.end ?? 0); at++) {
    const box = units.map((range, one) => {
      const row = one === axis ? { start: at, end: at + 1 } : range, length = spec.shape[one] ?? 0;
      return cells(
        { start: row.start * (unit[one] ?? 1), end: Math.min(row.end * (unit[one] ?? 1), length) },
        spec.chunks[one] ?? 1,
      );
    });
    for (const chunks of tilesOf(box, tile)) await fillTile(bench, element, writer, chunks);
  }
  await writer.close();
}

/** The tiles of a box of chunks, last axis fastest. */
function* tilesOf(box: readonly Range[], tile: readonly number[]): Generator<readonly Range[]> {
  const grid = box.map((range, axis) => ({ start: 0, end: Math.ceil(size(range) / (tile[axis] ?? 1)) }));
  for (const at of positions(grid)) {
    yield box.map((range, axis) => {
      const start = range.start + (at[axis] ?? 0) * (tile[axis] ?? 1);
      return { start, end: Math.min(range.end, start + (tile[axis] ?? 1)) };
    });
  }
}

async function fillTile(
  bench: Bench,
  element: DenseElement,
  writer: ArrayWriter,
  chunks: readonly Range[],
): Promise<void> {
  const { axis, spec } = element;
  const along = {
    start: (chunks[axis]?.start ?? 0) * (spec.chunks[axis] ?? 1),
    end: (chunks[axis]?.end ?? 0) * (spec.chunks[axis] ?? 1),
  };
  const parts = element.parts.filter((part) => size(intersect(part.at, along)) > 0);
  if (await copyWhole(bench, element, writer, chunks, parts)) return;
  const tile = spec.dtype === "string" ? new TextTile(spec, chunks) : new Tile(spec, chunks, bench.pool);
  try {
    await readTile(bench, element, tile);
    for (const chunk of positions(chunks)) await writer.write(chunk, tile.chunk(chunk));
  } finally {
    tile.release();
  }
}

/** Read what the parts of `element` have under `tile`, and fill what none of them has. */
export async function readTile(inputs: Inputs, element: DenseElement, tile: AnyTile): Promise<void> {
  const along = tile.ranges[element.axis] ?? { start: 0, end: 0 };
  if (tile instanceof Tile && hasHoles(element, tile)) tile.fill(fillBytes(element.spec.dtype, element.fill));
  for (const part of element.parts) {
    if (size(intersect(part.at, along)) > 0) await readPart(inputs, element, tile, part);
  }
}

/** Whether some element of the tile may come from no part: where it juts out, or an input lacks it. */
function hasHoles(element: DenseElement, tile: TileGrid): boolean {
  return element.hasHoles || tile.ranges.some((range, axis) => size(range) % (element.spec.chunks[axis] ?? 1) !== 0);
}

async function readPart(inputs: Inputs, element: DenseElement, tile: AnyTile, part: DensePart): Promise<void> {
  const node = await inputs.array(part.input, part.path), map = inputs.map(part.reindex), { axis } = element;
  const isMapped = (one: number): boolean => one <= 1 && (one !== axis || part.isSquare);
  const selection = tile.ranges.map((range, one) => {
    if (map !== null && isMapped(one)) return sources(map, range);
    return one === axis ? shift(intersect(range, part.at), -part.at.start) : range;
  });
  if (selection.some((range) => size(range) === 0)) return;
  const offsets = selection.map((range, one) => {
    if (map !== null && isMapped(one)) return tile.offsets(one, range, (at) => map[at] ?? -1);
    return tile.offsets(one, range, one === axis ? (at) => at + part.at.start : (at) => at);
  });
  await tile.read(node, selection, offsets);
}

/** The shortest range of an input's positions that holds all which `map` sends into `range`. */
function sources(map: Int32Array, range: Range): Range {
  const isIn = (to: number): boolean => to >= range.start && to < range.end;
  const start = map.findIndex(isIn);
  return start < 0 ? { start: 0, end: 0 } : { start, end: map.findLastIndex(isIn) + 1 };
}

/** Copy the one chunk of a tile as it is stored, where an input's chunk lies right on it. */
async function copyWhole(
  bench: Bench,
  element: DenseElement,
  writer: ArrayWriter,
  chunks: readonly Range[],
  parts: readonly DensePart[],
): Promise<boolean> {
  const { axis, spec } = element, [part, ...others] = parts;
  if (part === undefined || others.length > 0 || part.reindex !== null) return false;
  if (chunks.some((range) => size(range) !== 1)) return false;
  const node: ArrayNode = await bench.array(part.input, part.path);
  const at = chunks.map((range) => range.start), chunk = spec.chunks[axis] ?? 1;
  const start = (at[axis] ?? 0) * chunk, end = Math.min(start + chunk, spec.shape[axis] ?? 0);
  if (part.at.start > start || part.at.end < end || (start - part.at.start) % chunk !== 0) return false;
  const from = at.map((one, i) => i === axis ? (start - part.at.start) / chunk : one);
  return await copyChunk(bench.pool, node, from, writer, at);
}
