// The entries of dense rows: what is not zero, with its position.

@inline
function isNonzero(at: usize, item: u32, mask: u64): bool {
  if (item == 4) return (load<u32>(at) & <u32> mask) != 0;
  if (item == 8) return (load<u64>(at) & mask) != 0;
  if (item == 2) return (load<u16>(at) & <u16> mask) != 0;
  if (item == 1) return load<u8>(at) != 0;
  return ((load<u64>(at) | load<u64>(at, 8)) & mask) != 0;
}

@inline
function put(from: usize, to: usize, item: u32): void {
  if (item == 4) store<u32>(to, load<u32>(from));
  else if (item == 8) store<u64>(to, load<u64>(from));
  else if (item == 2) store<u16>(to, load<u16>(from));
  else if (item == 1) store<u8>(to, load<u8>(from));
  else v128.store(to, v128.load(from));
}

/** How many of `count` values of `item` bytes are not zero: have a bit of `mask`, which is that of 8 bytes. */
@inline
function countOf(values: usize, count: u32, item: u32, mask: u64): u32 {
  let kept: u32 = 0;
  for (const end = values + <usize> count * item; values < end; values += item) kept += u32(isNonzero(values, item, mask));
  return kept;
}

/** For each of `rows` rows of `width` values, at `counts`, how many are not zero. */
export function countNonzero(values: usize, rows: u32, width: u32, item: u32, mask: u64, counts: usize): void {
  const line = <usize> width * item;
  for (let row: u32 = 0; row < rows; row++, values += line) {
    let kept: u32;
    // the size known, a loop is several times as fast
    if (item == 4) kept = countOf(values, width, 4, mask);
    else if (item == 8) kept = countOf(values, width, 8, mask);
    else kept = countOf(values, width, item, mask);
    store<u32>(counts + (<usize> row << 2), kept);
  }
}

/** Puts what is not zero of `count` values side by side at `data`, and positions, the first of all being `first`. */
@inline
function takeOf(values: usize, count: u32, first: u32, item: u32, mask: u64, indices: usize, data: usize): u32 {
  const end = first + count, start = indices;
  for (; first < end; first++, values += item) {
    // everything is put down, and what is zero is put over: nothing has to be guessed
    store<u32>(indices, first);
    put(values, data, item);
    const kept = usize(isNonzero(values, item, mask));
    indices += kept << 2;
    data += kept * item;
  }
  return <u32> ((indices - start) >> 2);
}

/**
 * Takes what is not zero from `rows` rows of `width` values, whose positions are counted from `first` on in each; how
 * many there are. At `indices` and `data` there's room for all values, and one more.
 */
export function takeNonzero(
  values: usize,
  rows: u32,
  width: u32,
  first: u32,
  item: u32,
  mask: u64,
  indices: usize,
  data: usize,
): u32 {
  const line = <usize> width * item;
  let total: usize = 0;
  for (let row: u32 = 0; row < rows; row++, values += line) {
    const at = indices + (total << 2), to = data + total * item;
    if (item == 4) total += takeOf(values, width, first, 4, mask, at, to);
    else if (item == 8) total += takeOf(values, width, first, 8, mask, at, to);
    else total += takeOf(values, width, first, item, mask, at, to);
  }
  return <u32> total;
}
