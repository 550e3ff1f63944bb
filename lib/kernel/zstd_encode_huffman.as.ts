// Huffman codes of bytes, RFC 8878, section 4.2: the best that have no more
// than 11 bits, their description, and what is written by them.

import {
  bitsOf,
  CODER_BYTES,
  firstState,
  makeCoder,
  nextState,
  normalize,
  putCounts,
  statesLog,
  stepOf,
} from "./zstd_encode_fse.as.ts";

/** The longest code that Zstandard allows. */
const LONGEST: u32 = 11;
/** Symbols with their counts, the rarest first; room for sorting them. */
const SORTED: usize = memory.data(4 * 256, 16);
const OTHER: usize = memory.data(4 * 256, 16);
const PLACES: usize = memory.data(4 * 512, 16);
/** What becomes of the counts: lengths of codes. */
const TREE: usize = memory.data(4 * 256, 16);
/** How many codes have each length; the counts may be longer than a code can be. */
const LENGTHS: usize = memory.data(4 * 64, 16);
/** The first code of each length. */
const FIRST: usize = memory.data(4 * 16, 16);
/** A symbol's code in the lower half, in the upper half two to the power of its length. */
const CODES: usize = memory.data(8 * 256, 16);
/** One byte a symbol: 0, or how much shorter its code is than the longest, and 1. */
const WEIGHTS: usize = memory.data(256, 16);
const WEIGHT_COUNTS: usize = memory.data(4 * 16, 16);
const NORM: usize = memory.data(2 * 64, 16);
const CODER: usize = memory.data(<i32> CODER_BYTES, 16);

/** The bytes that occur, the last of them, and the bits of the longest code. */
export let kinds: u32 = 0;
let lastSymbol: u32 = 0;
let longest: u32 = 0;

/** Starts a code of no symbols. */
export function startCode(): void {
  kinds = 0;
}

/** Adds a symbol that occurs `count` times; they come in ascending order. */
export function addSymbol(symbol: u32, count: u32): void {
  lastSymbol = symbol;
  store<u32>(SORTED + 4 * kinds++, count << 8 | symbol);
}

/** Makes the code of two symbols or more. */
export function makeCode(): void {
  sortCounts();
  makeLengths();
  makeCodes();
}

/** How many bits the code of `symbol` has. */
export function codeBits(symbol: usize): u32 {
  return <u32> ctz(load<u64>(CODES + 8 * symbol) >> 32);
}

/** Sorts the counts by two passes over their digits; none is above 2^17. */
function sortCounts(): void {
  sortBy(SORTED, OTHER, 8);
  sortBy(OTHER, SORTED, 17);
}

function sortBy(from: usize, to: usize, shift: u32): void {
  memory.fill(PLACES, 0, 4 * 512);
  for (let i: u32 = 0; i < kinds; i++) {
    const at = PLACES + 4 * (load<u32>(from + 4 * i) >> shift & 511);
    store<u32>(at, load<u32>(at) + 1);
  }
  let place: u32 = 0;
  for (let i: usize = 0; i < 512; i++) {
    const own = load<u32>(PLACES + 4 * i);
    store<u32>(PLACES + 4 * i, place);
    place += own;
  }
  for (let i: u32 = 0; i < kinds; i++) {
    const key = load<u32>(from + 4 * i), at = PLACES + 4 * (key >> shift & 511);
    store<u32>(to + 4 * load<u32>(at), key);
    store<u32>(at, load<u32>(at) + 1);
  }
}

@inline
function tree(at: i32): i32 {
  return load<i32>(TREE + 4 * at);
}

@inline
function setTree(at: i32, value: i32): void {
  store<i32>(TREE + 4 * at, value);
}

/** How many codes of each length are best, with none above LONGEST. Moffat and Katajainen's calculation in place. */
function makeLengths(): void {
  const n = <i32> kinds;
  for (let i = 0; i < n; i++) setTree(i, load<u32>(SORTED + 4 * i) >> 8);
  setTree(0, tree(0) + tree(1));
  let root = 0, leaf = 2;
  for (let next = 1; next < n - 1; next++) {
    let sum = 0;
    for (let half = 0; half < 2; half++) {
      if (leaf >= n || (root < next && tree(root) < tree(leaf))) {
        sum += tree(root);
        setTree(root++, next);
      } else sum += tree(leaf++);
    }
    setTree(next, sum);
  }
  setTree(n - 2, 0);
  for (let next = n - 3; next >= 0; next--) setTree(next, tree(tree(next)) + 1);
  memory.fill(LENGTHS, 0, 4 * 64);
  let inner = n - 2, open = 1, depth: u32 = 0;
  longest = 1;
  while (open > 0) {
    let used = 0;
    while (inner >= 0 && <u32> tree(inner) == depth) {
      used++;
      inner--;
    }
    const own = LENGTHS + 4 * min(depth, LONGEST);
    store<i32>(own, load<i32>(own) + open - used);
    if (open > used) longest = min(depth, LONGEST);
    open = 2 * used;
    depth++;
  }
  if (depth - 1 > LONGEST) limitLengths();
}

/** Codes that were cut to LONGEST take more room than there is: others, as short as need be, make it. */
function limitLengths(): void {
  let taken: u32 = 0;
  for (let length: u32 = 1; length <= LONGEST; length++) taken += load<u32>(LENGTHS + 4 * length) << (LONGEST - length);
  for (; taken > 1 << LONGEST; taken--) {
    const last = LENGTHS + 4 * LONGEST;
    store<u32>(last, load<u32>(last) - 1);
    let length = LONGEST - 1;
    while (load<u32>(LENGTHS + 4 * length) == 0) length--;
    const at = LENGTHS + 4 * length;
    store<u32>(at, load<u32>(at) - 1);
    store<u32>(at, load<u32>(at, 4) + 2, 4);
  }
}

/** Gives the rarest symbols the longest codes; section 4.2.1.3 says which ones. */
function makeCodes(): void {
  memory.fill(WEIGHTS, 0, 256);
  let at: u32 = 0, first: u32 = 0;
  for (let length = longest; length > 0; length--) {
    const own = load<u32>(LENGTHS + 4 * length);
    for (let end = at + own; at < end; at++) {
      store<u8>(WEIGHTS + <usize> load<u8>(SORTED + 4 * at), longest + 1 - length);
    }
    store<u32>(FIRST + 4 * length, first);
    first = (first + own) >> 1;
  }
  for (let i: u32 = 0; i <= lastSymbol; i++) {
    const weight: u32 = load<u8>(WEIGHTS + i);
    if (weight == 0) continue;
    const length = longest + 1 - weight, next = FIRST + 4 * length;
    const code = load<u32>(next);
    store<u32>(next, code + 1);
    store<u64>(CODES + 8 * i, <u64> code | (<u64> 1 << (32 + length)));
  }
}

/** Writes the weights of all symbols but the last (section 4.2.1); returns where they end, or 0 where they can't be. */
export function putWeights(op: usize): usize {
  const short = putCodedWeights(op + 1);
  const coded: usize = short == 0 ? 128 : short - op - 1, direct: usize = (lastSymbol + 1) >> 1;
  if (coded < 128 && (coded < direct || lastSymbol > 128)) {
    store<u8>(op, coded);
    return short;
  }
  if (lastSymbol > 128) return 0;
  store<u8>(op, 127 + lastSymbol);
  store<u8>(WEIGHTS + lastSymbol, 0); // it may share the last byte
  for (let i: usize = 0; i < direct; i++) {
    store<u8>(op + 1 + i, load<u8>(WEIGHTS + 2 * i) << 4 | load<u8>(WEIGHTS + 2 * i + 1));
  }
  return op + 1 + direct;
}

/** In two coders by turns (section 4.2.1.2); returns where they end, or 0 where it takes other means. */
function putCodedWeights(op: usize): usize {
  if (lastSymbol < 3) return 0;
  memory.fill(WEIGHT_COUNTS, 0, 4 * 16);
  for (let i: u32 = 0; i < lastSymbol; i++) {
    const at = WEIGHT_COUNTS + 4 * <usize> load<u8>(WEIGHTS + i);
    store<u32>(at, load<u32>(at) + 1);
  }
  let present: u32 = 0, symbols: u32 = 0;
  for (let i: u32 = 0; i < 16; i++) {
    if (load<u32>(WEIGHT_COUNTS + 4 * i) == 0) continue;
    present++;
    symbols = i + 1;
  }
  if (present < 2) return 0;
  const log = statesLog(lastSymbol, present, 6);
  normalize(WEIGHT_COUNTS, symbols, lastSymbol, log, NORM);
  makeCoder(CODER, NORM, symbols, log);
  op = putCounts(op, NORM, symbols, log);

  // the symbols of even places in one, those of odd places in the other, the last ones first
  let at: usize = WEIGHTS + lastSymbol - 1, bits: u64 = 0, count: u64 = 0;
  let own = firstState(CODER, load<u8>(at--)), other = firstState(CODER, load<u8>(at--));
  for (; at >= WEIGHTS; at--) {
    const step = stepOf(CODER, load<u8>(at)), n = bitsOf(step, own);
    bits |= <u64> (own & ((1 << n) - 1)) << count;
    count += n;
    const next = nextState(CODER, step, own, n);
    own = other;
    other = next;
    store<u64>(op, bits);
    op += <usize> (count >> 3);
    bits >>= count & ~7;
    count &= 7;
  }
  // the one whose turn it was not, of the two the one of odd places, is first
  const mask: u32 = (1 << log) - 1;
  bits |= <u64> (own & mask) << count | <u64> (other & mask) << (count + log) | <u64> 1 << (count + 2 * log);
  store<u64>(op, bits);
  return op + <usize> ((count + 2 * log + 8) >> 3);
}

/** Writes literals, the last one first (section 4.2.2), and returns where they end. */
export function putStream(op: usize, src: usize, bytes: usize): usize {
  let ip = src + bytes, bits: u64 = 0, count: u64 = 0;
  for (let left = bytes % 5; left > 0; left--) {
    const code = codeAt(--ip);
    bits |= <u64> <u32> code << count;
    count += ctz(code >> 32);
  }
  while (ip > src) {
    store<u64>(op, bits);
    op += <usize> (count >> 3);
    bits >>= count & ~7;
    count &= 7;
    // to move a code by the bits of those before it is to multiply it; 62 bits at most
    ip -= 5;
    const a = codeAt(ip + 4), b = codeAt(ip + 3), c = codeAt(ip + 2), d = codeAt(ip + 1), e = codeAt(ip);
    const ab = b * (a >> 32) + <u64> <u32> a, cd = d * (c >> 32) + <u64> <u32> c, p = ab >> 32, q = cd >> 32;
    bits |= ((<u64> <u32> e * q + <u64> <u32> cd) * p + <u64> <u32> ab) << count;
    count += ctz(p * q * (e >> 32));
  }
  store<u64>(op, bits);
  op += <usize> (count >> 3);
  bits = bits >> (count & ~7) | <u64> 1 << (count & 7);
  store<u8>(op, <u8> bits);
  return op + 1;
}

@inline
function codeAt(ip: usize): u64 {
  return load<u64>(<usize> load<u8>(ip) << 3, CODES);
}
