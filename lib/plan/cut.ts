/**
 * Cutting elements into tasks. Borders fall on the output's stored objects; tasks are long, so that an input chunk is
 * decoded twice at a border only.
 *
 * @module
 */
import { assertNever } from "../base/errors.ts";
import { product, type Range, share, size, whole } from "../base/range.ts";
import type { AppendElement, CopyElement, DenseElement, Element, SparseElement } from "./element.ts";
import { elementBytes, unitCounts } from "./grid.ts";
import { appendMemory, bandEntries, copyMemory, denseMemory, sparseMemory, tileFor, windowFor } from "./memory.ts";
import { entryBytes } from "./sort.ts";
import type { Task, TaskWork } from "./task.ts";

/** A task without its numbers. */
type Piece = TaskWork & { readonly stage: number; readonly bytes: number; readonly memory: number };

/** What tasks are cut by. */
export interface CutOptions {
  /** Bytes of memory that a task may hold. */
  readonly task: number;
  /** Decoded bytes that a task should read. */
  readonly target: number;
  readonly maxElems: number | null;
  readonly maps: readonly Int32Array[];
}

/** The tasks of all elements, largest first within a stage so that no worker is left with one at the end. */
export function cutTasks(elements: readonly Element[], options: CutOptions): Task[] {
  const pieces = elements.flatMap((element, number) =>
    cut(element, options).map((piece) => ({ ...piece, element: number }))
  );
  return pieces.sort((a, b) => a.stage - b.stage || b.bytes - a.bytes || a.element - b.element)
    .map((piece, id) => ({ id, ...piece }));
}

function cut(element: Element, options: CutOptions): Piece[] {
  switch (element.kind) {
    case "append":
      return cutAppend(element, options);
    case "dense":
      return cutDense(element, options);
    case "sparse":
      return cutSparse(element, options);
    case "copy":
      return cutCopy(element, options);
    default:
      return assertNever(element);
  }
}

function cutAppend(element: AppendElement, { target }: CutOptions): Piece[] {
  const bytes = (element.spec.shape[0] ?? 0) * elementBytes(element.spec.dtype);
  // What is gathered is held whole: cutting it would read it again.
  const isGathered = element.parts.some((part) => part.source.from === "gathered");
  const memory = appendMemory(element), count = isGathered ? 1 : Math.ceil(bytes / target);
  return pieces(whole(unitCounts(element.spec)[0] ?? 0), count).map((units): Piece => ({
    kind: "append",
    units,
    stage: 0,
    bytes: portion(bytes, units, unitCounts(element.spec)[0] ?? 1),
    memory,
  }));
}

function cutDense(element: DenseElement, { task, target, maxElems, maps }: CutOptions): Piece[] {
  const bytes = product(element.spec.shape) * elementBytes(element.spec.dtype);
  const counts = unitCounts(element.spec), box = counts.map(whole), tile = tileFor(element, task, maxElems, maps);
  const along = (counts[element.axis] ?? 0) > 1 || element.spec.shape.length === 1 ? element.axis : 1 - element.axis;
  return pieces(box[along] ?? whole(0), Math.ceil(bytes / target)).map((units): Piece => ({
    kind: "dense",
    units: box.map((range, axis) => axis === along ? units : range),
    tile,
    stage: 0,
    bytes: portion(bytes, units, counts[along] ?? 1),
    memory: denseMemory(element, tile, maps),
  }));
}

function cutCopy(element: CopyElement, { target }: CutOptions): Piece[] {
  const bytes = product(element.spec.shape) * elementBytes(element.spec.dtype), memory = copyMemory(element);
  const box = unitCounts(element.spec).map(whole), [first, ...rest] = box;
  if (first === undefined) return [{ kind: "copy", units: [], stage: 0, bytes, memory }];
  return pieces(first, Math.ceil(bytes / target)).map((units): Piece => (
    { kind: "copy", units: [units, ...rest], stage: 0, bytes: portion(bytes, units, size(first)), memory }
  ));
}

/** Bands that a task goes through at least, about. */
const WHOLE_BANDS = 3;

/** Stage 0: scatter; 1: gather; 2: count; 3: entries and indptr. */
function cutSparse(element: SparseElement, { task, target, maxElems, maps }: CutOptions): Piece[] {
  const entries = windowFor(element, task, maxElems, maps), memory = sparseMemory(element, entries, maps);
  const nnz = element.parts.reduce((sum, part) => sum + part.nnz, 0), bytes = nnz * entryBytes(element.dtype);
  const sorting = element.parts.flatMap((part, number): Piece[] => {
    if (part.sort === null) return [];
    const { slices, buckets } = part.sort, all = part.nnz * entryBytes(element.dtype);
    return [
      ...Array.from({ length: slices }, (_, slice): Piece => (
        { kind: "scatter", part: number, slice, stage: 0, bytes: Math.ceil(all / slices), memory }
      )),
      ...Array.from({ length: buckets }, (_, bucket): Piece => (
        { kind: "gather", part: number, bucket, entries, stage: 1, bytes: Math.ceil(all / buckets), memory }
      )),
    ];
  });
  const counting = Array.from({ length: element.counts }, (_, slot): Piece => {
    const rows = share(whole(element.major), slot, element.counts);
    return { kind: "count", slot, rows, entries, stage: 2, bytes: Math.ceil(nnz * 4 / element.counts), memory };
  });
  // A task starts somewhere in a band, whose first rows it reads in vain.
  const worthwhile = Math.max(target, WHOLE_BANDS * bandEntries(element) * entryBytes(element.dtype));
  const shares = Math.max(1, Math.min(unitCounts(element.data)[0] ?? 1, Math.ceil(bytes / worthwhile)));
  const filling = Array.from({ length: shares }, (_, number): Piece => (
    { kind: "entries", share: number, shares, entries, stage: 3, bytes: Math.ceil(bytes / shares), memory }
  ));
  const pointers = pieces(whole(unitCounts(element.indptr)[0] ?? 0), 1).map((units): Piece => (
    { kind: "indptr", units, stage: 3, bytes: element.major * 8, memory }
  ));
  return [...sorting, ...counting, ...filling, ...pointers];
}

/** `range` in `count` parts, none of them empty. */
function pieces(range: Range, count: number): Range[] {
  const parts = Math.max(0, Math.min(size(range), Math.max(1, count)));
  return Array.from({ length: parts }, (_, part) => share(range, part, parts));
}

function portion(bytes: number, units: Range, count: number): number {
  return Math.ceil(bytes * size(units) / Math.max(1, count));
}
