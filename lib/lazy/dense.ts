/**
 * Dense arrays as streams of boxes.
 *
 * @module
 */
import { itemBytes, type NumericType, type TypedArray, viewAs } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import { intersect, product, type Range, size, strides, whole } from "../base/range.ts";
import type { ArrayNode, ArraySpec, Block } from "../storage/node.ts";
import { Tile } from "../stream/tile.ts";
import { type ChunkOptions, type Cut, type Cuttable, type ReadOptions, resolveCut, wholeCut } from "./cut.ts";
import { disposer, handedOut } from "./owned.ts";
import { turn } from "../base/turn.ts";

/**
 * A box of a dense array. Its values are the receiver's to keep and to change; who is done with them may say so
 * (`using chunk`), and their memory goes to the stream's next chunks.
 */
export interface DenseChunk extends Disposable {
  /** The discriminant. */
  readonly kind: "dense";
  /** The rows that the chunk covers. */
  readonly rows: Range;
  /** The columns that the chunk covers (the second axis; `0:1` where there is none). */
  readonly columns: Range;
  /** Its shape: rows, columns, and what more axes the array has. */
  readonly shape: readonly number[];
  /** The values in C order (a row's one after the other), in the array's type. */
  readonly data: TypedArray;
  /** Only sparse chunks have it. */
  readonly indptr?: undefined;
  /** Only sparse chunks have it. */
  readonly indices?: undefined;
}

/** A dense array of numbers. */
export interface DenseMatrix {
  /** The discriminant. */
  readonly kind: "dense";
  /** Its shape: rows, columns, and what more axes it has. */
  readonly shape: readonly number[];
  /** The type of the values. */
  readonly dtype: NumericType;
  /**
   * Stream it: without options stored chunk by stored chunk (a chunk may have some of the columns only, see
   * {@linkcode DenseChunk.columns}), rows first to last, each decoded once. With `rows` or `bytes` every chunk has all
   * columns; stored chunks are still decoded once as long as a row of them fits in 64 MiB.
   *
   * @throws {RangeError} where a range is not in the array. The stream itself throws {@linkcode FormatError} where the
   * store is broken, and the signal's reason when it is aborted.
   */
  chunks(options?: ChunkOptions): AsyncGenerator<DenseChunk, void, void>;
  /** Read it, or some of its rows, as one chunk. The same errors as {@linkcode chunks}. */
  read(options?: ReadOptions): Promise<DenseChunk>;
}

/** What a dense array is made from. */
export interface DenseOrigin {
  /** What messages call it. */
  readonly name: string;
  readonly dtype: NumericType;
  readonly spec: ArraySpec;
  readonly pool: BufferPool;
  /** The array, for one pass. */
  open(): Promise<ArrayNode>;
}

/** What is read of an array at once so that its stored chunks need not be decoded again. */
const MOST_BYTES = 64 * 2 ** 20;

/** A {@linkcode DenseMatrix}. */
export function denseMatrix(origin: DenseOrigin): DenseMatrix {
  const { name, dtype, spec: { shape } } = origin, what: Cuttable = { name, axis: "rows", length: shape[0] ?? 0 };
  return {
    kind: "dense",
    shape,
    dtype,
    chunks: (options = {}) => chunksOf(origin, resolveCut(what, options)),
    async read(options = {}) {
      const cut = wholeCut(what, options);
      for await (const chunk of chunksOf(origin, cut)) return chunk;
      return new Box(origin, boxOf(shape, cut.range)).chunk();
    },
  };
}

async function* chunksOf(origin: DenseOrigin, cut: Cut): AsyncGenerator<DenseChunk, void, void> {
  await turn(cut.signal);
  const node = await origin.open(), rowBytes = Math.max(1, product(node.spec.shape.slice(1)) * itemBytes(origin.dtype));
  const rows = cut.bytes === null ? cut.rows : Math.max(1, Math.floor(cut.bytes / rowBytes));
  try {
    const { range } = cut;
    const chunks = rows === null ? storedBoxes(origin, node, range) : wholeRows(origin, node, range, rows, rowBytes);
    yield* handedOut(chunks, cut.signal);
  } finally {
    origin.pool.clear();
  }
}

async function* storedBoxes(origin: DenseOrigin, node: ArrayNode, rows: Range): AsyncGenerator<DenseChunk, void, void> {
  for await (const block of node.blocks(boxOf(node.spec.shape, rows))) yield storedBox(origin, block);
}

/** A block as a chunk: in its own memory where it has that for itself, else copied. */
function storedBox(origin: DenseOrigin, block: Block): DenseChunk {
  const { dtype, pool } = origin, shape = block.ranges.map(size), item = itemBytes(dtype), steps = strides(shape);
  const isCOrder = steps.every((step, axis) => shape[axis] === 1 || step === block.strides[axis]);
  if (!isCOrder) {
    const box = new Box(origin, block.ranges);
    box.add(block);
    return box.chunk();
  }
  const bytes = block.bytes.subarray(block.offset * item, (block.offset + product(shape)) * item);
  if (block.keep === undefined || 2 * bytes.length < bytes.buffer.byteLength) {
    return chunkOf(origin, block.ranges, pool.copy(bytes));
  }
  block.keep();
  return chunkOf(origin, block.ranges, bytes);
}

function chunkOf({ dtype, pool }: DenseOrigin, ranges: readonly Range[], bytes: Uint8Array<ArrayBuffer>): DenseChunk {
  const [rows = whole(1), columns = whole(1)] = ranges, data = viewAs(dtype, bytes);
  const shape = ranges.map(size);
  return { kind: "dense", rows, columns, shape, data, [Symbol.dispose]: disposer(pool, bytes) };
}

/** Chunks of `count` of `rows`. The chunks under a row of stored ones grow at once, so that these are decoded once. */
async function* wholeRows(
  origin: DenseOrigin,
  node: ArrayNode,
  rows: Range,
  count: number,
  rowBytes: number,
): AsyncGenerator<DenseChunk, void, void> {
  const { shape, chunks } = node.spec, height = chunks[0] ?? 1, fitting = Math.floor(MOST_BYTES / rowBytes);
  const step = Math.max(1, height <= fitting ? height : Math.min(height, Math.max(count, fitting)));
  const boxes = new Set<Box>();
  let next = rows.start;
  for (let start = rows.start; start < rows.end;) {
    // Bands end where a row of stored chunks ends.
    const end = Math.min(rows.end, start + step, (Math.floor(start / height) + 1) * height);
    for (; next < end; next += count) {
      boxes.add(new Box(origin, boxOf(shape, { start: next, end: Math.min(rows.end, next + count) })));
    }
    for await (const block of node.blocks(boxOf(shape, { start, end }))) for (const box of boxes) box.add(block);
    for (const box of boxes) {
      if (box.rows.end > end) break;
      boxes.delete(box); // its memory is the receiver's alone
      yield box.chunk();
    }
    start = end;
  }
}

function boxOf(shape: readonly number[], rows: Range): Range[] {
  return shape.map((length, axis) => axis === 0 ? rows : whole(length));
}

/** What of `block` lies in `rows`: a stored chunk may have many more rows than the boxes that it goes to. */
function sharedRows(block: Block, rows: Range): Block | undefined {
  const [own, ...others] = block.ranges;
  if (own === undefined) return block;
  const shared = intersect(own, rows), [step = 0] = block.strides;
  if (size(shared) === 0) return undefined;
  return { ...block, ranges: [shared, ...others], offset: block.offset + (shared.start - own.start) * step };
}

/** A chunk that is put together from blocks, in memory of its own. */
class Box {
  /** The rows that it covers. */
  readonly rows: Range;
  readonly #ranges: readonly Range[];
  readonly #origin: DenseOrigin;
  readonly #tile: Tile;

  constructor(origin: DenseOrigin, ranges: readonly Range[]) {
    this.rows = ranges[0] ?? whole(1);
    this.#ranges = ranges.map((range) => ({ ...range }));
    this.#origin = origin;
    this.#tile = Tile.over(origin.spec, this.#ranges, origin.pool);
    origin.pool.leave(this.#tile.bytes); // the memory is the receiver's
  }

  /** Take what the box shares with `block`. */
  add(block: Block): void {
    const shared = sharedRows(block, this.rows);
    if (shared === undefined) return;
    const offsets = shared.ranges.map((range, axis) => this.#tile.offsets(axis, range, (at) => at));
    this.#tile.place(shared, this.#origin.dtype, shared.ranges, offsets);
  }

  chunk(): DenseChunk {
    return chunkOf(this.#origin, this.#ranges, this.#tile.bytes);
  }
}
