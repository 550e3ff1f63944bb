/** Arrays for the storage tests: made of a rule, written chunk by chunk, read back whole. */
import { type DType, isNumeric, itemBytes, type NumericType, viewAs } from "../lib/base/dtype.ts";
import { cell, cells, positions, product, type Range, size, strides, whole } from "../lib/base/range.ts";
import { fromTexts, rowText, type Strings } from "../lib/base/strings.ts";
import type { ArrayNode, ArraySpec, Attributes, NodeSpec, StoreWriter } from "../lib/storage/node.ts";
import type { ReadableStore, StoreKey } from "../lib/storage/store.ts";
import type { GrowingObject, WritableStore } from "../lib/storage/zarr/writer.ts";

/** What an array holds: text by element, or little-endian bytes. */
export type Values = readonly string[] | Uint8Array;

/** A store in memory, the smallest that zarrita knows. */
export class MemoryStore implements WritableStore {
  readonly objects = new Map<string, Uint8Array>();

  write(key: StoreKey, bytes: Uint8Array): void {
    this.objects.set(key, bytes.slice());
  }

  append(key: StoreKey): GrowingObject {
    const pieces: number[] = [];
    return {
      get length() {
        return pieces.length;
      },
      write(bytes: Uint8Array) {
        for (const byte of bytes) pieces.push(byte);
      },
      finish: () => this.write(key, Uint8Array.from(pieces)),
    };
  }
}

/** `objects` as a store that can list, which a bare `Map` cannot. */
export function listed(objects: ReadonlyMap<string, Uint8Array>): ReadableStore {
  return {
    get: (key) => objects.get(key),
    list(prefix) {
      const under = prefix === "/" ? "/" : `${prefix}/`;
      const below = [...objects.keys()].filter((key) => key.startsWith(under));
      return [...new Set(below.map((key) => key.slice(under.length).split("/")[0] ?? ""))];
    },
  };
}

/** Element `i` of the rule, for a number type, as bytes. */
function numbers(dtype: NumericType, count: number): Uint8Array {
  const bytes = new Uint8Array(count * itemBytes(dtype));
  const view = viewAs(dtype, bytes);
  for (let i = 0; i < view.length; i++) {
    const value = dtype === "bool" ? Number(i % 3 === 0) : i * 7 % 101;
    view[i] = view instanceof BigInt64Array || view instanceof BigUint64Array ? BigInt(value) : value;
  }
  return bytes;
}

/** `count` elements of `dtype`. */
export function makeValues(dtype: DType, count: number): Values {
  if (dtype === "string") return Array.from({ length: count }, (_, i) => "äö".repeat(i % 4) + i);
  if (isNumeric(dtype)) return numbers(dtype, count);
  const item = itemBytes(dtype);
  const bytes = new Uint8Array(count * item);
  let at = 0;
  for (const field of dtype.kind === "struct" ? dtype.fields : [{ dtype }]) {
    const bytesOf = field.dtype, width = itemBytes(bytesOf);
    for (let i = 0; i < count; i++) {
      const value = isNumeric(bytesOf)
        ? numbers(bytesOf, count).subarray(i * width, (i + 1) * width)
        : Uint8Array.of(48 + i % 10);
      bytes.set(value, i * item + at);
    }
    at += width;
  }
  return bytes;
}

/** Write all chunks of `values`, the last first where `backwards`. */
export async function writeArray(
  writer: StoreWriter,
  path: string,
  spec: ArraySpec,
  values: Values,
  backwards = false,
): Promise<void> {
  const { shape, chunks, dtype } = spec;
  const array = writer.array(path, spec);
  const grid = shape.map((length, axis) => cells(whole(length), chunks[axis] ?? 1));
  const all = Array.from(positions(grid), (at) => at.slice());
  for (const at of backwards ? all.reverse() : all) {
    const covered = at.map((index, axis) => cell(index, chunks[axis] ?? 1, shape[axis] ?? 0));
    const picked = Array.from(positions(covered), (position) => ({
      from: offsetOf(position, strides(shape)),
      to: offsetOf(position.map((p, axis) => p - (covered[axis]?.start ?? 0)), strides(chunks)),
    }));
    await array.write(at, makeChunk(dtype, product(chunks), values, picked));
  }
  await array.close();
}

function makeChunk(
  dtype: DType,
  count: number,
  values: Values,
  picked: readonly { readonly from: number; readonly to: number }[],
): Uint8Array | Strings {
  if (!(values instanceof Uint8Array)) {
    const texts = new Array<string>(count).fill("");
    for (const { from, to } of picked) texts[to] = values[from] ?? "";
    return fromTexts(texts);
  }
  const item = itemBytes(dtype);
  const bytes = new Uint8Array(count * item);
  for (const { from, to } of picked) bytes.set(values.subarray(from * item, (from + 1) * item), to * item);
  return bytes;
}

function offsetOf(position: readonly number[], steps: readonly number[]): number {
  return position.reduce((sum, index, axis) => sum + index * (steps[axis] ?? 0), 0);
}

/** Everything that `selection` holds, in C order. */
export async function readArray(array: ArrayNode, selection = array.spec.shape.map(whole)): Promise<Values> {
  const shape = selection.map(size);
  const pairs = function* (ranges: readonly Range[], offset: number, steps: readonly number[]) {
    for (const position of positions(ranges)) {
      const inBlock = position.map((p, axis) => p - (ranges[axis]?.start ?? 0));
      const inResult = position.map((p, axis) => p - (selection[axis]?.start ?? 0));
      yield { from: offset + offsetOf(inBlock, steps), to: offsetOf(inResult, strides(shape)) };
    }
  };
  if (array.spec.dtype === "string") {
    const texts = new Array<string>(product(shape)).fill("never read");
    for await (const block of array.stringBlocks(selection)) {
      for (const { from, to } of pairs(block.ranges, block.offset, block.strides)) {
        texts[to] = rowText(block.strings, from);
      }
    }
    return texts;
  }
  const item = itemBytes(array.spec.dtype);
  const bytes = new Uint8Array(product(shape) * item).fill(0xee);
  for await (const block of array.blocks(selection)) {
    if (block.bytes.byteOffset % 8 !== 0) throw new Error("A block starts at no multiple of 8");
    for (const { from, to } of pairs(block.ranges, block.offset, block.strides)) {
      bytes.set(block.bytes.subarray(from * item, (from + 1) * item), to * item);
    }
  }
  return bytes;
}

/** The part of `values`, an array of `shape`, that `selection` holds. */
export function pick(values: Values, shape: readonly number[], selection: readonly Range[], item: number): Values {
  const from = Array.from(positions(selection), (position) => offsetOf(position, strides(shape)));
  if (!(values instanceof Uint8Array)) return from.map((at) => values[at] ?? "");
  return Uint8Array.from(from.flatMap((at) => [...values.subarray(at * item, (at + 1) * item)]));
}

/** The metadata of arrays by path, with the groups above them. */
export function nodesOf(arrays: Readonly<Record<string, ArraySpec>>, attrs: Attributes = {}): NodeSpec[] {
  const groups = new Set([""]);
  for (const path of Object.keys(arrays)) {
    const parts = path.split("/");
    for (let i = 1; i < parts.length; i++) groups.add(parts.slice(0, i).join("/"));
  }
  return [
    ...Array.from(groups, (path): NodeSpec => ({ kind: "group", path, attrs: path === "" ? attrs : {} })),
    ...Object.entries(arrays).map(([path, spec]): NodeSpec => ({ kind: "array", path, attrs: { path }, spec })),
  ];
}
