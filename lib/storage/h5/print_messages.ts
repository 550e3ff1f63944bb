/**
 * The messages of object headers, as HDF5 1.8 writes them: every h5py reads them.
 *
 * Source: HDF5 File Format Specification 3.0, section IV.A.
 *
 * @module
 */
import { utf8 } from "../../base/strings.ts";
import { UnsupportedError } from "../../base/errors.ts";
import type { Attributes, CodecSpec, JsonValue } from "../node.ts";
import { Filter } from "./filters.ts";
import type { HeapWriter } from "./heap_writer.ts";
import { Message } from "./object_header.ts";
import { NOWHERE, Printer, withChecksum } from "./printer.ts";
import { numeric, vlenText } from "./stored_type.ts";

/** The bytes that a message may have. */
export const MOST_MESSAGE_BYTES = 65_528;

/** A message of an object header. */
export interface PrintedMessage {
  readonly type: number;
  readonly data: Uint8Array;
}

/** An attribute's message, which may be longer than a header takes. */
export interface PrintedAttribute extends PrintedMessage {
  readonly name: string;
}

/** Only a datatype and a fill value are told never to change. */
function flagsOf({ type }: PrintedMessage): number {
  return type === Message.datatype || type === Message.fill ? 1 : 0;
}

/** An object header of version 1 with these messages. */
export function objectHeader(messages: readonly PrintedMessage[]): Uint8Array {
  const body = new Printer();
  for (const message of messages) {
    const { type, data } = message;
    body.u16(type).u16(data.length + (-data.length & 7)).u8(flagsOf(message)).zeros(3).put(data).align(8);
  }
  const bytes = body.finish();
  return new Printer().u8(1, 0).u16(messages.length).u32(1).u32(bytes.length).zeros(4).put(bytes).finish();
}

/** An object header of version 2 with these messages: the one that may lead to attributes beside it. */
export function objectHeader2(messages: readonly PrintedMessage[]): Uint8Array {
  const body = new Printer();
  for (const message of messages) body.u8(message.type).u16(message.data.length).u8(flagsOf(message)).put(message.data);
  return withChecksum(new Printer().letters("OHDR").u8(2, 2).u32(body.length).put(body.finish()));
}

/** A shape, null for one that holds nothing; `canGrow` along all of its axes. */
export function dataspace(shape: readonly number[] | null, canGrow: boolean): Uint8Array {
  const printer = new Printer().u8(
    2,
    shape?.length ?? 0,
    canGrow ? 1 : 0,
    shape === null ? 2 : shape.length === 0 ? 0 : 1,
  );
  for (const length of shape ?? []) printer.u64(length);
  if (canGrow) { for (const _ of shape ?? []) printer.u64(NOWHERE); }
  return printer.finish();
}

/** A fill value; the default one where `value` is empty. `when`: 1 early, 2 late, 3 chunk by chunk. */
export function fillValue(value: Uint8Array, when: 1 | 2 | 3): Uint8Array {
  return new Printer().u8(2, when, 2, 1).u32(value.length).put(value).finish();
}

/** Elements in the header itself. */
export function compactLayout(data: Uint8Array): Uint8Array {
  return new Printer().u8(3, 0).u16(data.length).put(data).finish();
}

/** Elements in one piece. */
export function contiguousLayout(address: number, bytes: number): Uint8Array {
  return new Printer().u8(3, 1).u64(address).u64(bytes).finish();
}

/** Elements in chunks, found through the tree at `address`. */
export function chunkedLayout(address: number, chunks: readonly number[], itemBytes: number): Uint8Array {
  const printer = new Printer().u8(3, 2, chunks.length + 1).u64(address);
  for (const length of chunks) printer.u32(length);
  return printer.u32(itemBytes).finish();
}

/** The filters of chunks of `chunkBytes` bytes. */
export function filterPipeline(codecs: readonly CodecSpec[], chunkBytes: number): Uint8Array {
  const printer = new Printer().u8(1, codecs.length).zeros(6);
  for (const { name, configuration } of codecs) {
    switch (name) {
      case "gzip":
        filter(printer, Filter.gzip, "deflate", [Number(configuration["level"])]);
        break;
      case "shuffle":
        filter(printer, Filter.shuffle, "shuffle", [Number(configuration["elementsize"])]);
        break;
      case "lzf":
        // Its own version, liblzf's, and the length that a chunk decodes to.
        filter(printer, Filter.lzf, "lzf", [4, 0x0105, chunkBytes]);
        break;
      default:
        throw new TypeError(`Cannot write codec ${name} into HDF5`);
    }
  }
  return printer.finish();
}

/** A filter that may be left out of a chunk. */
function filter(printer: Printer, id: number, name: string, values: readonly number[]): void {
  printer.u16(id).u16(name.length + 8 - name.length % 8).u16(1).u16(values.length).letters(name).zeros(
    8 - name.length % 8,
  );
  for (const value of values) printer.u32(value);
  if (values.length % 2 === 1) printer.zeros(4);
}

/** The messages of `attrs`; texts go into `heap`. `place` names the object in errors. */
export function attributeMessages(
  attrs: Attributes,
  heap: HeapWriter,
  place: { readonly source: string; readonly element: string },
): PrintedAttribute[] {
  return Object.entries(attrs).map(([name, value]) => {
    const printed = printValue(value, heap);
    if (printed !== undefined) return { type: Message.attribute, name, data: attribute(name, printed) };
    throw new UnsupportedError(
      `Cannot write attribute "${name}" of "${place.element}" to "${place.source}": it is of a kind that HDF5 has no ` +
        "attribute for",
      place,
    );
  });
}

/** The parts of an attribute. */
interface PrintedValue {
  readonly type: Uint8Array;
  readonly shape: readonly number[] | null;
  readonly data: Uint8Array;
}

function attribute(name: string, { type, shape, data }: PrintedValue): Uint8Array {
  const space = dataspace(shape, false), bytes = utf8(`${name}\0`);
  const head = new Printer().u8(3, 0).u16(bytes.length).u16(type.length).u16(space.length).u8(1);
  return head.put(bytes).put(type).put(space).put(data).finish();
}

/** `value` as h5py stores it; undefined for what it stores otherwise than as an attribute. */
function printValue(value: JsonValue, heap: HeapWriter): PrintedValue | undefined {
  // h5py's Empty; numpy's empty list is one of float64.
  if (value === null) return { type: numeric("float64"), shape: null, data: new Uint8Array() };
  const isList = Array.isArray(value), list: readonly JsonValue[] = isList ? value : [value];
  const shape = isList ? [list.length] : [], data = new Printer();
  if (list.length === 0) return { type: numeric("float64"), shape, data: data.finish() };
  if (list.every((one) => typeof one === "string")) {
    // HDF5 takes that character for the end of a text.
    if (list.some((text) => text.includes("\0"))) return undefined;
    for (const text of list) reference(data, utf8(text), heap);
    return { type: vlenText(), shape, data: data.finish() };
  }
  if (list.every((one) => typeof one === "boolean")) {
    for (const one of list) data.u8(Number(one));
    return { type: numeric("bool"), shape, data: data.finish() };
  }
  if (!list.every((one) => typeof one === "number")) return undefined;
  const areWhole = list.every(Number.isSafeInteger);
  const numbers = areWhole ? BigInt64Array.from(list, BigInt) : Float64Array.from(list);
  data.put(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  return { type: numeric(areWhole ? "int64" : "float64"), shape, data: data.finish() };
}

function reference(printer: Printer, text: Uint8Array, heap: HeapWriter): void {
  const { address, index } = text.length === 0 ? { address: 0, index: 0 } : heap.add(text);
  printer.u32(text.length).u64(address).u32(index);
}
