// What to expect of a block of numbers, by samples: what an item takes as
// literals, and with matches at the distance of one item.

import { log256 } from "./zstd_encode_fse.as.ts";

/** Groups of bytes of a block by which its statistics are guessed. */
const GROUPS: usize = 128;
export const GROUP: usize = 16;
/** How often bytes occur in them, outside of runs like the item before, and which bytes of an item are in such runs. */
const BYTES: usize = memory.data(4 * 256, 16);
const REST: usize = memory.data(4 * 256, 16);
const SHAPES: usize = memory.data(4 * 256, 16);

/** The bytes of a run like the item before in most items, or 0 where there is none, and where in an item it ends. */
export let hot: u32 = 0;
export let hotEnd: u32 = 0;
/** Whether matches with the item before gain something. */
export let isNear = false;
/** 256 times the bits that an item takes without matches from afar. */
export let itemCost: u32 = 0;
/** The same of a byte that is not like that of the item before, and what it takes to say which are, for each byte. */
export let restCost: u32 = 0;
export let shapeCost: u32 = 0;

/** A bit for each of 16 bytes at `ip` that is like that of the item before. */
@inline
export function equalsOf16(ip: usize, item: usize): u64 {
  return <u64> <u32> v128.bitmask<i8>(v128.eq<i8>(v128.load(ip), v128.load(ip - item)));
}

@inline
function increase(table: usize, at: usize): void {
  store<u32>(table + 4 * at, load<u32>(table + 4 * at) + 1);
}

/** Finds out by samples what the items of a block take, and by which kind of matches. */
export function guess(from: usize, end: usize, item: usize): void {
  const step = max<usize>((end - from) / GROUPS & ~7, GROUP), shape: u32 = (1 << <u32> item) - 1;
  memory.fill(BYTES, 0, 4 * 256);
  memory.fill(REST, 0, 4 * 256);
  memory.fill(SHAPES, 0, 4 * 256);
  let groups: u32 = 0;
  for (let ip = from; ip + GROUP <= end; ip += step) {
    groups++;
    const equal = <u32> (equalsOf16(ip, item) | equalsOf16(ip + 16, item) << 16);
    const starts = equal & equal >> 1 & equal >> 2, runs = starts | starts << 1 | starts << 2;
    for (let i: usize = 0; i < GROUP; i++) {
      const byte: usize = load<u8>(ip + i);
      increase(BYTES, byte);
      if ((runs >> <u32> i & 1) == 0) increase(REST, byte);
    }
    for (let i: usize = 0; i < GROUP; i += item) increase(SHAPES, <usize> (runs >> <u32> i & shape));
  }
  const plain = entropy(BYTES, 256), items = groups * <u32> (GROUP / item);
  let rest = entropy(REST, 256);
  restCost = rest / max<u32>(1, counted);
  rest += findHot(<u32> item, items) * restCost;
  const shapes = entropy(SHAPES, 0), near = rest + shapes;
  isNear = near + (near >> 4) < plain;
  shapeCost = shapes / (items * <u32> item);
  itemCost = (isNear ? near : plain) / items;
}

/**
 * Finds the shape that most items have or could have, those that are wholly
 * like the one before among them; returns how many bytes then are not in runs
 * that would be.
 */
function findHot(item: u32, items: u32): u32 {
  hot = 0;
  if (item < 4) return 0;
  const whole: usize = (1 << item) - 1;
  let most: usize = 0;
  for (let i: usize = 1; i < whole; i++) if (load<u32>(SHAPES + 4 * i) > load<u32>(SHAPES + 4 * most)) most = i;
  const first = ctz<u32>(<u32> most), run = <u32> most >> first;
  const alike = load<u32>(SHAPES + 4 * whole), all = load<u32>(SHAPES + 4 * most) + alike;
  // one run, and of bytes that stay as they are not so many that longer runs are better
  if (run < 7 || (run & (run + 1)) != 0 || all * 2 < items || alike * 2 > items) return 0;
  hot = popcnt(run);
  hotEnd = first + hot;
  store<u32>(SHAPES + 4 * most, all);
  store<u32>(SHAPES + 4 * whole, 0);
  return alike * (item - hot);
}

/** How many were counted of what entropy was last asked for. */
let counted: u32 = 0;

/** 256 times the bits that all take which were counted, none less than `least`. */
function entropy(table: usize, least: u32): u32 {
  let total: u32 = 0, bits: u32 = 0;
  for (let i: usize = 0; i < 256; i++) total += load<u32>(table + 4 * i);
  counted = total;
  if (total == 0) return 0;
  const all = log256(total);
  for (let i: usize = 0; i < 256; i++) {
    const own = load<u32>(table + 4 * i);
    if (own != 0) bits += own * max<u32>(least, all - log256(own));
  }
  return bits;
}
