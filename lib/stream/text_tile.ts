/**
 * Tiles of text: the twin of `tile.ts` for elements without a fixed size.
 *
 * @module
 */
import { itemBytes } from "../base/dtype.ts";
import { type Range, size } from "../base/range.ts";
import { rowBytes, type Strings, StringsBuilder, utf8 } from "../base/strings.ts";
import { fixedText, wrongType } from "../anndata/read.ts";
import type { ArrayNode, ArraySpec, Block, Placed, StringBlock } from "../storage/node.ts";
import { TileGrid } from "./tile.ts";

/** A rectangle of whole chunks of text in memory; what no input has is empty. */
export class TextTile extends TileGrid {
  /** The texts in the order in which they were read. */
  readonly #texts = new StringsBuilder();
  /** The text of every element, -1 for none. */
  readonly #rows: Int32Array;

  /** A tile that covers `box` of an array as a single chunk; it lies anywhere. */
  static over(spec: ArraySpec, box: readonly Range[]): TextTile {
    const shape = box.map(size), chunks = box.map(() => ({ start: 0, end: 1 }));
    return new TextTile({ ...spec, shape, chunks: shape }, chunks, box.map((range) => range.start));
  }

  /** A tile of the chunks `chunks` (a range of the chunk grid, an axis each); the grid starts at `origin`. */
  constructor(spec: ArraySpec, chunks: readonly Range[], origin: readonly number[] = []) {
    super(spec, chunks, origin);
    this.#rows = new Int32Array(this.length).fill(-1);
  }

  /** The texts of one chunk of the tile. */
  chunk(at: readonly number[]): Strings {
    const { start, end } = this.elementsOf(at), texts = this.#texts.view();
    const isAsRead = start === 0 && end === this.#texts.rows && this.#rows.every((row, element) => row === element);
    if (isAsRead) return texts;
    const chunk = new StringsBuilder();
    const nothing = new Uint8Array();
    for (let i = start; i < end; i++) {
      const row = this.#rows[i] as number;
      chunk.push(row < 0 ? nothing : rowBytes(texts, row));
    }
    return chunk.view();
  }

  /**
   * Take what `node` has in `selection`. `offsets` (an axis each, from {@linkcode TileGrid.offsets} over the same
   * selection) say where each position goes.
   */
  async read(node: ArrayNode, selection: readonly Range[], offsets: readonly Int32Array[]): Promise<void> {
    const isFree = node.spec.dtype === "string";
    for await (const block of isFree ? node.stringBlocks(selection) : node.blocks(selection)) {
      const textAt = reader(node, block);
      forEachElement(block, selection, offsets, (from, to) => {
        this.#rows[to] = this.#texts.rows;
        this.#texts.push(textAt(from));
      });
    }
  }

  /** Free the texts. */
  release(): void {
    this.#texts[Symbol.dispose]();
  }
}

/** How an element of a block becomes UTF-8. */
function reader(node: ArrayNode, block: Block | StringBlock): (element: number) => Uint8Array {
  if ("strings" in block) return (element) => rowBytes(block.strings, element);
  const { dtype } = node.spec;
  if (typeof dtype !== "object" || dtype.kind === "struct") throw wrongType(node, "text");
  const item = itemBytes(dtype);
  return (element) => utf8(fixedText(dtype.kind, block.bytes.subarray(element * item, (element + 1) * item)));
}

/** Tell of every element of a block that has a place: where it lies in the block, and where it goes. */
function forEachElement(
  block: Placed,
  selection: readonly Range[],
  offsets: readonly Int32Array[],
  tell: (from: number, to: number) => void,
): void {
  const walk = (axis: number, from: number, to: number): void => {
    const range = block.ranges[axis];
    if (range === undefined) return tell(from, to);
    const stride = block.strides[axis] ?? 0, first = range.start - (selection[axis]?.start ?? 0);
    for (let i = 0; i < size(range); i++) {
      const offset = offsets[axis]?.[first + i] ?? -1;
      if (offset >= 0) walk(axis + 1, from + i * stride, to + offset);
    }
  };
  walk(0, block.offset, 0);
}
