/**
 * The superblock: where an HDF5 file says that it is one, and where its root is.
 *
 * Source: HDF5 File Format Specification 3.0, section II.A.
 *
 * @module
 */
import { checked } from "./checksum.ts";
import { Fields, NotSupported } from "./fields.ts";
import { findSignature } from "./signature.ts";
import type { H5Source } from "./source.ts";

/** What the superblock says. */
export interface Superblock {
  /** What is added to every address. */
  readonly base: number;
  /** The address of the root group's object header. */
  readonly root: number;
}

/** Where the superblock of `source` is, or undefined where it is no HDF5 file. */
export function findSuperblock(source: H5Source): number | undefined {
  return findSignature(source.bytes, (at) => source.read(at, 8));
}

/** Read the superblock at `at`. */
export function readSuperblock(source: H5Source, at: number): Superblock {
  const fields = new Fields(source.read(at, Math.min(100, source.bytes - at)), 8);
  const version = fields.version("the superblock", 0, 1, 2, 3);
  if (version < 2) return readOld(source, fields, version);
  checkWidths(fields);
  const flags = fields.u8();
  checked(source.read(at, 48));
  if ((flags & 5) !== 0) {
    throw new NotSupported("it is open for writing in another program, or one that wrote it was stopped");
  }
  const base = fields.length();
  fields.u64();
  checkEnd(source, fields.length());
  return { base, root: fields.length() };
}

function readOld(source: H5Source, fields: Fields, version: number): Superblock {
  fields.skip(4);
  checkWidths(fields);
  fields.skip(1 + 2 + 2 + 4 + (version === 1 ? 4 : 0));
  const base = fields.length();
  fields.skip(8);
  checkEnd(source, fields.length());
  fields.skip(8 + 8);
  return { base, root: fields.length() };
}

function checkWidths(fields: Fields): void {
  const offsets = fields.u8(), lengths = fields.u8();
  if (offsets !== 8 || lengths !== 8) throw new NotSupported(`addresses of ${offsets} and lengths of ${lengths} bytes`);
}

function checkEnd(source: H5Source, end: number): void {
  if (end <= source.bytes) return;
  throw new RangeError(`it is cut off: it has ${source.bytes} bytes of ${end}`);
}
