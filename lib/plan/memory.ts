/**
 * The whole model of memory: what the process needs at rest, what a worker adds, and what each kind of task holds.
 * Every figure is in bytes of resident memory.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import { itemBytes } from "../base/dtype.ts";
import { MemoryLimitError } from "../base/errors.ts";
import { HEAP_IS_SMALL } from "../base/heap.ts";
import { most } from "../base/most.ts";
import { product, size } from "../base/range.ts";
import type { ValuesSize } from "../base/values.ts";
import { CACHE_BYTES } from "../storage/cache.ts";
import type { ArraySpec } from "../storage/node.ts";
import { ON_THE_WAY } from "../storage/s3/address.ts";
import type {
  AppendElement,
  AppendPart,
  CopyElement,
  DenseElement,
  Element,
  SparseElement,
  SparsePart,
} from "./element.ts";
import { chunkBytes, elementBytes, rowBytes } from "./grid.ts";
import { GATHERED, SCATTERED } from "./sort.ts";

/** The runtime with anncat's code in it, compiled and warm. */
export const RUNTIME = (HEAP_IS_SMALL ? 66 : 67) * 2 ** 20;

/**
 * What joining values takes in the main thread, before there are tasks and anything that only they need: names of an
 * axis, and categories. All are there as they were read, and with what each of them becomes; those that are `distinct`
 * stand in tables and in the result as well; the rest is garbage of all this.
 */
export function joinMemory({ count, bytes }: ValuesSize, distinct: number): number {
  const length = bytes / Math.max(1, count), garbage = Math.min(24 * count, 6 * 2 ** 20);
  return Math.ceil(count * (28 + 1.3 * length) + distinct * (42 + 1.4 * length) + garbage);
}

/** What the garbage of joining names makes of a heap that is not small, at most: that stays when the names are gone. */
const YOUNG = (HEAP_IS_SMALL ? 0 : 24) * 2 ** 20;

/** What a plan holds of an input's array: a part of an element. */
export const PART = 2 ** 10;

/** Bytes of the heap that headers take: for an input, for an array of it, and of garbage for each array and at most. */
const HEADERS = HEAP_IS_SMALL
  ? { input: 10_000, array: 1_500, garbage: 4_000, garbageAtMost: 16 * 2 ** 20 }
  : { input: 60_000, array: 3_500, garbage: 12_000, garbageAtMost: 2 * YOUNG };

/**
 * What the headers of `inputs` inputs take in the main thread, of whose arrays `parts` have a part in the result: what is
 * known of them, and the garbage of reading metadata, by which a heap grows.
 */
export function headerMemory(inputs: number, parts: number): number {
  const { input, array, garbage, garbageAtMost } = HEADERS;
  return input * inputs + array * parts + Math.min(garbage * parts, garbageAtMost);
}

/** What reading values of a plan from a file takes in the main thread: text, JavaScript strings and numbers, garbage. */
export function readingMemory({ count, bytes }: ValuesSize): number {
  return 48 * count + 4 * bytes;
}

/** A worker's own heap, code and kernel. */
export const WORKER = 22 * 2 ** 20;

/** What the main thread needs more to do tasks: codecs, kernel, compiled loops. */
export const INLINE = 12 * 2 ** 20;

/** What a thread needs more where inputs come over the network: connections, bodies in pieces, and its cache. */
export const NETWORK = 12 * 2 ** 20 + CACHE_BYTES;

/**
 * What a thread needs more where the output goes to a bucket: connections, what is on its way, and a copy of it that is
 * being sent.
 */
export const SENDING = 8 * 2 ** 20 + 2 * ON_THE_WAY;

/** What the garbage of one task comes to before it is collected. */
const SLACK = (HEAP_IS_SMALL ? 5 : 8) * 2 ** 20;

/** Entries of a sparse matrix in memory at once, where nothing asks for fewer: as many as the caches hold. */
const WINDOW = 2 ** 15;

/** Entries in memory at once where memory is short: fewer than these save little, and cost time. */
const SMALL_WINDOW = 2 ** 14;

/** Entries of a sparse element in memory at once, where each window decodes chunks anew. */
const WIDE_WINDOW = 2 ** 18;

/** What the garbage of windows that decode chunks anew adds to a heap that is not small. */
const ANEW = (HEAP_IS_SMALL ? 0 : 4) * 2 ** 20;

/** Elements in memory at once, at most: where each lies is an int32. */
const MOST_ELEMENTS = 2 ** 31 - 1;

/** What reading a part holds beside its chunk. */
const LANE = 2 ** 18;

/** What text takes more than its bytes: where its rows lie, room for longer ones, references to it. */
const TEXT_ROOM = 1.3;

/** What a codec may add to bytes that do not shrink. */
const ENCODED = 1.07;

/** The memory of a run. */
export interface MemoryPlan {
  /** The budget. */
  readonly limit: number;
  /** What the run needs at most, by the model. */
  readonly total: number;
  /** Threads that do tasks, the main one among them; 0 is the main thread alone, as 1 is. */
  readonly workers: number;
  /** What the total is made of. */
  readonly terms: readonly { readonly name: string; readonly bytes: number }[];
}

/** Memory for tasks: how many threads do them, and how much each of their tasks may hold. */
export interface Share {
  readonly workers: number;
  readonly task: number;
}

/** What an element's largest task needs: at least, and to run without reading anything twice. */
export interface Need {
  readonly least: number;
  readonly full: number;
}

/** What every thread holds, whatever its task. */
export interface Held {
  /** The plan itself. */
  readonly plan: number;
  /** For inputs that come over the network, and outputs that go over it; else 0. */
  readonly network: number;
  /** Names and categories that are joined: in the main thread alone, and freed before it does tasks. */
  readonly names: number;
  /** The inputs' headers with their categories: in the main thread alone, as long as nobody collects them. */
  readonly headers: number;
}

/** Divide the budget. */
export function divide(
  limit: number,
  workersWanted: number,
  held: Held,
  needs: readonly (Need & { readonly path: string })[],
): Share {
  const least = most(needs, (need) => need.least), full = most(needs, (need) => need.full);
  // Reading up to four times is still faster on two cores than once on one.
  const enough = Math.max(least, full / 4), { names } = held, left = leftOf(names);
  for (let workers = workersWanted; workers >= 0; workers--) {
    const threads = Math.max(1, workers), rest = limit - fixedBytes(threads, held), task = (rest - left) / threads;
    if (rest + INLINE >= names && (task >= enough || (workers === 0 && task >= least))) return { workers, task };
  }
  const worst = needs.find((need) => need.least === least), isNames = names > INLINE + left + least;
  const required = fixedBytes(1, held) + Math.max(names - INLINE, left + least);
  throw new MemoryLimitError(
    `Cannot hold ${isNames ? "the names and categories to join" : `"${worst?.path}"`} in ${formatBytes(limit)}: ` +
      `it needs ${formatBytes(Math.ceil(required))}; raise --memory to ${Math.ceil(required / 2 ** 20)}MiB`,
    { limit, required, ...(worst === undefined || isNames ? {} : { element: worst.path }) },
  );
}

/** What `threads` threads hold that do nothing. */
function fixedBytes(threads: number, { plan, network, headers }: Held): number {
  return RUNTIME + INLINE + (threads - 1) * WORKER + threads * (plan + network) + headers;
}

/** What is left of the memory of names when they are freed. */
function leftOf(names: number): number {
  return Math.min(names, YOUNG);
}

/** The model's account of a run whose largest task holds `task` bytes. */
export function memoryPlan(limit: number, workers: number, held: Held, task: number): MemoryPlan {
  const threads = Math.max(1, workers), times = threads > 1 ? ` × ${threads}` : "";
  const left = leftOf(held.names), isNames = held.names > INLINE + left + task * threads;
  const names = isNames ? held.names : left;
  const terms = [
    { name: "runtime", bytes: RUNTIME },
    ...isNames ? [] : [{ name: "tasks in the main thread", bytes: INLINE }],
    ...threads > 1 ? [{ name: `workers × ${threads - 1}`, bytes: (threads - 1) * WORKER }] : [],
    { name: `plan${times}`, bytes: held.plan * threads + held.headers },
    ...names > 0 ? [{ name: "names and categories to join", bytes: names }] : [],
    ...held.network > 0 ? [{ name: `network${times}`, bytes: held.network * threads }] : [],
    ...isNames ? [] : [{ name: `largest task${times}`, bytes: task * threads }],
  ];
  return { limit, workers, terms, total: terms.reduce((sum, term) => sum + term.bytes, 0) };
}

/** What the tasks of `element` need. */
export function needOf(element: Element, maps: readonly Int32Array[], maxElems: number | null): Need {
  switch (element.kind) {
    case "append": {
      const bytes = appendMemory(element);
      return { least: bytes, full: bytes };
    }
    case "dense": {
      const chunks = element.spec.chunks.map(() => 1);
      return {
        least: denseMemory(element, chunks, maps),
        full: denseMemory(element, fullTile(element, maxElems), maps),
      };
    }
    case "sparse": {
      const full = inBands(element, 1), ways = [element, withoutChunks(element)];
      return {
        least: Math.min(...ways.map((way) => leastMemory(way, maxElems, maps))),
        full: sparseMemory(full, windowOf(full, maxElems, maps), maps),
      };
    }
    case "copy": {
      const bytes = copyMemory(element);
      return { least: bytes, full: bytes };
    }
  }
}

/** Reading a chunk (as stored, and decoded), writing one (the same), and what is gathered. */
export function appendMemory(element: AppendElement): number {
  const read = most(element.parts, readBytes), gathered = most(element.parts, (part) => gatheredBytes(element, part));
  return Math.ceil(SLACK + throughMemory(read, element.spec) + gathered);
}

function readBytes({ source }: AppendPart): number {
  if (source.from === "array") return source.chunkBytes;
  if (source.from !== "gathered") return 0;
  return most(source.layers, (layer) => layer.source.from === "array" ? layer.source.chunkBytes : 0);
}

/** The rows of the result and those of one layer, with where they go and which have no value. */
function gatheredBytes(element: AppendElement, { at, source }: AppendPart): number {
  if (source.from !== "gathered") return 0;
  const item = rowBytes(element.spec) + 4, rows = most(source.layers, (layer) => layer.rows);
  return size(at) * (item + 1) + rows * (item + 5);
}

/** A chunk as read and stored, and as it is written. */
export function copyMemory({ chunkBytes: read, spec }: CopyElement): number {
  return Math.ceil(SLACK + throughMemory(read, spec));
}

/** A chunk of `read` bytes and one of the output, each as it is stored too. */
function throughMemory(read: number, spec: ArraySpec): number {
  return (read + chunkBytes(spec)) * (1 + ENCODED) * (spec.dtype === "string" ? TEXT_ROOM : 1);
}

/** A tile, a chunk being read, and a chunk being written. `tile`: chunks an axis. */
export function denseMemory(element: DenseElement, tile: readonly number[], maps: readonly Int32Array[]): number {
  const { spec } = element, read = most(element.parts, (part) => part.chunkBytes);
  const item = elementBytes(spec.dtype);
  const cast = read * 8 / Math.min(8, item); // a chunk of smaller items may have to be widened
  const tables = spec.shape.reduce((sum, _, axis) => sum + 4 * positionsUnder(element, tile, maps, axis), 0);
  const chunks = chunkBytes(spec) * (product(tile) + ENCODED) + read * ENCODED + Math.max(read, cast);
  return Math.ceil(SLACK + chunks + tables);
}

/** The most positions of a part on axis `axis` that may go into a tile: all of them where they are mapped. */
function positionsUnder(
  { axis: own, spec, parts }: DenseElement,
  tile: readonly number[],
  maps: readonly Int32Array[],
  axis: number,
): number {
  const covered = Math.min(spec.shape[axis] ?? 1, (spec.chunks[axis] ?? 1) * (tile[axis] ?? 1));
  return most(parts, ({ reindex, isSquare }) => {
    const isMapped = reindex !== null && axis <= 1 && (axis !== own || isSquare);
    return isMapped ? maps[reindex]?.length ?? 0 : 0;
  }, covered);
}

/** A tile along all of the reindexed axis, so that no input chunk is read for two tiles. One chunk if none is. */
export function fullTile(element: DenseElement, maxElems: number | null): readonly number[] {
  const one = element.spec.chunks.map(() => 1);
  if (element.parts.every((part) => part.reindex === null)) return one;
  const other = 1 - element.axis;
  const all = Math.ceil((element.spec.shape[other] ?? 1) / (element.spec.chunks[other] ?? 1));
  const fitting = Math.floor(Math.min(maxElems ?? MOST_ELEMENTS, MOST_ELEMENTS) / product(element.spec.chunks));
  return one.map((_, axis) => axis === other ? Math.max(1, Math.min(all, fitting)) : 1);
}

/** The largest tile up to the full one that `task` bytes hold; one chunk where none does. */
export function tileFor(
  element: DenseElement,
  task: number,
  maxElems: number | null,
  maps: readonly Int32Array[],
): readonly number[] {
  const full = fullTile(element, maxElems), other = 1 - element.axis, width = full[other] ?? 1;
  const ofWidth = (chunks: number) => full.map((all, axis) => axis === other ? chunks : all);
  let widest = 1;
  for (let step = 2 ** Math.floor(Math.log2(width)); step >= 1; step /= 2) {
    const wider = Math.min(width, widest + step);
    if (denseMemory(element, ofWidth(wider), maps) <= task) widest = wider;
  }
  // Several tiles are about equally wide.
  return ofWidth(Math.ceil(width / Math.ceil(width / widest)));
}

/** The largest window down to a small one whose memory `task` bytes hold. */
export function windowFor(
  element: SparseElement,
  task: number,
  maxElems: number | null,
  maps: readonly Int32Array[],
): number {
  for (let entries = WIDE_WINDOW; entries > SMALL_WINDOW; entries /= 2) {
    const window = windowOf(element, Math.min(entries, maxElems ?? Infinity), maps);
    if (sparseMemory(element, window, maps) <= task) return window;
  }
  return leastWindow(element, maxElems, maps);
}

/** The window where memory is short. */
function leastWindow(
  element: SparseElement,
  maxElems: number | null,
  maps: readonly Int32Array[],
): number {
  return windowOf(element, Math.min(SMALL_WINDOW, maxElems ?? Infinity), maps);
}

/** What the tasks of `element`, as it is, need at least. */
function leastMemory(
  element: SparseElement,
  maxElems: number | null,
  maps: readonly Int32Array[],
): number {
  return sparseMemory(element, leastWindow(element, maxElems, maps), maps);
}

/** How many entries of a sparse element are in memory at once; a row is never cut. */
function windowOf(
  element: SparseElement,
  maxElems: number | null,
  maps: readonly Int32Array[],
): number {
  const nnz = element.parts.reduce((sum, part) => sum + part.nnz, 0);
  const row = Math.min(rowWidth(element, maps), Math.max(1, nnz));
  const window = element.keepsChunks ? WINDOW : WIDE_WINDOW;
  return Math.max(row, Math.min(window, maxElems ?? window));
}

/** The entries that a row can have: those of one input, where nothing is filled in. */
function rowWidth({ along, fill, minor, parts }: SparseElement, maps: readonly Int32Array[]): number {
  if (along === "minor" || fill !== null) return minor;
  return most(parts, ({ reindex }) => reindex === null ? minor : maps[reindex]?.length ?? minor);
}

/** How many parts are read side by side. */
function lanesOf({ along, parts }: SparseElement): number {
  return along === "minor" ? parts.length : 1;
}

/** `element`, none of whose parts on the minor axis keeps a chunk between windows: less memory, and more decoding. */
function withoutChunks(element: SparseElement): SparseElement {
  return lanesOf(element) > 1 ? { ...element, keepsChunks: false } : element;
}

/**
 * `element` as `task` bytes hold it. Its dense parts are read in bands of rows, where these fit: a part then need not be
 * sorted through scratch files, although its chunks are read as often as they are cut into bands. Where not even chunks
 * side by side fit, none is kept.
 */
export function fittedTo(
  element: Element,
  task: number,
  maxElems: number | null,
  maps: readonly Int32Array[],
): Element {
  if (element.kind !== "sparse") return element;
  const bands = Array.from({ length: MOST_CUTS }, (_, at) => inBands(element, at + 1));
  const fits = (way: SparseElement): boolean =>
    bandEntries(way) <= MOST_ELEMENTS && leastMemory(way, maxElems, maps) <= task;
  return [...bands, element].find(fits) ?? withoutChunks(element);
}

/** More bands in a chunk than this, and sorting its entries is faster. */
const MOST_CUTS = 4;

/** `element` with its dense parts in bands, `cuts` of them in a chunk; small chunks are read several at once. */
function inBands(element: SparseElement, cuts: number): SparseElement {
  const parts = element.parts.map((part): SparsePart => {
    if (part.chunkRows === null || element.along === "minor" || (part.sort?.reindex ?? null) !== null) return part;
    const rows = Math.ceil(part.chunkRows / cuts), width = widthOf(part);
    const several = Math.max(1, Math.floor(WINDOW / Math.max(1, width * part.chunkRows)));
    return { ...part, sort: null, band: cuts === 1 ? rows * several : rows };
  });
  return { ...element, parts };
}

/** The minor positions of a dense part. */
function widthOf({ nnz, at }: SparsePart): number {
  return Math.ceil(nnz / Math.max(1, size(at)));
}

/** The entries that the largest band of an element can have. */
export function bandEntries({ parts }: SparseElement): number {
  return most(parts, (part) => part.band === null ? 0 : Math.max(part.band, part.chunkRows ?? 0) * widthOf(part));
}

/**
 * Two windows (as read, as written), the tables of a reindex, the chunks being read and written; encoded is one of these
 * at a time.
 */
export function sparseMemory(element: SparseElement, window: number, maps: readonly Int32Array[]): number {
  const item = itemBytes(element.dtype), row = 8 + 2 * item + 4;
  const read = most(element.parts, (part) => part.chunkBytes);
  const written = [element.data, element.indices, element.indptr].map(chunkBytes);
  const write = written.reduce((sum, bytes) => sum + bytes), encoded = ENCODED * Math.max(...written);
  const isMapped = element.parts.some((part) => part.reindex !== null);
  // Maps: here and in the kernel; those of few positions in two steps as well.
  const mapped = most(element.parts, ({ reindex }) => {
    const length = reindex === null ? 0 : maps[reindex]?.length ?? 0;
    return 4 * length * (2 * length <= element.minor ? 6 : 2);
  });
  const tables = 4 * element.minor * 2 + mapped;
  const rows = most(element.parts, (part) => part.sort?.rows ?? 0);
  const isSorted = element.parts.some((part) => part.sort !== null);
  const scatter = isSorted ? 2 * SCATTERED * (8 + item) + read * (1 + ENCODED) : 0;
  const gather = isSorted ? (SCATTERED + Math.max(GATHERED, window)) * (8 + item) + 16 * rows : 0;
  const lanes = lanesOf(element), open = element.keepsChunks ? lanes : 1;
  const places = element.along === "minor" && isMapped ? 4 * element.major * lanes : 0;
  const band = most(element.parts, (part) => (part.band ?? 0) * widthOf(part) * itemBytes(part.dtype));
  const anew = element.keepsChunks ? 0 : ANEW;
  const fill = window * row * 2 + (read + LANE) * open + read * ENCODED + write + encoded + tables + places + band +
    anew;
  return Math.ceil(SLACK + Math.max(fill, scatter, gather));
}
