// Reindexing sparse rows in the kernel, some rows at a time: what is copied in
// and out stays in the caches, and the kernel's memory small.

import * as kernel from "./kernel.wasm";
import { layOut, view, words } from "./scratch.ts";

/** Entries, and rows, that are in the kernel at once; a longer row is there alone. */
const ENTRIES = 8192;

/** Entries of a run, on average, from which on it is faster to move values run by run than one by one in the kernel. */
const LEAST_RUN = 32;

/** What the kernel says of rows whose values are not moved run by run. */
const OTHERWISE = -2;

/** A map of few positions to places among many, in two steps: the tables of rows to be sorted are as small as it is. */
export interface Steps {
  /** The number of each position's place among all of them in their order, negative: none. */
  readonly numbers: Int32Array;
  /** The places. */
  readonly goals: Int32Array;
}

/** `map` in two steps, where its places are at most half of `width`. */
export function stepsOf(map: Int32Array, width: number): Steps | null {
  const goals = map.filter((to) => to >= 0);
  if (2 * goals.length > width) return null;
  goals.sort();
  const number = new Int32Array(width);
  for (const [at, goal] of goals.entries()) number[goal] = at;
  return { numbers: map.map((to) => to < 0 ? to : number[to] as number), goals };
}

/** Where minor positions go. */
export interface RowChange {
  /** The new position of each, negative: none; null: as it is. */
  readonly map: Int32Array | null;
  /** {@linkcode stepsOf} the map, where nothing is missing; else null. */
  readonly steps: Steps | null;
  /** How many positions there are before the change. */
  readonly minor: number;
  /** How many there are after it. */
  readonly width: number;
  /** New positions (increasing) that every row gets beside its own; null for none. */
  readonly missing: Int32Array | null;
}

/** Rows in memory: where each starts among the entries and the last one ends, positions, and values as bytes. */
export interface Rows {
  readonly pointers: Float64Array;
  readonly indices: Int32Array;
  readonly data: Uint8Array;
}

/** Entries that fall on one another: where the first is in the result, and where the other one is in the source. */
export type Repeats = readonly (readonly [to: number, from: number])[];

/** What came out of {@linkcode shapeRows}. */
export interface Shaped {
  /** The entries that are left over: they have the position of another one. */
  readonly repeats: Repeats;
  /** Whether all values stay where they were: they have not been copied then. */
  readonly keepsValues: boolean;
}

/**
 * Changes rows whose values have `fill.length` bytes each, into `into`, whose
 * pointers start at 0; rows come out sorted, each position once. `fill` is the
 * value of `missing`. `refuse` is called with an index that is too large.
 */
export function shapeRows(
  change: RowChange,
  rows: Rows,
  fill: Uint8Array,
  into: Rows,
  refuse: (index: number) => never,
): Shaped {
  const item = fill.length, more = change.missing?.length ?? 0, room = roomFor(rows.pointers, more);
  const { steps, minor } = change, numbers = steps?.goals.length ?? (change.map === null ? minor : change.width);
  const at = openTables(change, room, [
    4 * (room.rows + 1), // new pointers
    4 * room.entries, // new positions
    8 * room.entries, // runs, or repeats
    room.entries * item, // values
    item, // the fill value
    4 * (numbers + 1), // marks
    room.entries * item, // new values
    steps === null ? 0 : 4 * minor,
    steps === null ? 0 : 4 * numbers,
  ]);
  const [
    newPointers = 0,
    newIndices = 0,
    pairs = 0,
    data = 0,
    value = 0,
    mark = 0,
    newData = 0,
    tableAt = 0,
    goalsAt = 0,
  ] = at.own;
  view(value, item).set(fill);
  if (steps !== null) {
    words(tableAt, minor).set(steps.numbers.subarray(0, minor));
    words(goalsAt, numbers).set(steps.goals);
  }
  const repeats: [number, number][] = [], { pointers, indices, map, missing, bits } = at;
  const own = (start: number, end: number): Uint8Array => rows.data.subarray(start * item, end * item);
  let keepsValues = rows.pointers[0] === 0;
  for (const batch of batches(rows.pointers, room, more)) {
    const first = enter(at, rows, batch), count = batch.end - batch.start, base = into.pointers[batch.start] as number;
    const entries = (rows.pointers[batch.end] as number) - first, most = Math.ceil(entries / LEAST_RUN);
    let found = more > 0
      ? OTHERWISE
      : kernel.mapRows(count, pointers, indices, map, minor, newPointers, newIndices, pairs, most);
    const isMapped = found !== OTHERWISE;
    if (!isMapped) {
      view(data, entries * item).set(own(first, first + entries));
      found = kernel.shapeRows(
        count,
        pointers,
        indices,
        data,
        item,
        steps === null ? map : tableAt,
        minor,
        numbers,
        steps === null ? 0 : goalsAt,
        missing,
        more,
        value,
        bits,
        mark,
        newPointers,
        newIndices,
        newData,
        pairs,
      );
    }
    if (found < 0) refuse(tooLarge(rows, batch, minor));
    const ends = words(newPointers, count + 1), kept = ends[count] as number, pair = words(pairs, 2 * found);
    for (let row = 1; row <= count; row++) into.pointers[batch.start + row] = base + (ends[row] as number);
    into.indices.set(words(newIndices, kept), base);
    if (keepsValues && isMapped && kept === entries) continue;
    if (keepsValues) into.data.set(own(0, first));
    keepsValues = false;
    if (!isMapped) into.data.set(view(newData, kept * item), base * item);
    for (let i = 0, to = base; i < 2 * found; i += 2) {
      const [one, other] = [pair[i] as number, pair[i + 1] as number];
      if (!isMapped) repeats.push([base + one, first + other]);
      else {
        into.data.set(own(first + one, first + other), to * item);
        to += other - one;
      }
    }
  }
  return { repeats, keepsValues };
}

/** How many entries each row has after the change, into `counts`. `refuse` as in {@linkcode shapeRows}. */
export function countRows(
  change: RowChange,
  rows: Pick<Rows, "pointers" | "indices">,
  counts: Float64Array,
  refuse: (index: number) => never,
): void {
  const more = change.missing?.length ?? 0, room = roomFor(rows.pointers, 0);
  const at = openTables({ ...change, missing: null }, room, [4 * room.rows]), [kept = 0] = at.own;
  for (const batch of batches(rows.pointers, room, 0)) {
    enter(at, rows, batch);
    const count = batch.end - batch.start;
    const found = kernel.countRows(count, at.pointers, at.indices, at.map, change.minor, at.bits, kept);
    if (found < 0) refuse(tooLarge(rows, batch, change.minor));
    const own = words(kept, count);
    for (let row = 0; row < count; row++) counts[batch.start + row] = (own[row] as number) + more;
  }
}

/** How much is in the kernel at once. */
interface Room {
  readonly rows: number;
  readonly entries: number;
}

interface Batch {
  readonly start: number;
  readonly end: number;
}

function roomFor(pointers: Float64Array, more: number): Room {
  const rows = Math.max(0, pointers.length - 1);
  let longest = 0;
  for (let row = 0; row < rows; row++) longest = Math.max(longest, lengthOf(pointers, row, row + 1) + more);
  return { rows: Math.min(rows, ENTRIES), entries: Math.max(longest, Math.min(ENTRIES, lengthOf(pointers, 0, rows))) };
}

function lengthOf(pointers: Float64Array, start: number, end: number): number {
  return (pointers[end] as number) - (pointers[start] as number);
}

/** Rows that fit into the kernel together. */
function* batches(pointers: Float64Array, room: Room, more: number): Generator<Batch> {
  const rows = pointers.length - 1;
  for (let start = 0, end = 0; start < rows; start = end) {
    end = start + 1;
    while (
      end < rows && end - start < room.rows &&
      lengthOf(pointers, start, end + 1) + (end + 1 - start) * more <= room.entries
    ) end++;
    yield { start, end };
  }
}

/** Addresses in the kernel. */
interface Tables {
  readonly pointers: number;
  readonly indices: number;
  readonly map: number;
  readonly missing: number;
  readonly bits: number;
  readonly own: readonly number[];
}

/** Lays out what both loops need, and `sizes` more. */
function openTables({ map, minor, width, missing }: RowChange, room: Room, sizes: readonly number[]): Tables {
  const bitBytes = 8 * Math.ceil((Math.max(width, map === null ? minor : 0) + 1) / 64);
  const [pointers = 0, indices = 0, mapAt = 0, missingAt = 0, bits = 0, ...own] = layOut(
    4 * (room.rows + 1),
    4 * room.entries,
    map === null ? 0 : 4 * minor,
    4 * (missing?.length ?? 0),
    bitBytes,
    ...sizes,
  );
  if (map !== null) words(mapAt, minor).set(map.subarray(0, minor));
  if (missing !== null) words(missingAt, missing.length).set(missing);
  view(bits, bitBytes).fill(0);
  return { pointers, indices, map: map === null ? 0 : mapAt, missing: missingAt, bits, own };
}

/** Copies the rows of `batch` in; returns where their entries start. */
function enter(at: Tables, { pointers, indices }: Pick<Rows, "pointers" | "indices">, { start, end }: Batch): number {
  const first = pointers[start] as number, own = words(at.pointers, end - start + 1);
  for (let row = start; row <= end; row++) own[row - start] = (pointers[row] as number) - first;
  words(at.indices, (pointers[end] as number) - first).set(indices.subarray(first, pointers[end]));
  return first;
}

/** The first index of the batch that is too large. */
function tooLarge(
  { pointers, indices }: Pick<Rows, "pointers" | "indices">,
  { start, end }: Batch,
  minor: number,
): number {
  return indices.subarray(pointers[start], pointers[end]).find((index) => index >>> 0 >= minor) ?? -1;
}
