// Sparse rows whose minor positions are mapped: dropped, sorted, filled, and
// their values moved along. Rows that come out sorted are done in one pass, and
// without their values where those stay side by side; others by a sweep over a
// bit for every minor position.

import { largest } from "./largest.as.ts";

const NOWHERE: u32 = 0xFFFFFFFF;

@inline
function goalOf(map: usize, index: u32): i32 {
  return map == 0 ? <i32> index : load<i32>(map + (<usize> index << 2));
}

@inline
function move(from: usize, at: u32, to: usize, end: u32, item: u32): void {
  if (item == 8) store<u64>(to + (<usize> end << 3), load<u64>(from + (<usize> at << 3)));
  else if (item == 4) store<u32>(to + (<usize> end << 2), load<u32>(from + (<usize> at << 2)));
  else memory.copy(to + <usize> end * item, from + <usize> at * item, item);
}

/**
 * Maps the minor positions of `rows` rows that come out sorted, and says where
 * their values stay side by side. `map`, `minor`: as in `shapeRows`. At `runs`
 * there's room for `most` times 8 bytes: the first entry of a run of entries
 * that are all kept, and the one behind its last. How many runs there are; -1
 * where an index is too large, -2 where rows come out unsorted or runs are more
 * than `most`.
 */
export function mapRows(
  rows: u32,
  pointers: usize,
  indices: usize,
  map: usize,
  minor: u32,
  outPointers: usize,
  outIndices: usize,
  runs: usize,
  most: u32,
): i32 {
  let out = outIndices, count: u32 = 0, run = runs - 8, runEnd = NOWHERE;
  store<u32>(outPointers, 0);
  for (let row: u32 = 0; row < rows; row++) {
    const from = load<u32>(pointers + (<usize> row << 2)), to = load<u32>(pointers + (<usize> row << 2), 4);
    let last: i32 = -1;
    for (let k = from; k < to; k++) {
      const index = load<u32>(indices + (<usize> k << 2));
      if (index >= minor) return -1;
      const goal = goalOf(map, index);
      if (goal <= last) {
        if (goal < 0) continue;
        return -2;
      }
      last = goal;
      if (k != runEnd) {
        if (count == most) return -2;
        if (count > 0) store<u32>(run, runEnd, 4);
        count++;
        run += 8;
        store<u32>(run, k);
      }
      runEnd = k + 1;
      store<i32>(out, goal);
      out += 4;
    }
    store<u32>(outPointers + (<usize> row << 2), <u32> ((out - outIndices) >> 2), 4);
  }
  if (count > 0) store<u32>(run, runEnd, 4);
  return count;
}

/**
 * Changes `rows` rows. `map`: for each of `minor` positions the number, below
 * `numbers`, of the place that it goes to, negative is nowhere; 0 for where it
 * is. `goals`: the places by their numbers, which are in their order; 0 where
 * they are the same. `missing`: places that every row gets with the value at
 * `fill` (`goals` is 0 then). `bits` is zero, and has a bit for every number and
 * one more; `mark` has 4 bytes for each. At `twice` there's room for 8 bytes an
 * entry: where an entry is that has the place already, and the one which comes
 * on top. How many of these there are; -1 where an index is too large.
 */
export function shapeRows(
  rows: u32,
  pointers: usize,
  indices: usize,
  data: usize,
  item: u32,
  map: usize,
  minor: u32,
  numbers: u32,
  goals: usize,
  missing: usize,
  missingCount: u32,
  fill: usize,
  bits: usize,
  mark: usize,
  outPointers: usize,
  outIndices: usize,
  outData: usize,
  twice: usize,
): i32 {
  const count = load<u32>(pointers + (<usize> rows << 2));
  if (count > 0 && largest(indices, count) >= minor) return -1;
  let end: u32 = 0, repeats: u32 = 0;
  store<u32>(outPointers, 0);
  for (let row: u32 = 0; row < rows; row++) {
    const from = load<u32>(pointers + (<usize> row << 2)), to = load<u32>(pointers + (<usize> row << 2), 4);
    const start = end;
    let last: i32 = -1, sorted = missingCount == 0;
    if (sorted) {
      for (let k = from; k < to; k++) {
        const number = goalOf(map, load<u32>(indices + (<usize> k << 2)));
        if (number < 0) continue;
        if (number <= last) {
          sorted = false;
          break;
        }
        last = number;
        store<i32>(outIndices + (<usize> end << 2), goalOf(goals, number));
        move(data, k, outData, end, item);
        end++;
      }
    }
    if (!sorted) {
      let kept = markRow(indices, from, to, map, numbers, bits, mark);
      const isDropped = kept < to - from;
      for (let i: u32 = 0; i < missingCount; i++) {
        const number = load<u32>(missing + (<usize> i << 2)), at = bits + (<usize> (number >> 6) << 3);
        store<u64>(at, load<u64>(at) | <u64> 1 << (number & 63));
        store<u32>(mark + (<usize> number << 2), NOWHERE);
        kept++;
      }
      // what is dropped has the last number of all
      end = start + takeBits(bits, numbers, outIndices + (<usize> start << 2)) - <u32> isDropped;
      if (end - start < kept) {
        const more = repeatsIn(indices, from, to, map, bits, mark, outIndices, start, end, twice + (<usize> repeats << 3));
        place(mark, goals, outIndices, start, end, data, fill, item, outData, true);
        for (let i = repeats; i < repeats + more; i++) {
          const at = twice + (<usize> i << 3);
          store<u32>(at, load<u32>(mark + (<usize> load<u32>(at) << 2)));
        }
        repeats += more;
      } else if (missingCount == 0 && item == 8) bring<u64>(mark, goals, outIndices, start, end, data, outData);
      else if (missingCount == 0 && item == 4) bring<u32>(mark, goals, outIndices, start, end, data, outData);
      else place(mark, goals, outIndices, start, end, data, fill, item, outData, false);
    }
    store<u32>(outPointers + (<usize> row << 2), end, 4);
  }
  return repeats;
}

/**
 * Sets the bits of the entries `[from, to)`, and marks each number with the last
 * entry that has it; `numbers` is that of entries which go nowhere. How many go
 * somewhere.
 */
function markRow(indices: usize, from: u32, to: u32, map: usize, numbers: u32, bits: usize, mark: usize): u32 {
  let kept: u32 = 0;
  for (let k = from; k < to; k++) {
    const goal = goalOf(map, load<u32>(indices + (<usize> k << 2)));
    const number = select<u32>(goal, numbers, goal >= 0), at = bits + (<usize> (number >> 6) << 3);
    kept += <u32> (goal >= 0);
    store<u64>(at, load<u64>(at) | <u64> 1 << (number & 63));
    store<u32>(mark + (<usize> number << 2), k);
  }
  return kept;
}

/** Clears all bits, up to that of `last`, and writes the numbers of those that were set; how many. */
function takeBits(bits: usize, last: u32, out: usize): u32 {
  const start = out, end = bits + (<usize> (last >> 6) << 3);
  let first: u32 = 0;
  for (let at = bits; at <= end; at += 8, first += 64) {
    let left = load<u64>(at);
    if (left == 0) {
      for (; at + 8 < end && !v128.any_true(v128.load(at, 8)); at += 16) first += 128;
      continue;
    }
    store<u64>(at, 0);
    const next = out + (<usize> popcnt(left) << 2);
    // Eight at a time, so that seldom a branch is guessed wrong; what is too much is written over.
    do {
      store<u32>(out, first + <u32> ctz(left));
      left &= left - 1;
      store<u32>(out, first + <u32> ctz(left), 4);
      left &= left - 1;
      store<u32>(out, first + <u32> ctz(left), 8);
      left &= left - 1;
      store<u32>(out, first + <u32> ctz(left), 12);
      left &= left - 1;
      store<u32>(out, first + <u32> ctz(left), 16);
      left &= left - 1;
      store<u32>(out, first + <u32> ctz(left), 20);
      left &= left - 1;
      store<u32>(out, first + <u32> ctz(left), 24);
      left &= left - 1;
      store<u32>(out, first + <u32> ctz(left), 28);
      left &= left - 1;
      out += 32;
    } while (left != 0);
    out = next;
  }
  return <u32> ((out - start) >> 2);
}

/**
 * Notes at `twice` each of the entries `[from, to)` whose number an earlier one
 * has, and marks numbers with the first. `out`: all numbers of the row, at
 * `[start, end)`. How many were noted.
 */
function repeatsIn(
  indices: usize,
  from: u32,
  to: u32,
  map: usize,
  bits: usize,
  mark: usize,
  out: usize,
  start: u32,
  end: u32,
  twice: usize,
): u32 {
  let found: u32 = 0;
  for (let k = from; k < to; k++) {
    const number = goalOf(map, load<u32>(indices + (<usize> k << 2)));
    if (number < 0) continue;
    const at = bits + (<usize> (number >> 6) << 3), bit = <u64> 1 << (number & 63), set = load<u64>(at);
    if (set & bit) {
      store<u32>(twice + (<usize> found << 3), number);
      store<u32>(twice + (<usize> found << 3), k, 4);
      found++;
    } else {
      store<u64>(at, set | bit);
      store<u32>(mark + (<usize> number << 2), k);
    }
  }
  for (let at = start; at < end; at++) {
    store<u64>(bits + (<usize> (load<u32>(out + (<usize> at << 2)) >> 6) << 3), 0);
  }
  return found;
}

/**
 * Puts the values of the entries `[start, end)` in their places, each from where
 * `mark` says or from `fill`, and makes numbers places. With `remark` the mark
 * then says where a number's value is.
 */
function place(
  mark: usize,
  goals: usize,
  indices: usize,
  start: u32,
  end: u32,
  from: usize,
  fill: usize,
  item: u32,
  to: usize,
  remark: bool,
): void {
  for (let at = start; at < end; at++) {
    const index = indices + (<usize> at << 2), number = load<u32>(index);
    const marked = mark + (<usize> number << 2), origin = load<u32>(marked);
    store<u32>(index, goalOf(goals, number));
    if (origin == NOWHERE) move(fill, 0, to, at, item);
    else move(from, origin, to, at, item);
    if (remark) store<u32>(marked, at);
  }
}

/** As `place`, where no value is `fill`. */
@inline
function bring<T>(
  mark: usize,
  goals: usize,
  indices: usize,
  start: u32,
  end: u32,
  from: usize,
  to: usize,
): void {
  const last = indices + (<usize> end << 2);
  let into = to + <usize> start * sizeof<T>();
  for (let at = indices + (<usize> start << 2); at < last; at += 4) {
    const goal = load<u32>(at), origin = load<u32>(mark + (<usize> goal << 2));
    if (goals != 0) store<u32>(at, load<u32>(goals + (<usize> goal << 2)));
    store<T>(into, load<T>(from + <usize> origin * sizeof<T>()));
    into += sizeof<T>();
  }
}

/** How many entries each row will have once `shapeRows` is done, without what it's filled with; -1 as there. */
export function countRows(
  rows: u32,
  pointers: usize,
  indices: usize,
  map: usize,
  minor: u32,
  bits: usize,
  outCounts: usize,
): i32 {
  for (let row: u32 = 0; row < rows; row++) {
    const from = load<u32>(pointers + (<usize> row << 2)), to = load<u32>(pointers + (<usize> row << 2), 4);
    let kept: u32 = 0, next: u32 = 0, sorted = true;
    // what increases holds no position twice, and its last index is its largest
    if (increases(indices, from, to) && (from == to || load<u32>(indices + (<usize> (to - 1) << 2)) < minor)) {
      kept = to - from;
      if (map != 0) {
        for (let k = from; k < to; k++) kept += goalOf(map, load<u32>(indices + (<usize> k << 2))) >> 31;
      }
      store<u32>(outCounts + (<usize> row << 2), kept);
      continue;
    }
    for (let k = from; k < to; k++) {
      const index = load<u32>(indices + (<usize> k << 2));
      if (index >= minor) return -1;
      if (index < next) sorted = false;
      next = index + 1;
      if (goalOf(map, index) >= 0) kept++;
    }
    // what is different stays different: only unsorted rows can hold a position twice
    if (!sorted) kept -= repeatsOf(indices, from, to, map, bits);
    store<u32>(outCounts + (<usize> row << 2), kept);
  }
  return 0;
}

/** Whether each of the entries `[from, to)` has a larger index than the one before it. */
function increases(indices: usize, from: u32, to: u32): bool {
  let at = indices + (<usize> from << 2);
  const end = indices + (<usize> to << 2);
  for (; at + 16 < end; at += 16) {
    if (!i32x4.all_true(i32x4.lt_u(v128.load(at), v128.load(at, 4)))) return false;
  }
  for (; at + 4 < end; at += 4) if (load<u32>(at) >= load<u32>(at, 4)) return false;
  return true;
}

function repeatsOf(indices: usize, from: u32, to: u32, map: usize, bits: usize): u32 {
  let repeats: u32 = 0;
  for (let k = from; k < to; k++) {
    const goal = goalOf(map, load<u32>(indices + (<usize> k << 2)));
    if (goal < 0) continue;
    const at = bits + (<usize> (goal >> 6) << 3), bit = <u64> 1 << (goal & 63), set = load<u64>(at);
    if (set & bit) repeats++;
    store<u64>(at, set | bit);
  }
  for (let k = from; k < to; k++) {
    const goal = goalOf(map, load<u32>(indices + (<usize> k << 2)));
    if (goal >= 0) store<u64>(bits + (<usize> (goal >> 6) << 3), 0);
  }
  return repeats;
}
