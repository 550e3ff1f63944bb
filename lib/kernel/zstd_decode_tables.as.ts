// The three tables that a Zstandard block's sequences are read by, RFC 8878, section 3.1.1.3.2.1.

import { countsLog, makeStates, readCounts, setCounts } from "./zstd_decode_fse.as.ts";
import {
  LITERAL_BITS,
  LITERAL_KINDS,
  MATCH_BITS,
  MATCH_KINDS,
  USUAL_LITERALS,
  USUAL_MATCHES,
  USUAL_OFFSET_KINDS,
  USUAL_OFFSETS,
} from "./zstd_format.as.ts";

/** Which table: also where its entry is in what follows. */
export const LENGTHS: usize = 0;
export const OFFSETS: usize = 1;
export const MATCHES: usize = 2;

/** Entries of zstd_decode_fse.as.ts; each table has room for states of 9 bits. */
export const TABLE_BYTES: usize = 8 << 9;
export const TABLES: usize = memory.data(3 * 4096, 16);
/** The tables that the format has set. */
const SET_TABLES: usize = memory.data(3 * 512, 16);
/** What symbols mean, 8 bytes each. */
const MEANING_BYTES: usize = 8 * 64;
const MEANINGS: usize = memory.data(3 * 512, 16);

/** The last symbol of each kind, and how many bits states have at most, and where they are set. */
const MOST_SYMBOL: usize = memory.data<u8>([35, 31, 52]);
const MOST_BITS: usize = memory.data<u8>([9, 8, 9]);
const SET_BITS: usize = memory.data<u8>([6, 5, 6]);

/** Bits of the states of each kind; all ones where the frame has had none. */
const NONE: u32 = 0xffffffff;
const BITS: usize = memory.data(3 * 4, 16);

function makeMeanings(): void {
  numbers(MEANINGS, 0, LITERAL_BITS, LITERAL_KINDS);
  numbers(MEANINGS + MATCHES * MEANING_BYTES, 3, MATCH_BITS, MATCH_KINDS);
  // offsets are less by 3 than their numbers; those up to 3 have other meanings, which who reads them knows
  for (let i: u64 = 2; i < 32; i++) meaning(MEANINGS + OFFSETS * MEANING_BYTES, <u32> i, (1 << i) - 3, i);
  meaning(MEANINGS + OFFSETS * MEANING_BYTES, 0, 0, 0);
  meaning(MEANINGS + OFFSETS * MEANING_BYTES, 1, 0, 1);
  setCounts(USUAL_LITERALS, LITERAL_KINDS, 6);
  makeStates(SET_TABLES, MEANINGS);
  setCounts(USUAL_OFFSETS, USUAL_OFFSET_KINDS, 5);
  makeStates(SET_TABLES + OFFSETS * 512, MEANINGS + OFFSETS * MEANING_BYTES);
  setCounts(USUAL_MATCHES, MATCH_KINDS, 6);
  makeStates(SET_TABLES + MATCHES * 512, MEANINGS + MATCHES * MEANING_BYTES);
}
makeMeanings();

/** Numbers from `least` on, for `n` symbols with as many bits behind them as `extra` says. */
function numbers(meanings: usize, least: u64, extra: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const bits: u64 = load<u8>(extra + i);
    meaning(meanings, i, least, bits);
    least += 1 << bits;
  }
}

function meaning(meanings: usize, symbol: u32, least: u64, bits: u64): void {
  store<u64>(meanings + 8 * symbol, least << 16 | 31 << 8 | bits);
}

export function startTables(): void {
  memory.fill(BITS, 255, 12);
}

export function tableBits(kind: usize): u32 {
  return load<u32>(BITS + 4 * kind);
}

/** Reads a block's three tables; where they end, or 0 where they are none. */
export function readTables(src: usize, end: usize): usize {
  const modes: u32 = load<u8>(src++);
  if (modes & 3) return 0;
  for (let kind = LENGTHS; kind <= MATCHES; kind++) {
    src = readTable(kind, modes >> (6 - 2 * <u32> kind) & 3, src, end);
    if (src == 0) return 0;
  }
  return src;
}

function readTable(kind: usize, mode: u32, src: usize, end: usize): usize {
  if (mode == 3) return tableBits(kind) == NONE ? 0 : src;
  const table = TABLES + kind * TABLE_BYTES;
  let bits: u32 = 0;
  const most: u32 = load<u8>(MOST_SYMBOL + kind), meanings = MEANINGS + kind * MEANING_BYTES;
  if (mode == 0) {
    bits = load<u8>(SET_BITS + kind);
    memory.copy(table, SET_TABLES + kind * 512, 8 << bits);
  } else if (mode == 1) {
    const symbol: u32 = load<u8>(src++);
    if (src > end || symbol > most) return 0;
    store<u64>(table, load<u64>(meanings + 8 * symbol));
  } else {
    src = readCounts(src, end, most, load<u8>(MOST_BITS + kind));
    if (src == 0) return 0;
    bits = countsLog();
    makeStates(table, meanings);
  }
  store<u32>(BITS + 4 * kind, bits);
  return src;
}
