/**
 * Writes a store into a bucket: whole objects, several on their way at a time.
 *
 * @module
 */
import { turn } from "../../base/turn.ts";
import type { PatienceOptions } from "../patience.ts";
import { readPart, type StoreKey, writeAll } from "../store.ts";
import type { GrowingObject, WritableStore } from "../zarr/writer.ts";
import { s3Access } from "./access.ts";
import { ON_THE_WAY, parseS3 } from "./address.ts";
import { PART_BYTES, type Pieces, S3Bucket } from "./bucket.ts";

/** Most objects that are on their way from a thread. */
const REQUESTS = 8;

/** How a store is written into a bucket. */
export interface S3WriterOptions extends PatienceOptions {
  /** The server; null or undefined for what the environment says, or Amazon's. */
  readonly endpoint?: string | null | undefined;
  /** A folder for shards until they are whole; without it none can be written. */
  readonly partial?: string | undefined;
}

/**
 * The objects under `s3://bucket/key`. What `write` is given may be used again when its promise is there; that the
 * object is stored is only sure after {@linkcode settle}.
 */
export class S3StoreWriter implements WritableStore {
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #partial: string | undefined;
  readonly #under = new Set<Promise<void>>();
  readonly #end = new AbortController();
  #held = 0;
  #failure: { readonly error: unknown } | undefined;

  /** Write into the place `location`. */
  constructor(location: string, options: S3WriterOptions = {}) {
    const { bucket, key } = parseS3(location), access = s3Access(location, options.endpoint);
    const signal = AbortSignal.any([this.#end.signal, ...options.signal === undefined ? [] : [options.signal]]);
    this.#bucket = new S3Bucket(bucket, access, { ...options, signal });
    this.#key = key;
    this.#partial = options.partial;
  }

  async write(key: StoreKey, bytes: Uint8Array): Promise<void> {
    if (bytes.length > ON_THE_WAY) return await this.#inParts(key, { length: bytes.length, read: part(bytes) });
    await this.#room(bytes.length);
    await this.#send(key, bytes.slice());
  }

  append(key: StoreKey): GrowingObject {
    if (this.#partial === undefined) throw new TypeError("Cannot write shards: there is no folder for them to grow in");
    return new StagedObject(`${this.#partial}/${crypto.randomUUID()}`, (staged) => this.#upload(key, staged));
  }

  /** Wait until everything is stored. */
  async settle(): Promise<void> {
    while (this.#under.size > 0) await Promise.race(this.#under);
    this.#check();
  }

  /** Drop what is on its way. */
  async close(): Promise<void> {
    this.#end.abort(new Error("The writer is closed"));
    await Promise.all(this.#under);
  }

  async #upload(key: StoreKey, staged: Pieces): Promise<void> {
    if (staged.length > ON_THE_WAY) return await this.#inParts(key, staged);
    await this.#room(staged.length);
    await this.#send(key, staged.read(0, staged.length));
  }

  async #inParts(key: StoreKey, pieces: Pieces): Promise<void> {
    await this.#room(ON_THE_WAY);
    await this.#bucket.putInParts(this.#key + key, pieces);
  }

  /** Send `own`, whose memory nobody else uses, without waiting for the end. */
  async #send(key: StoreKey, own: Uint8Array): Promise<void> {
    const bytes = own.length, { buffer } = own;
    this.#held += bytes;
    const sent = this.#bucket.put(this.#key + key, own).then(() => freed(buffer), (error) => {
      this.#failure ??= { error };
    }).finally(() => {
      this.#held -= bytes;
      this.#under.delete(sent);
    });
    this.#under.add(sent);
    // Whoever encodes does not wait by itself: without a turn of the event loop nothing would be sent meanwhile.
    await turn(undefined);
  }

  /** Wait until `bytes` more may be on their way. */
  async #room(bytes: number): Promise<void> {
    while (this.#under.size > 0 && (this.#held + bytes > ON_THE_WAY || this.#under.size >= REQUESTS)) {
      await Promise.race(this.#under);
    }
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** An object that grows in a file, and is sent when it is whole. */
class StagedObject implements GrowingObject {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #upload: (staged: Pieces) => Promise<void>;
  length = 0;

  constructor(path: string, upload: (staged: Pieces) => Promise<void>) {
    this.#path = path;
    this.#upload = upload;
    this.#file = Deno.openSync(path, { read: true, write: true, createNew: true });
  }

  write(bytes: Uint8Array): void {
    writeAll(this.#file, bytes);
    this.length += bytes.length;
  }

  async finish(): Promise<void> {
    const parts = new Uint8Array(this.length > ON_THE_WAY ? PART_BYTES : 0);
    // A whole one is the uploader's own, parts are lent.
    const memory = (bytes: number) => parts.length === 0 ? new Uint8Array(bytes) : parts.subarray(0, bytes);
    try {
      await this.#upload({ length: this.length, read: (start, end) => readPart(this.#file, { start, end }, memory) });
    } finally {
      parts.buffer.transfer(0);
      this.#file.close();
      Deno.removeSync(this.#path);
    }
  }
}

function freed(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function part(bytes: Uint8Array): Pieces["read"] {
  return (start, end) => bytes.subarray(start, end);
}
