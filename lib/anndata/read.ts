/**
 * Small arrays read whole, and paths inside a store.
 *
 * @module
 */
import { isNumeric, type NumericType, type TypedArray, viewAs } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import { isRemote } from "../base/location.ts";
import { positions, product, type Range, size, strides, whole } from "../base/range.ts";
import { fromTexts, fromUtf8, rowBytes, rowText, type Strings, StringsBuilder } from "../base/strings.ts";
import type { ArrayNode, ArraySpec, Block, Group, Node, Placed, StringBlock } from "../storage/node.ts";
import { itemBytes } from "../base/dtype.ts";

/** The node at `path`, whose names are separated by slashes. */
export async function nodeAt(group: Group, path: string): Promise<Node | undefined> {
  let node: Node | undefined = group;
  for (const name of path.split("/").filter((part) => part !== "")) {
    if (node?.kind !== "group") return undefined;
    node = await node.child(name);
  }
  return node;
}

/** The array at `path`; a {@linkcode FormatError} where there is none. */
export async function arrayAt(group: Group, path: string): Promise<ArrayNode> {
  const node = await nodeAt(group, path);
  if (node?.kind === "array") return node;
  throw missing(group, path, "array");
}

/** The group at `path`; a {@linkcode FormatError} where there is none. */
export async function groupAt(group: Group, path: string): Promise<Group> {
  const node = await nodeAt(group, path);
  if (node?.kind === "group") return node;
  throw missing(group, path, "group");
}

function missing(group: Group, path: string, what: string): FormatError {
  const element = group.path === "" ? path : `${group.path}/${path}`;
  return new FormatError(`Cannot read "${group.source}": it has no ${what} "${element}"`, {
    source: group.source,
    element,
  });
}

/** All elements of a small array of numbers, in C order. */
export async function readNumbers(node: ArrayNode): Promise<TypedArray> {
  const { dtype } = node.spec;
  if (!isNumeric(dtype)) throw wrongType(node, "numbers");
  return viewAs(dtype as NumericType, await readBytes(node));
}

/** The bytes of a small array's elements, in C order, little-endian. */
export async function readBytes(node: ArrayNode): Promise<Uint8Array<ArrayBuffer>> {
  const { shape, dtype } = node.spec, item = itemBytes(dtype);
  const all = new Uint8Array(product(shape) * item);
  for await (const block of node.blocks(shape.map(whole))) copyBlock(block, shape, item, all);
  return all;
}

function copyBlock(block: Block, shape: readonly number[], item: number, into: Uint8Array): void {
  const target = strides(shape), last = shape.length - 1;
  // What lies side by side on the last axis, as it does in `into`, is copied at once.
  const line = block.ranges[last] ?? whole(1), run = block.strides[last] === 1 ? size(line) : 1;
  const starts = run > 1 ? block.ranges.with(last, { start: line.start, end: line.start + 1 }) : block.ranges;
  for (const at of positions(starts)) {
    let from = block.offset, to = 0;
    for (const [axis, position] of at.entries()) {
      from += (position - (block.ranges[axis]?.start ?? 0)) * (block.strides[axis] ?? 0);
      to += position * (target[axis] ?? 0);
    }
    into.set(block.bytes.subarray(from * item, (from + run) * item), to * item);
  }
}

/** The texts in `box` of an array, in C order, whether its strings are of any length or fixed; by default all. */
export async function readTexts(
  node: ArrayNode,
  box: readonly Range[] = node.spec.shape.map(whole),
): Promise<string[]> {
  const { dtype } = node.spec, lengths = box.map(size), steps = strides(lengths);
  const texts = new Array<string>(product(lengths));
  const set = (block: Placed, text: (element: number) => string): void => {
    for (const at of positions(block.ranges)) {
      let from = block.offset, to = 0;
      for (const [axis, position] of at.entries()) {
        from += (position - (block.ranges[axis]?.start ?? 0)) * (block.strides[axis] ?? 0);
        to += (position - (box[axis]?.start ?? 0)) * (steps[axis] ?? 1);
      }
      texts[to] = text(from);
    }
  };
  if (dtype === "string") {
    for await (const block of node.stringBlocks(box)) set(block, (element) => rowText(block.strings, element));
    return texts;
  }
  if (typeof dtype !== "object" || dtype.kind === "struct") throw wrongType(node, "text");
  const item = itemBytes(dtype), { kind } = dtype;
  for await (const block of node.blocks(box)) {
    set(block, (element) => fixedText(kind, block.bytes.subarray(element * item, (element + 1) * item)));
  }
  return texts;
}

/** All elements of a one-dimensional array as text: numbers become it. */
export async function readStrings(node: ArrayNode): Promise<Strings> {
  const { dtype, shape } = node.spec;
  if (isNumeric(dtype)) return fromTexts(Array.from(await readNumbers(node), String));
  if (dtype !== "string") return fromTexts(await readTexts(node));
  using names = new StringsBuilder();
  for await (const block of node.stringBlocks(shape.map(whole))) {
    appendBlock(block, names);
  }
  return names.finish();
}

/** Append the rows of `block`, of a one-dimensional array, to `into`. */
export function appendBlock({ ranges, offset, strides: [step = 0], strings }: StringBlock, into: StringsBuilder): void {
  const rows = product(ranges.map(size));
  if (step === 1) into.append(strings, offset, offset + rows);
  else for (let row = 0; row < rows; row++) into.push(rowBytes(strings, offset + row * step));
}

/** Chunks of fewer texts are not looked at: they take little, however long they are. */
const MANY_TEXTS = 2 ** 14;

/** Bytes of a text that nobody looks at, because it is far away or broken: more than names have. */
const UNSEEN_BYTES = 64;

/** How `node` is stored, and how long its texts are where it may hold much of them. */
export async function textSpec(node: ArrayNode): Promise<ArraySpec> {
  const { spec } = node, texts = product(spec.chunks);
  if (spec.dtype !== "string" || texts < MANY_TEXTS) return spec;
  const unseen = { ...spec, rowBytes: UNSEEN_BYTES };
  if (isRemote(node.source)) return unseen;
  try {
    const bytes = await node.textBytes?.();
    if (bytes === undefined) return spec;
    return { ...spec, rowBytes: Math.ceil(bytes / Math.min(texts, product(spec.shape))) + 4 };
  } catch {
    return unseen; // A broken chunk is told where it is read: nobody may want it.
  }
}

/** Text of a fixed size without the zeros at its end. */
export function fixedText(kind: "unicode" | "bytes", bytes: Uint8Array): string {
  if (kind === "bytes") return fromUtf8(bytes.subarray(0, trimmed(bytes, 1)));
  const points: string[] = [], view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < trimmed(bytes, 4); at += 4) points.push(String.fromCodePoint(view.getUint32(at, true)));
  return points.join("");
}

function trimmed(bytes: Uint8Array, unit: number): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return Math.ceil(end / unit) * unit;
}

/** An array that does not hold what it should. */
export function wrongType(node: ArrayNode, wanted: string): FormatError {
  return new FormatError(`Cannot read "${node.path}" of "${node.source}" as ${wanted}`, {
    source: node.source,
    element: node.path,
  });
}
