/**
 * Writes an HDF5 file: chunks into segments first, by any number of threads; the file itself from them when all are
 * there.
 *
 * @module
 */
import { type MaybePromise } from "../../base/async.ts";
import { isNumeric, itemBytes } from "../../base/dtype.ts";
import { UnsupportedError } from "../../base/errors.ts";
import type { BufferPool } from "../../base/pool.ts";
import { product } from "../../base/range.ts";
import { rowCount, type Strings } from "../../base/strings.ts";
import { fillCheck } from "../fill_check.ts";
import { Lease } from "../lease.ts";
import type { ArraySpec, ArrayWriter, CodecSpec, NodeSpec, StoreWriter } from "../node.ts";
import type { WriteLog } from "../written.ts";
import { assemble } from "./assemble.ts";
import { encodingKey } from "./dataset.ts";
import { encodeStored, isHeaped, storedCodecs } from "./encode.ts";
import { segmentFolder } from "./segment_folder.ts";
import { SegmentWriter } from "./segments.ts";
import { type StoredType, storedType } from "./stored_type.ts";

/** What anncat writes chunks with. */
const WRITABLE: ReadonlySet<string> = new Set(["gzip", "shuffle", "lzf"]);

/** Writes one HDF5 file. */
export class H5Writer implements StoreWriter {
  readonly #path: string;
  readonly #pool: BufferPool;
  readonly #log: WriteLog | undefined;
  #segments: SegmentWriter;

  /** Write the file at `path`, and until it is finished segments beside it, which are noted in `log`. */
  constructor(path: string, pool: BufferPool, log?: WriteLog) {
    this.#path = path;
    this.#pool = pool;
    this.#log = log;
    this.#segments = new SegmentWriter(segmentFolder(path), log);
    log?.before(() => this.#segments.settle());
  }

  /** A writer for the chunks of the array at `path`. */
  array(path: string, spec: ArraySpec): ArrayWriter {
    const refuse = (why: string) => {
      return new UnsupportedError(`Cannot write ${path}: ${why}`, { source: this.#path, element: path });
    };
    if (spec.shards !== null) throw refuse("HDF5 has no shards");
    const other = spec.codecs.find((codec) => !WRITABLE.has(codec.name));
    if (other !== undefined) throw refuse(`codec ${other.name} is not supported for writing HDF5`);
    return new H5ArrayWriter(this.#segments, path, spec, this.#pool);
  }

  /** Put the file together. */
  finish(nodes: readonly NodeSpec[]): void {
    this.#segments.settle();
    assemble(this.#path, nodes, this.#pool);
    // The segments are used up, and so is their folder.
    this.#segments = new SegmentWriter(segmentFolder(this.#path), this.#log);
  }
}

class H5ArrayWriter implements ArrayWriter {
  readonly spec: ArraySpec;
  readonly encoding: string | undefined;
  readonly #segments: SegmentWriter;
  readonly #path: string;
  readonly #type: StoredType;
  readonly #codecs: readonly CodecSpec[];
  readonly #lease: Lease;
  readonly #isFill: (elements: Uint8Array | Strings) => boolean;

  constructor(segments: SegmentWriter, path: string, spec: ArraySpec, pool: BufferPool) {
    this.spec = spec;
    this.#segments = segments;
    this.#path = path;
    this.#type = storedType(spec.dtype);
    this.#codecs = storedCodecs(spec, this.#type);
    this.encoding = isNumeric(spec.dtype) && spec.shape.length > 0
      ? encodingKey({ ...spec, codecs: this.#codecs })
      : undefined;
    this.#lease = new Lease(pool);
    this.#isFill = fillCheck(spec);
  }

  write(chunk: readonly number[], elements: Uint8Array | Strings): MaybePromise<void> {
    this.#check(elements);
    // Text of a fill value has no place in a heap, so it is stored.
    if ((this.#canLeaveOut || !isHeaped(this.spec.dtype)) && this.#isFill(elements)) return;
    if (!(elements instanceof Uint8Array)) return this.#put(chunk, 0, this.#checkText(textParts(elements)));
    // What goes into a heap gets its address, and is encoded, when the file is put together.
    if (isHeaped(this.spec.dtype)) return this.#put(chunk, 0, [elements]);
    const lease = this.#lease.another();
    try {
      const { bytes, mask } = encodeStored(this.#codecs, elements, lease);
      this.#put(chunk, mask, [bytes]);
    } finally {
      lease.end();
    }
  }

  writeEncoded(chunk: readonly number[], encoded: Uint8Array): void {
    this.#put(chunk, 0, [encoded]);
  }

  close(): void {
    // Every chunk is in its segment already.
  }

  get #canLeaveOut(): boolean {
    return this.spec.fill === null || this.spec.fill === "";
  }

  #put(chunk: readonly number[], mask: number, parts: readonly Uint8Array[]): void {
    const { shape, chunks } = this.spec;
    const number = chunk.reduce((sum, at, axis) => {
      return sum * Math.ceil((shape[axis] as number) / (chunks[axis] as number)) + at;
    }, 0);
    this.#segments.write(this.#path, number, mask, parts);
  }

  /** HDF5 would give each text up to its first zero. */
  #checkText(parts: TextParts): TextParts {
    if (!parts[1].includes(0)) return parts;
    throw new UnsupportedError(
      `Cannot write "${this.#path}": a text holds the character U+0000, which HDF5 takes for its end; write zarr`,
      { element: this.#path },
    );
  }

  #check(elements: Uint8Array | Strings): void {
    const { dtype, chunks } = this.spec, count = product(chunks);
    const [given, needed] = elements instanceof Uint8Array
      ? [elements.length, dtype === "string" ? undefined : count * itemBytes(dtype)]
      : [rowCount(elements), dtype === "string" ? count : undefined];
    if (given === needed) return;
    throw new RangeError(`Cannot write a chunk of ${given} where ${needed ?? "the other kind"} is expected`);
  }
}

/** Where each row ends, and the bytes of all rows. */
type TextParts = readonly [ends: Uint8Array, bytes: Uint8Array];

function textParts({ offsets, bytes }: Strings): TextParts {
  const first = offsets[0] ?? 0, ends = offsets.slice(1);
  if (first > 0) { for (let row = 0; row < ends.length; row++) ends[row] = (ends[row] as number) - first; }
  return [new Uint8Array(ends.buffer, ends.byteOffset, ends.byteLength), bytes.subarray(first, offsets.at(-1))];
}
