/**
 * The links of a group, in every form in which HDF5 stores them.
 *
 * Source: HDF5 File Format Specification 3.0, sections III.B to III.D and IV.A.2.c, g, r.
 *
 * @module
 */
import { fromUtf8 } from "../../base/strings.ts";
import { leafChildren } from "./btree1.ts";
import { openBTree2, recordsOf } from "./btree2.ts";
import { Fields, UNDEFINED } from "./fields.ts";
import type { H5File } from "./file.ts";
import { FractalHeap } from "./fractal_heap.ts";
import { type HeaderMessage, Message } from "./object_header.ts";

/** What a name in a group stands for. */
export type Link =
  | { readonly kind: "hard"; readonly address: number }
  | { readonly kind: "soft"; readonly target: string }
  | { readonly kind: "other" };

/** More links than any group has. */
const MOST_LINKS = 10_000_000;

/** Whether an object with `messages` is a group. */
export function isGroup(messages: readonly HeaderMessage[]): boolean {
  return messages.some(({ type }) => {
    return type === Message.symbolTable || type === Message.linkInfo || type === Message.link;
  });
}

/** The links of the group with `messages`, by name. */
export function readLinks(file: H5File, messages: readonly HeaderMessage[]): ReadonlyMap<string, Link> {
  using _open = file.hold();
  const links = new Map<string, Link>();
  for (const [name, link] of allLinks(file, messages)) {
    if (links.size >= MOST_LINKS) throw new RangeError("a group has no end");
    links.set(name, link);
  }
  return links;
}

function* allLinks(file: H5File, messages: readonly HeaderMessage[]): Generator<readonly [string, Link]> {
  for (const { type, data } of messages) {
    if (type === Message.symbolTable) yield* oldLinks(file, data);
    else if (type === Message.link) yield parseLink(data);
    else if (type === Message.linkInfo) yield* denseLinks(file, data);
  }
}

/** Links in symbol tables, their names in a local heap. */
function* oldLinks(file: H5File, data: Uint8Array): Generator<readonly [string, Link]> {
  const fields = new Fields(data), tree = fields.length(), names = readLocalHeap(file, fields.length());
  const seen = new Set<number>();
  for (const address of leafChildren(file, tree)) {
    if (seen.has(address)) throw new RangeError("a group goes round in a circle");
    seen.add(address);
    const head = new Fields(file.read(address, 8));
    head.signature("SNOD");
    head.version("a symbol table", 1);
    head.skip(1);
    const count = head.u16(), entries = new Fields(file.read(address + 8, count * 40));
    for (let i = 0; i < count; i++) {
      const name = nameAt(names, entries.length()), object = entries.u64(), kind = entries.u32();
      entries.skip(4);
      const scratch = new Fields(entries.take(16));
      if (kind === 2) yield [name, { kind: "soft", target: nameAt(names, scratch.u32()) }];
      else yield [name, { kind: "hard", address: object }];
    }
  }
}

function readLocalHeap(file: H5File, address: number): Uint8Array {
  const fields = new Fields(file.read(address, 32));
  fields.signature("HEAP");
  fields.version("a local heap", 0);
  fields.skip(3);
  const length = fields.length();
  fields.skip(8);
  return file.read(fields.length(), length);
}

function nameAt(names: Uint8Array, offset: number): string {
  return fromUtf8(new Fields(names, offset).terminated());
}

function parseLink(data: Uint8Array): readonly [string, Link] {
  const fields = new Fields(data);
  fields.version("a link", 1);
  const flags = fields.u8(), kind = flags & 8 ? fields.u8() : 0;
  if (flags & 4) fields.skip(8);
  if (flags & 16) fields.skip(1);
  const name = fromUtf8(fields.take(fields.uint(2 ** (flags & 3))));
  if (kind === 0) return [name, { kind: "hard", address: fields.length() }];
  if (kind === 1) return [name, { kind: "soft", target: fromUtf8(fields.take(fields.u16())) }];
  return [name, { kind: "other" }];
}

/** Links in a fractal heap, found through a B-tree. */
function* denseLinks(file: H5File, data: Uint8Array): Generator<readonly [string, Link]> {
  const fields = new Fields(data);
  fields.version("link information", 0);
  if (fields.u8() & 1) fields.skip(8);
  const heap = fields.u64(), tree = fields.u64();
  if (heap === UNDEFINED || tree === UNDEFINED) return;
  const objects = new FractalHeap(file, heap);
  // A record: the name's hash, and the link's place in the heap.
  for (const record of recordsOf(file, openBTree2(file, tree))) yield parseLink(objects.object(record.subarray(4)));
}
