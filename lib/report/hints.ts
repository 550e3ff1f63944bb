/**
 * What could be better about a store, and what makes it so.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import { AnncatError } from "../base/errors.ts";
import { product } from "../base/range.ts";
import { nodeAt } from "../anndata/read.ts";
import type { Group } from "../storage/node.ts";
import type { StoreInfo } from "./info.ts";
import type { NodeInfo } from "./info_node.ts";
import { arrayIn, textsOf } from "./values.ts";
import { count, many } from "./text.ts";

/** One thing that could be better. */
export interface Hint {
  /** The element's path; `""` for the store. */
  readonly element: string;
  /** What it is, and the way out. */
  readonly message: string;
}

/** Chunks that are smaller than this are read in more time than they take to decode. */
const SMALL_CHUNK = 2 ** 16;

/** Fewer chunks than this do not matter, however small. */
const MANY_CHUNKS = 1000;

/** Chunks that are larger cost whoever reads a few rows. */
const LARGE_CHUNK = 2 ** 28;

/** What is smaller need not be compressed. */
const LARGE_ARRAY = 2 ** 24;

/** From this share of cells on a dense matrix is smaller: an entry has an index beside its value. */
const DENSE = 0.6;

/** Rows and entries of a sparse matrix whose order is looked at. */
const ROWS = 1000, ENTRIES = 100_000;

/** What could be better about the store with `root`. */
export async function hintsOf(info: Omit<StoreInfo, "hints">, root: Group, isRemote: boolean): Promise<Hint[]> {
  const hints: Hint[] = [];
  if (info.legacy) {
    const message = "written by a version of anndata before 0.8, and shown in today's form; anncat convert writes that";
    hints.push({ element: "", message });
  }
  if (info.consolidated === false) {
    const message = "its metadata is not consolidated: it cannot be read over http; anncat convert consolidates it";
    hints.push({ element: "", message });
  }
  for (const name of ["obs", "var"] as const) {
    const frame = info[name];
    if (frame?.unique !== false) continue;
    const names = frame.repeated.map((repeated) => JSON.stringify(repeated)).join(", ");
    hints.push({ element: name, message: `names stand more than once, such as ${names}` });
  }
  for (const [path, node] of elements(info.root, "")) {
    hints.push(...storageHints(path, node));
    if (isSparse(node) && !isRemote && await isUnsorted(root, path, node)) {
      const message = "indices are not sorted: what searches them is slower (sort_indices of scipy sorts them)";
      hints.push({ element: path, message });
    }
  }
  return hints;
}

function* elements(node: NodeInfo, path: string): Generator<readonly [string, NodeInfo]> {
  if (path !== "") yield [path, node];
  for (const child of node.children) yield* elements(child, path === "" ? child.name : `${path}/${child.name}`);
}

function storageHints(element: string, node: NodeInfo): Hint[] {
  const hints: Hint[] = [], { shape, chunks } = node;
  if (isSparse(node) && node.density !== null && node.density >= DENSE && node.bytesInMemory >= LARGE_ARRAY) {
    const message = `${Math.round(node.density * 100)}% of its cells are stored: a dense matrix would be smaller`;
    hints.push({ element, message });
  }
  if (node.kind !== "array" || shape === null || chunks === null || node.bytesInMemory === 0) return hints;
  const item = node.bytesInMemory / Math.max(1, product(shape)), bytes = product(chunks) * item;
  const chunkCount = product(shape.map((length, axis) => Math.ceil(length / (chunks[axis] ?? 1))));
  if (node.codecs?.length === 0 && node.bytesInMemory >= LARGE_ARRAY) {
    const message = `${formatBytes(node.bytesInMemory)} that are not compressed; anncat convert --codec zstd does`;
    hints.push({ element, message });
  }
  if (chunkCount >= MANY_CHUNKS && bytes < SMALL_CHUNK) {
    const message = `${many(chunkCount, "chunk")} of ${formatBytes(bytes)}; anncat convert --chunks makes larger ones`;
    hints.push({ element, message });
  }
  // What is in one piece in a file that is not chunked is shown in bands.
  if (bytes > LARGE_CHUNK && product(chunks) > 1) {
    const message = `chunks of ${count(product(chunks))} elements, ${formatBytes(bytes)} each: whoever reads a few ` +
      "rows decodes a whole one; anncat convert --chunks makes smaller ones";
    hints.push({ element, message });
  }
  return hints;
}

function isSparse({ encoding }: NodeInfo): boolean {
  return encoding === "csr_matrix" || encoding === "csc_matrix";
}

/** Whether the first rows (columns of csc) of a sparse matrix hold indices that are not in order. */
async function isUnsorted(root: Group, path: string, { nnz }: NodeInfo): Promise<boolean> {
  try {
    const group = await nodeAt(root, path);
    if (group?.kind !== "group") return false;
    const indptr = await arrayIn(group, "indptr"), indices = await arrayIn(group, "indices");
    if (indptr?.spec.shape.length !== 1 || indices?.spec.shape.length !== 1) return false;
    const end = Math.min(indptr.spec.shape[0] ?? 0, ROWS + 1);
    const starts = (await textsOf(indptr, [{ start: 0, end }])).map(Number);
    const entries = Math.min(nnz ?? 0, indices.spec.shape[0] ?? 0, starts.at(-1) ?? 0, ENTRIES);
    if (entries <= 0) return false;
    const found = (await textsOf(indices, [{ start: 0, end: entries }])).map(Number), begins = new Set(starts);
    return found.some((index, at) => at > 0 && !begins.has(at) && index < (found[at - 1] ?? 0));
  } catch (error) {
    if (error instanceof AnncatError) return false; // the tree tells, or whoever reads it
    throw error;
  }
}
