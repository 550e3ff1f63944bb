/**
 * Groups and arrays that are not stored as such: what the readers of old stores are shown in place of what is there.
 *
 * @module
 */
import { itemBytes } from "../base/dtype.ts";
import { product, type Range, size, strides, whole } from "../base/range.ts";
import type {
  ArrayNode,
  ArraySpec,
  Attributes,
  Block,
  Group,
  Placed,
  StoreFormat,
  StringBlock,
} from "../storage/node.ts";

/** The children of a group: as in {@linkcode Group}. */
export type Children = Pick<Group, "names" | "child">;

/** A group at `path` of the store that `of` belongs to. */
export function virtualGroup(
  of: { readonly source: string; readonly format: StoreFormat },
  path: string,
  attrs: Attributes,
  children: Children,
): Group {
  const { names, child } = children;
  return { kind: "group", source: of.source, format: of.format, path, attrs, names, child };
}

/** The path of the child `name` of the group at `path`. */
export function below(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

/** An array under another path, or with other attributes, than it is stored with. */
export function renamed(array: ArrayNode, path: string, attrs: Attributes): ArrayNode {
  return {
    kind: "array",
    source: array.source,
    path,
    attrs,
    spec: array.spec,
    encoding: array.encoding,
    blocks: (selection) => array.blocks(selection),
    stringBlocks: (selection) => array.stringBlocks(selection),
    encoded: (chunk, lease, hasDecoded) => array.encoded(chunk, lease, hasDecoded),
    storedBytes: () => array.storedBytes?.(),
    textBytes: () => array.textBytes?.(),
  };
}

/** `array`, whose first axis has the length 1, without that axis. */
export function withoutFirstAxis(array: ArrayNode): ArrayNode {
  const { spec } = array, inner = (selection: readonly Range[]) => [whole(1), ...selection];
  return {
    ...renamed(array, array.path, array.attrs),
    spec: { ...spec, shape: spec.shape.slice(1), chunks: spec.chunks.slice(1), shards: null },
    encoding: undefined,
    async *blocks(selection) {
      for await (const block of array.blocks(inner(selection))) yield { ...block, ...placedWithoutFirst(block) };
    },
    async *stringBlocks(selection) {
      for await (const block of array.stringBlocks(inner(selection))) yield { ...block, ...placedWithoutFirst(block) };
    },
    encoded: () => undefined,
  };
}

function placedWithoutFirst({ ranges, strides }: Placed): Pick<Placed, "ranges" | "strides"> {
  return { ranges: ranges.slice(1), strides: strides.slice(1) };
}

/** A field of an array of records, as an array of its own. */
export class FieldArray implements ArrayNode {
  readonly kind = "array";
  readonly source: string;
  readonly path: string;
  readonly attrs: Attributes;
  readonly spec: ArraySpec;
  readonly encoding = undefined;
  readonly #records: ArrayNode;
  /** Where the field lies in a record, in bytes. */
  readonly #at: Range;
  readonly #recordBytes: number;

  /** The field number `field` of `records`, shown at `path`. */
  constructor(records: ArrayNode, field: number, path: string, attrs: Attributes) {
    const { dtype, shape, chunks, codecs } = records.spec;
    if (typeof dtype !== "object" || dtype.kind !== "struct") throw new TypeError(`"${records.path}" has no fields`);
    const own = dtype.fields[field];
    if (own === undefined) throw new RangeError(`"${records.path}" has no field ${field}`);
    const inside = own.shape ?? [], start = itemBytes({ kind: "struct", fields: dtype.fields.slice(0, field) });
    this.source = records.source;
    this.path = path;
    this.attrs = attrs;
    this.spec = {
      shape: [...shape, ...inside],
      dtype: own.dtype,
      chunks: [...chunks, ...inside.map((length) => Math.max(1, length))],
      shards: null,
      codecs,
      fill: null,
    };
    this.#records = records;
    this.#at = { start, end: start + itemBytes(own.dtype) * product(inside) };
    this.#recordBytes = itemBytes(dtype);
  }

  async *blocks(selection: readonly Range[]): AsyncGenerator<Block> {
    const outer = this.#records.spec.shape.length;
    let memory = new Uint8Array();
    for await (const block of this.#records.blocks(selection.slice(0, outer))) {
      const field = this.#field(block, selection.slice(outer), memory);
      memory = field.bytes;
      yield field;
    }
  }

  // deno-lint-ignore require-yield
  async *stringBlocks(): AsyncGenerator<StringBlock> {
    await Promise.reject(new TypeError(`Cannot read ${this.path} as strings: they are of a fixed length`));
  }

  encoded(): undefined {
    return undefined;
  }

  /** `inside` of the field of every record of `block`, in `memory` or, where that is too small, in more. */
  #field(block: Block, inside: readonly Range[], memory: Uint8Array<ArrayBuffer>): Block {
    const item = itemBytes(this.spec.dtype), bytes = size(this.#at), record = this.#recordBytes;
    const isFill = block.strides.every((stride) => stride === 0);
    const lengths = isFill ? block.ranges.map(() => 1) : block.ranges.map(size), count = product(lengths);
    const values = memory.length < count * bytes ? new Uint8Array(count * bytes) : memory;
    const steps = strides(lengths);
    for (let row = 0; row < count; row++) {
      const at = block.strides.reduce((sum, stride, axis) => {
        return sum + (Math.floor(row / (steps[axis] ?? 1)) % (lengths[axis] ?? 1)) * stride;
      }, block.offset);
      const start = at * record + this.#at.start;
      values.set(block.bytes.subarray(start, start + bytes), row * bytes);
    }
    const own = this.spec.shape.slice(block.ranges.length), ownSteps = strides(own), perRecord = bytes / item;
    return {
      ranges: [...block.ranges, ...inside],
      offset: inside.reduce((sum, range, axis) => sum + range.start * (ownSteps[axis] ?? 1), 0),
      strides: [...(isFill ? steps.map(() => 0) : steps.map((step) => step * perRecord)), ...ownSteps],
      bytes: values,
    };
  }
}
