/**
 * The port between anncat and what stores bytes: groups and arrays to read, a store to write. The backends (zarr, HDF5)
 * stand behind it; nothing above it knows which.
 *
 * @module
 */
import type { Lease } from "./lease.ts";
import type { MaybePromise } from "../base/async.ts";
import type { DType } from "../base/dtype.ts";
import type { Range } from "../base/range.ts";
import type { Strings } from "../base/strings.ts";

/** What JSON holds. Integers beyond 2^53 are kept as decimal text. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The attributes of a group or array. */
export type Attributes = Readonly<Record<string, JsonValue>>;

/** A codec by zarr v3's name and configuration, such as `{ name: "blosc", configuration: { cname: "lz4", … } }`. */
export interface CodecSpec {
  /** The name. */
  readonly name: string;
  /** Its parameters. */
  readonly configuration: Attributes;
}

/**
 * The value of elements that no chunk holds, as zarr v3 writes it in JSON: a number, `"NaN"`, `"Infinity"`,
 * `"-Infinity"`, an integer beyond 2^53 as decimal text, a pair for complex, a boolean, text for strings, base64 of the
 * raw bytes for other fixed-size types, null for none (zero, or empty text).
 */
export type FillValue = JsonValue;

/** What describes an array apart from its name: plain JSON. */
export interface ArraySpec {
  /** The length of each axis; `[]` for a scalar. */
  readonly shape: readonly number[];
  /** The type of the elements. */
  readonly dtype: DType;
  /** The shape of what is encoded in one piece (the inner chunk where there are shards); every length is at least 1. */
  readonly chunks: readonly number[];
  /** The shape of a stored object that holds several chunks, or null where each chunk is one object. */
  readonly shards: readonly number[] | null;
  /** How the bytes of a chunk are encoded, in the order of writing; `[]` for plain bytes. */
  readonly codecs: readonly CodecSpec[];
  /** The value of elements that no chunk holds. */
  readonly fill: FillValue;
  /** Bytes that a row of text takes, about, where somebody has looked. It is not stored. */
  readonly rowBytes?: number;
}

/** A group: children by name, and attributes. */
export interface Group {
  /** The discriminant. */
  readonly kind: "group";
  /** The store's path or URL, for messages. */
  readonly source: string;
  /** The path inside the store, without slashes at its ends; `""` is the root. */
  readonly path: string;
  /** The format of the store. */
  readonly format: StoreFormat;
  /** The attributes. */
  readonly attrs: Attributes;
  /** Whether one document holds the metadata of the whole store; undefined where the format knows no such thing. */
  readonly isConsolidated?: boolean;
  /** The names of the children, sorted by code point. */
  names(): MaybePromise<readonly string[]>;
  /** The child of that name (one path segment, any character), or undefined. */
  child(name: string): MaybePromise<Node | undefined>;
}

/** An array that can be read. */
export interface ArrayNode {
  /** The discriminant. */
  readonly kind: "array";
  /** The store's path or URL, for messages. */
  readonly source: string;
  /** The path inside the store. */
  readonly path: string;
  /** The attributes. */
  readonly attrs: Attributes;
  /** Shape, type, chunks and codecs. */
  readonly spec: ArraySpec;
  /**
   * A key of everything that shapes a chunk's encoded bytes (type, byte order, memory order, codecs): two arrays with
   * the same key and chunk shape can exchange encoded chunks. Undefined where chunks cannot be had as they are stored.
   */
  readonly encoding: string | undefined;
  /**
   * What `selection` (one range an axis) holds, stored chunk by stored chunk, in the order of the chunk grid, last axis
   * fastest; each chunk is read and decoded once. For every type but `string`.
   *
   * A block's memory is lent until the next one is asked for.
   */
  blocks(selection: readonly Range[]): AsyncGenerator<Block>;
  /** The same for arrays of `string`. */
  stringBlocks(selection: readonly Range[]): AsyncGenerator<StringBlock>;
  /**
   * The chunk at grid position `chunk` as it is stored, read once, after it has been decoded to see that it is whole
   * (what comes out is dropped), unless the caller `hasDecoded` it before; `"missing"` where it is not stored; undefined
   * where it cannot be handed on as it is, so that the caller decodes, and is told why. The memory is `lease`'s, or the
   * store's own.
   */
  encoded(
    chunk: readonly number[],
    lease: Lease,
    hasDecoded?: boolean,
  ): MaybePromise<Uint8Array | "missing" | undefined>;
  /** Bytes of text in the first chunk of an array of `string`; undefined where nothing is stored. */
  textBytes?(): MaybePromise<number | undefined>;
  /** Bytes that its chunks take inside the store's one file; undefined where that is not known. */
  storedBytes?(): number | undefined;
}

/** Where a block's elements lie. */
export interface Placed {
  /** Which elements these are, an axis each, in the array's own coordinates; never empty. */
  readonly ranges: readonly Range[];
  /** Where the first of them lies, in elements. */
  readonly offset: number;
  /** How far apart neighbours on each axis lie, in elements; all 0 where one fill value stands for the whole block. */
  readonly strides: readonly number[];
}

/** Elements of a fixed size, little-endian; `bytes` starts at a multiple of 8. */
export interface Block extends Placed {
  /** The memory in which they lie (a whole decoded chunk, usually). */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Leave the whole memory to the caller, so that it need not be copied; absent where others need it. */
  readonly keep?: (() => void) | undefined;
}

/** Elements of type `string`. */
export interface StringBlock extends Placed {
  /** The rows in which they lie. */
  readonly strings: Strings;
}

/** A group or an array. */
export type Node = Group | ArrayNode;

/** Writes the chunks of one array. */
export interface ArrayWriter {
  /** What is being written. */
  readonly spec: ArraySpec;
  /** As in {@linkcode ArrayNode}: the key of the chunks' encoding. */
  readonly encoding: string | undefined;
  /**
   * Encode and store one chunk. `elements` are the whole chunk in C order, little-endian, also where it juts out over
   * the array's edge (any value there). Chunks that hold nothing but the fill value need not be stored.
   */
  write(chunk: readonly number[], elements: Uint8Array | Strings): MaybePromise<void>;
  /** Store one chunk that is encoded already, as {@linkcode ArrayNode.encoded} gave it. */
  writeEncoded(chunk: readonly number[], encoded: Uint8Array): MaybePromise<void>;
  /** Finish the shards that are open. A shard must be written within one writer's life. */
  close(): MaybePromise<void>;
}

/** A node of the output with its metadata: plain JSON. */
export type NodeSpec =
  | { readonly kind: "group"; readonly path: string; readonly attrs: Attributes }
  | { readonly kind: "array"; readonly path: string; readonly attrs: Attributes; readonly spec: ArraySpec };

/** Writes one store: chunks first, by any number of processes, metadata last, by one. */
export interface StoreWriter {
  /** A writer for the chunks of the array at `path`. */
  array(path: string, spec: ArraySpec): ArrayWriter;
  /** Write the metadata of every node (parents included in `nodes`), consolidated metadata too. */
  finish(nodes: readonly NodeSpec[]): MaybePromise<void>;
  /** Drop what is on its way: who has failed does not care whether it arrives. */
  close?(): MaybePromise<void>;
}

/** The format of an output store: plain JSON. */
export type StoreFormat = { readonly kind: "zarr"; readonly version: 2 | 3 } | { readonly kind: "h5ad" };
