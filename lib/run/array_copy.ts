/**
 * Carrying an array as it is, whatever its type and rank.
 *
 * @module
 */
import { cells, positions, type Range } from "../base/range.ts";
import type { CopyElement } from "../plan/element.ts";
import { unitShape } from "../plan/grid.ts";
import type { ArrayNode, ArrayWriter } from "../storage/node.ts";
import { TextTile } from "../stream/text_tile.ts";
import { Tile } from "../stream/tile.ts";
import type { Bench } from "./bench.ts";
import { copyChunk } from "./copy.ts";

/** Fill the stored objects `units` (a range an axis) of `element`. */
export async function fillCopy(bench: Bench, element: CopyElement, units: readonly Range[]): Promise<void> {
  const { spec } = element, unit = unitShape(spec), node = await bench.array(element.input, element.source);
  for (const at of positions(units)) {
    const writer = bench.store.array(element.path, spec);
    const chunks = at.map((one, axis) => {
      const length = unit[axis] ?? 1, start = one * length;
      return cells({ start, end: Math.min(start + length, spec.shape[axis] ?? 0) }, spec.chunks[axis] ?? 1);
    });
    for (const chunk of positions(chunks)) await fillChunk(bench, element, node, writer, chunk);
    await writer.close();
  }
}

async function fillChunk(
  bench: Bench,
  { spec }: CopyElement,
  node: ArrayNode,
  writer: ArrayWriter,
  at: readonly number[],
): Promise<void> {
  const isText = spec.dtype === "string", chunk = at.map((one) => ({ start: one, end: one + 1 }));
  if (!isText && await copyChunk(bench.pool, node, at, writer, at)) return;
  const tile = isText ? new TextTile(spec, chunk) : new Tile(spec, chunk, bench.pool);
  try {
    if (tile instanceof Tile) tile.bytes.fill(0);
    const { ranges } = tile;
    await tile.read(node, ranges, ranges.map((range, axis) => tile.offsets(axis, range, (position) => position)));
    await writer.write(at, tile.chunk(at));
  } finally {
    tile.release();
  }
}
