/**
 * Reading a one-dimensional array from front to back, as many elements at a time as the reader likes: every stored
 * chunk is decoded once.
 *
 * @module
 */
import { cast, isNumeric, itemBytes, type NumericType } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import type { Range } from "../base/range.ts";
import { fixedText, wrongType } from "../anndata/read.ts";
import { rowBytes, type StringsBuilder, utf8 } from "../base/strings.ts";
import type { ArrayNode, Block, Placed, StringBlock } from "../storage/node.ts";

/** The blocks of a one-dimensional array, one at a time. */
class BlockReader<B extends Placed> {
  readonly #node: ArrayNode;
  readonly #blocks: AsyncGenerator<B>;
  #block: B | undefined;

  constructor(node: ArrayNode, blocks: AsyncGenerator<B>) {
    this.#node = node;
    this.#blocks = blocks;
  }

  /** The block that was asked for last; who changes it puts another one in its place. */
  get block(): B | undefined {
    return this.#block;
  }

  set block(block: B | undefined) {
    this.#block = block;
  }

  /** The block that holds position `at`, which never goes back. */
  async at(at: number): Promise<B> {
    while (this.#block === undefined || at >= (this.#block.ranges[0]?.end ?? 0)) {
      const next = await this.#blocks.next();
      if (next.done === true) throw endOf(this.#node, at);
      this.#block = next.value;
    }
    return this.#block;
  }

  async close(): Promise<void> {
    await this.#blocks.return(undefined);
  }
}

/** Numbers, front to back. */
export class NumberCursor {
  /** What is read. */
  readonly node: ArrayNode;
  /** What is stored. */
  readonly dtype: NumericType;
  readonly #blocks: BlockReader<Block>;
  #at: number;

  /** Start reading `node` at `range.start`. */
  constructor(node: ArrayNode, range: Range) {
    const { dtype } = node.spec;
    if (!isNumeric(dtype)) throw wrongType(node, "numbers");
    this.node = node;
    this.dtype = dtype;
    this.#blocks = new BlockReader(node, node.blocks([range]));
    this.#at = range.start;
  }

  /** The next element to be read. */
  get position(): number {
    return this.#at;
  }

  /**
   * The next `count` elements where they lie, lent until more is read; undefined where they are of another type than
   * `dtype`, or do not lie side by side.
   */
  async peek(count: number, dtype: NumericType): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (count === 0 || dtype !== this.dtype) return undefined;
    const block = await this.#blocks.at(this.#at), range = block.ranges[0] as Range, item = itemBytes(dtype);
    if (block.strides[0] !== 1 || count > range.end - this.#at) return undefined;
    const first = (block.offset + this.#at - range.start) * item;
    return block.bytes.subarray(first, first + count * item);
  }

  /** Go past `count` elements. */
  skip(count: number): void {
    this.#at += count;
  }

  /** Whether most of the block's memory holds the next `count` elements, and can be left to who wants them. */
  canLeave(count: number): boolean {
    const block = this.#blocks.block;
    return block?.keep !== undefined && 2 * count * itemBytes(this.dtype) >= block.bytes.buffer.byteLength;
  }

  /** Leave the block's memory to who has been lent elements in it; what is still to be read moves elsewhere. */
  leave(): void {
    const { block } = this.#blocks, range = block?.ranges[0];
    if (block === undefined || range === undefined) return;
    const item = itemBytes(this.dtype), from = block.offset + this.#at - range.start, rest = range.end - this.#at;
    const bytes = block.bytes.slice(from * item, (from + rest) * item);
    block.keep?.();
    this.#blocks.block = { ranges: [{ start: this.#at, end: range.end }], offset: 0, strides: [1], bytes };
  }

  /** Read `count` elements into `into`, as `dtype`. */
  async read(count: number, into: Uint8Array, dtype: NumericType): Promise<void> {
    const from = itemBytes(this.dtype), to = itemBytes(dtype);
    for (let done = 0; done < count;) {
      const block = await this.#blocks.at(this.#at), range = block.ranges[0] as Range;
      const take = Math.min(count - done, range.end - this.#at), step = block.strides[0] ?? 0;
      const first = (block.offset + (this.#at - range.start) * step) * from;
      const target = into.subarray(done * to, (done + take) * to);
      if (step === 0) spread(block.bytes.subarray(first, first + from), this.dtype, target, dtype);
      else cast(block.bytes.subarray(first, first + take * from), this.dtype, target, dtype);
      this.#at += take;
      done += take;
    }
  }

  /** Free what the cursor holds. */
  async close(): Promise<void> {
    await this.#blocks.close();
  }
}

/** One element, all over `into`. */
export function spread(element: Uint8Array, from: NumericType, into: Uint8Array, to: NumericType): void {
  if (into.length === 0) return;
  const item = itemBytes(to);
  cast(element, from, into.subarray(0, item), to);
  repeat(into, item);
}

/** Copy the first `item` bytes of `into` all over it. */
export function repeat(into: Uint8Array, item: number): void {
  for (let filled = item; filled < into.length; filled *= 2) {
    into.copyWithin(filled, 0, Math.min(filled, into.length - filled));
  }
}

/** Text, front to back, from strings of any length or of a fixed one. */
export class TextCursor {
  readonly #node: ArrayNode;
  readonly #blocks: BlockReader<Block | StringBlock>;
  #at: number;

  /** Start reading `node` at `range.start`. */
  constructor(node: ArrayNode, range: Range) {
    this.#node = node;
    this.#blocks = new BlockReader<Block | StringBlock>(
      node,
      node.spec.dtype === "string" ? node.stringBlocks([range]) : node.blocks([range]),
    );
    this.#at = range.start;
  }

  /** The next row to be read. */
  get position(): number {
    return this.#at;
  }

  /** Append the next `count` rows to `into`, each with `suffix` behind it where that is not empty. */
  async read(count: number, into: StringsBuilder, suffix: Uint8Array): Promise<void> {
    for (let done = 0; done < count;) {
      const block = await this.#blocks.at(this.#at), range = block.ranges[0] as Range;
      const take = Math.min(count - done, range.end - this.#at), step = block.strides[0] ?? 0;
      const first = block.offset + (this.#at - range.start) * step;
      if (!("strings" in block)) this.#appendFixed(block, first, take, into, suffix);
      else if (suffix.length === 0 && step === 1) into.append(block.strings, first, first + take);
      else for (let row = 0; row < take; row++) into.push(rowBytes(block.strings, first + row * step), suffix);
      this.#at += take;
      done += take;
    }
  }

  /** Free what the cursor holds. */
  async close(): Promise<void> {
    await this.#blocks.close();
  }

  #appendFixed(block: Block, first: number, count: number, into: StringsBuilder, suffix: Uint8Array): void {
    const { dtype } = this.#node.spec;
    if (typeof dtype !== "object" || dtype.kind === "struct") throw wrongType(this.#node, "text");
    const item = itemBytes(dtype), step = block.strides[0] ?? 0;
    for (let row = 0; row < count; row++) {
      const at = (first + row * step) * item;
      into.push(utf8(fixedText(dtype.kind, block.bytes.subarray(at, at + item))), suffix);
    }
  }
}

function endOf(node: ArrayNode, at: number): FormatError {
  return new FormatError(`Cannot read "${node.path}" of "${node.source}": it ends at ${at}, before its length`, {
    source: node.source,
    element: node.path,
  });
}

/** Whether any number in the one-dimensional `node` is negative. */
export async function hasNegative(node: ArrayNode): Promise<boolean> {
  const length = node.spec.shape[0] ?? 0, cursor = new NumberCursor(node, { start: 0, end: length });
  const values = new Float64Array(8192);
  try {
    for (let at = 0; at < length; at += values.length) {
      const count = Math.min(values.length, length - at);
      await cursor.read(count, new Uint8Array(values.buffer, values.byteOffset, count * 8), "float64");
      for (let i = 0; i < count; i++) if ((values[i] as number) < 0) return true;
    }
    return false;
  } finally {
    await cursor.close();
  }
}
