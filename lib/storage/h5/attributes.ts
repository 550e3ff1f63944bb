/**
 * The attributes of groups and datasets, as JSON.
 *
 * Source: HDF5 File Format Specification 3.0, sections IV.A.2.m and v.
 *
 * @module
 */
import { fromUtf8 } from "../../base/strings.ts";
import type { Attributes, JsonValue } from "../node.ts";
import { openBTree2, recordsOf } from "./btree2.ts";
import { type H5Type, parseDatatype } from "./datatype.ts";
import { isBool, isComplex } from "./elements.ts";
import { Fields, UNDEFINED } from "./fields.ts";
import type { H5File } from "./file.ts";
import { FractalHeap } from "./fractal_heap.ts";
import { parseDataspace } from "./messages.ts";
import { type HeaderMessage, Message, readShared } from "./object_header.ts";

/** An attribute as it is stored. */
interface Attribute {
  readonly name: string;
  readonly type: H5Type;
  readonly shape: readonly number[] | null;
  readonly data: Uint8Array;
}

/** The attributes of the object with `messages`. Those of types that JSON has nothing for are left out. */
export function readAttributes(
  file: H5File,
  messages: readonly HeaderMessage[],
  pathOf: (address: number) => string | undefined,
): Attributes {
  using _open = file.hold();
  const found: [string, JsonValue][] = [];
  for (const data of attributeMessages(file, messages)) {
    const attribute = parseAttribute(file, data), value = valueOf(file, attribute, pathOf);
    if (value !== undefined) found.push([attribute.name, value]);
  }
  return Object.fromEntries(found);
}

function* attributeMessages(file: H5File, messages: readonly HeaderMessage[]): Generator<Uint8Array> {
  for (const { type, data, isShared } of messages) {
    if (type === Message.attribute) yield isShared ? readShared(file, data, type) : data;
    if (type !== Message.attributeInfo) continue;
    const fields = new Fields(data);
    fields.version("attribute information", 0);
    if (fields.u8() & 1) fields.skip(2);
    const heap = fields.u64(), tree = fields.u64();
    if (heap === UNDEFINED || tree === UNDEFINED) continue;
    const objects = new FractalHeap(file, heap);
    // A record: the attribute's place in the heap, flags, order of creation, the name's hash.
    for (const record of recordsOf(file, openBTree2(file, tree))) yield objects.object(record.subarray(0, 8));
  }
}

function parseAttribute(file: H5File, data: Uint8Array): Attribute {
  const fields = new Fields(data), version = fields.version("an attribute", 1, 2, 3), flags = fields.u8();
  const nameBytes = fields.u16(), typeBytes = fields.u16(), spaceBytes = fields.u16();
  if (version === 3) fields.skip(1);
  const part = (bytes: number): Uint8Array => {
    const taken = fields.take(bytes);
    if (version === 1) fields.skip(-bytes & 7);
    return taken;
  };
  const name = fromUtf8(new Fields(part(nameBytes)).terminated()), type = part(typeBytes), space = part(spaceBytes);
  const isShared = version > 1 && (flags & 1) !== 0;
  return {
    name,
    type: parseDatatype(new Fields(isShared ? readShared(file, type, Message.datatype) : type)),
    shape: parseDataspace(new Fields(space)),
    data: fields.take(fields.left),
  };
}

function valueOf(
  file: H5File,
  { type, shape, data }: Attribute,
  pathOf: (address: number) => string | undefined,
): JsonValue | undefined {
  if (shape === null) return null;
  const count = shape.reduce((a, b) => a * b, 1);
  if (count * type.bytes > data.length) throw new RangeError("an attribute has less than its shape");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (!isReadable(type)) return undefined;
  const one = (from: H5Type, at: number): JsonValue => {
    switch (from.kind) {
      case "integer":
        return integerAt(view, at, from);
      case "float":
        return floatAt(view, at, from.bytes, !from.isBig);
      case "complex":
        return [0, 1].map((part) => one(from.base, at + part * from.base.bytes));
      case "compound":
        return from.members.map((member) => one(member.type, at + member.offset));
      case "text":
        return fixed(data.subarray(at, at + from.bytes), from.isSpaced);
      case "vlen-text":
        return fixed(file.heap.referred(view, at), false);
      case "enum":
        return isBool(from) ? view.getUint8(at) !== 0 : one(from.base, at);
      case "array":
        return nested(from.shape, at, from.base.bytes, (each) => one(from.base, each));
      case "reference":
        return pathOf(Number(view.getBigUint64(at, true))) ?? null;
      default:
        return null;
    }
  };
  return nested(shape, 0, type.bytes, (at) => one(type, at));
}

function isReadable(type: H5Type): boolean {
  switch (type.kind) {
    case "opaque":
    case "other":
      return false;
    case "compound":
      return isComplex(type);
    case "array":
    case "complex":
      return isReadable(type.base);
    default:
      return true;
  }
}

/** Lists within lists of `shape`, whose elements lie `bytes` apart from `at` on. */
function nested(shape: readonly number[], at: number, bytes: number, one: (at: number) => JsonValue): JsonValue {
  const [length, ...rest] = shape;
  if (length === undefined) return one(at);
  const step = rest.reduce((a, b) => a * b, bytes);
  return Array.from({ length }, (_, i) => nested(rest, at + i * step, bytes, one));
}

function integerAt(view: DataView, at: number, type: Extract<H5Type, { kind: "integer" }>): JsonValue {
  const { bytes, isSigned, isBig } = type;
  let value = 0n;
  for (let i = 0; i < bytes; i++) value = value << 8n | BigInt(view.getUint8(at + (isBig ? i : bytes - 1 - i)));
  if (isSigned) value = BigInt.asIntN(bytes * 8, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function floatAt(view: DataView, at: number, bytes: number, isLittle: boolean): JsonValue {
  const value = bytes === 2
    ? view.getFloat16(at, isLittle)
    : bytes === 4
    ? view.getFloat32(at, isLittle)
    : view.getFloat64(at, isLittle);
  return Number.isFinite(value) ? value : String(value);
}

/** Text up to its first zero, or without the spaces at its end. */
function fixed(bytes: Uint8Array, isSpaced: boolean): string {
  const end = bytes.indexOf(0), text = fromUtf8(end < 0 ? bytes : bytes.subarray(0, end));
  return isSpaced ? text.replace(/ +$/, "") : text;
}
