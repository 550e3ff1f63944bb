/**
 * Comparing arrays, piece by piece.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { readTexts } from "../anndata/read.ts";
import { itemBytes, type NumericType, viewAs } from "../base/dtype.ts";
import { product, type Range, size, strides } from "../base/range.ts";
import { cut } from "../report/text.ts";
import { rowBytes, rowText, type Strings, StringsBuilder } from "../base/strings.ts";
import type { ArrayNode } from "../storage/node.ts";
import { TextCursor } from "../stream/cursor.ts";
import { Tile } from "../stream/tile.ts";
import type { Tally } from "./difference.ts";
import type { Job } from "./job.ts";
import { sameOf, shown } from "./same.ts";
import { boxes } from "./tiles.ts";

/**
 * Count what differs in two arrays of numbers of one shape, read as `dtype`; where `mask` is true, nothing counts.
 */
export async function compareNumbers(
  job: Job,
  a: ArrayNode,
  b: ArrayNode,
  dtype: NumericType,
  mask: ArrayNode | null = null,
): Promise<Tally> {
  const tally = job.tally(), item = itemBytes(dtype), same = sameOf(dtype, job.rtol);
  const specs = mask === null ? [a.spec, b.spec] : [a.spec, b.spec, mask.spec];
  const most = job.room(a.path, specs, specs.length);
  for (const box of boxes(a.spec, b.spec, item, most)) {
    job.signal?.throwIfAborted();
    const length = product(box.map(size));
    using tiles = new DisposableStack();
    const left = await readTile(job, tiles, a, dtype, box), right = await readTile(job, tiles, b, dtype, box);
    const covered = mask === null ? null : await readTile(job, tiles, mask, "bool", box);
    tally.total += length;
    if (!sameBytes(left.bytes, right.bytes)) {
      const x = viewAs(dtype, left.bytes), y = viewAs(dtype, right.bytes), steps = strides(box.map(size));
      for (let i = 0; i < length; i++) {
        if (same(x, i, y, i) || (covered !== null && covered.bytes[i] !== 0)) continue;
        tally.add(() => ({ at: place(box, steps, i), a: shown(x, i, dtype), b: shown(y, i, dtype) }));
      }
    }
  }
  return tally;
}

/** What `node` has in `box`; the memory goes back with `tiles`, whatever goes wrong. */
async function readTile(
  job: Job,
  tiles: DisposableStack,
  node: ArrayNode,
  dtype: NumericType,
  box: readonly Range[],
): Promise<Tile> {
  const tile = Tile.over({ ...node.spec, dtype }, box, job.pool);
  tiles.defer(() => tile.release());
  await tile.read(node, box, box.map((range, axis) => tile.offsets(axis, range, (position) => position)));
  return tile;
}

/** The position of element `i` of `box`. */
function place(box: readonly Range[], steps: readonly number[], i: number): number[] {
  return box.map((range, axis) => range.start + Math.floor(i / (steps[axis] ?? 1)) % Math.max(1, size(range)));
}

/** Whether two pieces of memory hold the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function asBytes({ offsets }: Strings): Uint8Array {
  return new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength);
}

/** Rows of text that are compared at once. */
const TEXT_ROWS = 8192;

/** Count what differs in two arrays of text of one shape; where `mask` is true, nothing counts. */
export async function compareTexts(
  job: Job,
  a: ArrayNode,
  b: ArrayNode,
  mask: ArrayNode | null = null,
): Promise<Tally> {
  return a.spec.shape.length === 1 ? await compareColumns(job, a, b, mask) : await compareTextBoxes(job, a, b);
}

/** Columns of text: bytes with bytes, and no text is made of what is the same. */
async function compareColumns(job: Job, a: ArrayNode, b: ArrayNode, mask: ArrayNode | null): Promise<Tally> {
  const tally = job.tally(), rows = { start: 0, end: a.spec.shape[0] ?? 0 }, nothing = new Uint8Array();
  const left = new TextCursor(a, rows), right = new TextCursor(b, rows);
  using x = new StringsBuilder(), y = new StringsBuilder();
  job.room(a.path, [a.spec, b.spec], 2);
  try {
    for (let start = 0; start < rows.end; start += TEXT_ROWS) {
      job.signal?.throwIfAborted();
      using tiles = new DisposableStack();
      const count = Math.min(TEXT_ROWS, rows.end - start);
      x.clear();
      y.clear();
      await left.read(count, x, nothing);
      await right.read(count, y, nothing);
      const covered = mask === null ? null : await readTile(job, tiles, mask, "bool", [{ start, end: start + count }]);
      const [u, v] = [x.view(), y.view()], isSame = sameBytes(u.bytes, v.bytes) && sameBytes(asBytes(u), asBytes(v));
      for (let row = 0; row < count && !isSame; row++) {
        if ((covered !== null && covered.bytes[row] !== 0) || sameBytes(rowBytes(u, row), rowBytes(v, row))) continue;
        tally.add(() => ({ at: [start + row], a: quoted(rowText(u, row)), b: quoted(rowText(v, row)) }));
      }
      tally.total += count;
    }
  } finally {
    await left.close();
    await right.close();
  }
  return tally;
}

async function compareTextBoxes(job: Job, a: ArrayNode, b: ArrayNode): Promise<Tally> {
  const tally = job.tally(), most = job.room(a.path, [a.spec, b.spec], 2);
  for (const box of boxes(a.spec, b.spec, 32, most)) {
    job.signal?.throwIfAborted();
    const left = await readTexts(a, box), right = await readTexts(b, box), steps = strides(box.map(size));
    for (const [i, text] of left.entries()) {
      const other = right[i] ?? "";
      if (text !== other) tally.add(() => ({ at: place(box, steps, i), a: quoted(text), b: quoted(other) }));
    }
    tally.total += left.length;
  }
  return tally;
}

/** A text of a file may be of any length. */
function quoted(text: string): string {
  return JSON.stringify(cut(text, 100));
}
