/**
 * Object headers: the messages that describe a group or a dataset, of version 1 and 2.
 *
 * Source: HDF5 File Format Specification 3.0, section IV.A.
 *
 * @module
 */
import { checked } from "./checksum.ts";
import { Fields, NotSupported, UNDEFINED } from "./fields.ts";
import type { H5File } from "./file.ts";

/** The types of messages that anncat reads. */
export const Message = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFill: 0x04,
  fill: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** A message of an object header. */
export interface HeaderMessage {
  /** What it is about. */
  readonly type: number;
  /** Whether `data` says where the message really is. */
  readonly isShared: boolean;
  /** What it says. */
  readonly data: Uint8Array;
}

/** More messages than any object has: a lie would cost time before it is found out. */
const MOST_MESSAGES = 200_000;

/** The messages of the object whose header is at `address`. */
export function readObjectHeader(file: H5File, address: number): readonly HeaderMessage[] {
  using _open = file.hold();
  const [first] = file.read(address, 1);
  return first === 1 ? readV1(file, address) : readV2(file, address);
}

function readV1(file: H5File, address: number): HeaderMessage[] {
  const head = new Fields(file.read(address, 16), 8), length = head.u32();
  const blocks: Block[] = [{ address: address + 16, length }];
  return collect(blocks, (block, found) => {
    const fields = new Fields(file.read(block.address, block.length));
    while (fields.left >= 8) {
      const type = fields.u16(), size = fields.u16(), flags = fields.u8();
      fields.skip(3);
      found({ type, isShared: (flags & 2) !== 0, data: fields.take(size) });
    }
  });
}

function readV2(file: H5File, address: number): HeaderMessage[] {
  const prefix = new Fields(file.read(address, Math.min(34, file.bytes - address)));
  prefix.signature("OHDR");
  prefix.version("an object header", 2);
  const flags = prefix.u8();
  prefix.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
  const length = prefix.uint(2 ** (flags & 3)), start = prefix.at;
  if (length === UNDEFINED) throw new RangeError("the length of an object header is not defined");
  const blocks: Block[] = [{ address, length: start + length + 4 }];
  let isFirst = true;
  return collect(blocks, (block, found) => {
    const fields = new Fields(checked(file.read(block.address, block.length)));
    if (isFirst) fields.skip(start);
    else fields.signature("OCHK");
    isFirst = false;
    // A gap too small for a message may be at the end.
    const head = flags & 4 ? 6 : 4;
    while (fields.left >= head) {
      const type = fields.u8(), size = fields.u16(), own = fields.u8();
      if (flags & 4) fields.skip(2);
      found({ type, isShared: (own & 2) !== 0, data: fields.take(size) });
    }
  });
}

/** A piece of an object header. */
interface Block {
  readonly address: number;
  readonly length: number;
}

/** Read block after block; continuations append to `blocks`. */
function collect(blocks: Block[], read: (block: Block, found: (message: HeaderMessage) => void) => void) {
  const messages: HeaderMessage[] = [], seen = new Set<number>();
  for (const block of blocks) {
    if (seen.has(block.address)) throw new RangeError("an object header goes round in a circle");
    seen.add(block.address);
    read(block, (message) => {
      if (messages.length >= MOST_MESSAGES) throw new RangeError("an object header has no end");
      messages.push(message);
      if (message.type !== Message.continuation) return;
      const fields = new Fields(message.data);
      blocks.push({ address: fields.length(), length: fields.length() });
    });
  }
  return messages;
}

/** What a message of `type` says, where there is one; a shared one is looked up where it is. */
export function findMessage(file: H5File, messages: readonly HeaderMessage[], type: number): Uint8Array | undefined {
  const found = messages.find((message) => message.type === type);
  if (found === undefined) return undefined;
  return found.isShared ? readShared(file, found.data, type) : found.data;
}

/** The message of `type` that the shared message `data` stands for: that of a committed datatype, usually. */
export function readShared(file: H5File, data: Uint8Array, type: number): Uint8Array {
  const fields = new Fields(data), version = fields.version("a shared message", 1, 2, 3), kind = fields.u8();
  if (version === 1) fields.skip(6);
  if (version === 3 && kind !== 2) throw new NotSupported("messages that objects share through a heap");
  const shared = readObjectHeader(file, fields.length()).find((message) => message.type === type && !message.isShared);
  if (shared === undefined) throw new RangeError("a shared message is not where it should be");
  return shared.data;
}
