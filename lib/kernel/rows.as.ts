// Sparse rows whose minor positions are mapped: dropped, sorted, filled, and
// their values moved along. Rows that come out sorted are done in one pass, and
// without their values where those stay side by side; others by a sweep over a
// bit for every minor position.

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
 * Changes `rows` rows. `map`: where each of `minor` positions goes, negative is
 * nowhere; 0 for where it is. `missing`: positions that every row gets with the
 * value at `fill`. `bits` is zero, and has a bit for every position after the
 * change; `mark` has 4 bytes for each. At `twice` there's room for 8 bytes an
 * entry: where an entry is that has the position already, and the one which
 * comes on top. How many of these there are; -1 where an index is too large.
 */
export function shapeRows(
  rows: u32,
  pointers: usize,
  indices: usize,
  data: usize,
  item: u32,
  map: usize,
  minor: u32,
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
  let end: u32 = 0, repeats: u32 = 0;
  store<u32>(outPointers, 0);
  for (let row: u32 = 0; row < rows; row++) {
    const from = load<u32>(pointers + (<usize> row << 2)), to = load<u32>(pointers + (<usize> row << 2), 4);
    const start = end;
    let last: i32 = -1, sorted = missingCount == 0;
    if (sorted) {
      for (let k = from; k < to; k++) {
        const index = load<u32>(indices + (<usize> k << 2));
        if (index >= minor) return -1;
        const goal = goalOf(map, index);
        if (goal < 0) continue;
        if (goal <= last) {
          sorted = false;
          break;
        }
        last = goal;
        store<i32>(outIndices + (<usize> end << 2), goal);
        move(data, k, outData, end, item);
        end++;
      }
    }
    if (!sorted) {
      const before = repeats;
      let low: u32 = NOWHERE, high: u32 = 0;
      for (let k = from; k < to; k++) {
        const index = load<u32>(indices + (<usize> k << 2));
        if (index >= minor) return -1;
        const goal = goalOf(map, index);
        if (goal < 0) continue;
        const word = <u32> goal >> 6, at = bits + (<usize> word << 3), bit = <u64> 1 << (goal & 63);
        const set = load<u64>(at);
        if (set & bit) {
          store<u32>(twice + (<usize> repeats << 3), goal);
          store<u32>(twice + (<usize> repeats << 3), k, 4);
          repeats++;
          continue;
        }
        store<u64>(at, set | bit);
        store<u32>(mark + (<usize> goal << 2), k);
        low = min(low, word);
        high = max(high, word);
      }
      for (let i: u32 = 0; i < missingCount; i++) {
        const goal = load<u32>(missing + (<usize> i << 2)), word = goal >> 6, at = bits + (<usize> word << 3);
        store<u64>(at, load<u64>(at) | <u64> 1 << (goal & 63));
        store<u32>(mark + (<usize> goal << 2), NOWHERE);
        low = min(low, word);
        high = max(high, word);
      }
      end = start;
      if (low != NOWHERE) {
        for (let word = low; word <= high; word++) {
          const at = bits + (<usize> word << 3), first = word << 6;
          let left = load<u64>(at), out = outIndices + (<usize> end << 2);
          if (left == 0) continue;
          store<u64>(at, 0);
          end += <u32> popcnt(left);
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
        }
      }
      if (repeats == before && missingCount == 0 && item == 8) {
        for (let at = start; at < end; at++) {
          const origin = load<u32>(mark + (<usize> load<u32>(outIndices + (<usize> at << 2)) << 2));
          store<u64>(outData + (<usize> at << 3), load<u64>(data + (<usize> origin << 3)));
        }
        store<u32>(outPointers + (<usize> row << 2), end, 4);
        continue;
      }
      for (let at = start; at < end; at++) {
        const place = mark + (<usize> load<u32>(outIndices + (<usize> at << 2)) << 2), origin = load<u32>(place);
        if (origin == NOWHERE) move(fill, 0, outData, at, item);
        else move(data, origin, outData, at, item);
        if (repeats > before) store<u32>(place, at);
      }
      for (let i = before; i < repeats; i++) {
        const at = twice + (<usize> i << 3);
        store<u32>(at, load<u32>(mark + (<usize> load<u32>(at) << 2)));
      }
    }
    store<u32>(outPointers + (<usize> row << 2), end, 4);
  }
  return repeats;
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
