/**
 * An open HDF5 file: what all of its groups and datasets share.
 *
 * @module
 */
import type { BufferPool } from "../../base/pool.ts";
import type { Group } from "../node.ts";
import { GlobalHeap } from "./global_heap.ts";
import type { H5Source } from "./source.ts";
import type { Superblock } from "./superblock.ts";

/** Groups that are kept: an element is opened by its path, and thousands of columns by the same one. */
const KEPT_GROUPS = 4;

/** Reads at addresses, which count from the file's base. */
export class H5File {
  /** Its path, for messages. */
  readonly source: string;
  /** Where memory for chunks comes from. */
  readonly pool: BufferPool;
  /** The address of the root group's object header. */
  readonly root: number;
  /** Text and other data of any length. */
  readonly heap: GlobalHeap;
  /** The paths of all objects by their addresses, once somebody asked for them. */
  paths: ReadonlyMap<number, string> | undefined;
  readonly #bytes: H5Source;
  readonly #base: number;
  readonly #groups = new Map<string, Group>();

  /** A file whose superblock has been read. */
  constructor(source: string, bytes: H5Source, { base, root }: Superblock, pool: BufferPool) {
    this.source = source;
    this.pool = pool;
    this.root = root;
    this.#bytes = bytes;
    this.#base = base;
    this.heap = new GlobalHeap(this);
  }

  /** The first address that is outside. */
  get bytes(): number {
    return this.#bytes.bytes - this.#base;
  }

  /** Keep the file open until the result is disposed of. */
  hold(): Disposable {
    return this.#bytes.hold();
  }

  /** The group at `path`, where it was used lately: with its links and attributes, if they have been read. */
  knownGroup(path: string): Group | undefined {
    const known = this.#groups.get(path);
    if (known !== undefined) this.keepGroup(known);
    return known;
  }

  /** Keep `group` instead of the one that was used longest ago. */
  keepGroup(group: Group): void {
    this.#groups.delete(group.path);
    this.#groups.set(group.path, group);
    const [oldest] = this.#groups.keys();
    if (this.#groups.size > KEPT_GROUPS && oldest !== undefined) this.#groups.delete(oldest);
  }

  /** A copy of `length` bytes at `address`, in `into` where that is given. */
  read(address: number, length: number, into?: Uint8Array): Uint8Array {
    return this.#bytes.read(this.#base + address, length, into);
  }

  /** A `RangeError` where `length` bytes at `address` are not all there. */
  check(address: number, length: number): void {
    this.#bytes.check(this.#base + address, length);
  }

  /** Fill `into` from `address` on. */
  readInto(address: number, into: Uint8Array): void {
    this.#bytes.readInto(this.#base + address, into);
  }
}
