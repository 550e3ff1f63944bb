// What the search for matches in a block finds: its sequences, one word each,
// and all its literals; how often each code of a sequence occurs; the offsets
// used last. RFC 8878, section 3.1.1.3.2.1 and 3.1.1.5.

import { copyWild } from "./copy.as.ts";
import { log2 } from "./zstd_encode_fse.as.ts";
import { LITERAL_BITS, LITERAL_KINDS, MATCH_BITS, MATCH_KINDS } from "./zstd_format.as.ts";

// A sequence in one word: bits 0 to 5 the code of its literals' length, 6 to 11
// of its match's, 12 to 16 of its offset, and from 17, 32 and 47 on what these
// numbers are above the least of their codes.

/** What an offset must be below to fit in. */
export const OFFSETS_END: u32 = (1 << 18) - 3;
/** Literals and matches together are no more than this. */
export const MOST_BYTES: usize = 1 << 16;

/** Kinds of symbols: lengths of literals, offsets, lengths of matches. */
export const KINDS: u32 = 3;
export const LITERALS: u32 = 0;
export const OFFSETS: u32 = 1;
export const MATCHES: u32 = 2;

export const OFFSET_KINDS: u32 = 19;

/** Codes of small numbers, and the least number of each code. */
const LITERAL_CODES: usize = memory.data(64, 16);
const MATCH_CODES: usize = memory.data(128, 16);
const LITERAL_LEAST: usize = memory.data(4 * 64, 16);
const MATCH_LEAST: usize = memory.data(4 * 64, 16);

function makeLeast(): void {
  let least: u32 = 0;
  for (let code: u32 = 0; code < LITERAL_KINDS; code++) {
    store<u32>(LITERAL_LEAST + 4 * code, least);
    const next = least + (1 << <u32> load<u8>(LITERAL_BITS + code));
    for (; least < min<u32>(next, 64); least++) store<u8>(LITERAL_CODES + least, code);
    least = next;
  }
  least = 0;
  for (let code: u32 = 0; code < MATCH_KINDS; code++) {
    store<u32>(MATCH_LEAST + 4 * code, least);
    const next = least + (1 << <u32> load<u8>(MATCH_BITS + code));
    for (; least < min<u32>(next, 128); least++) store<u8>(MATCH_CODES + least, code);
    least = next;
  }
}
makeLeast();

/** How often each code occurs: 64 of each kind. */
const COUNTS: usize = memory.data(<i32> (KINDS * 4 * 64), 16);

/** Where the counts of a kind are, four bytes each. */
export function countsOf(kind: u32): usize {
  return COUNTS + kind * 4 * 64;
}

/** Small numbers as they are in the word of a sequence. */
const LITERAL_WORDS: usize = memory.data(8 * 64, 16);
const MATCH_WORDS: usize = memory.data(8 * 128, 16);

function makeWords(): void {
  for (let i: u32 = 0; i < 64; i++) {
    const code: u32 = load<u8>(LITERAL_CODES + i);
    store<u64>(LITERAL_WORDS + 8 * i, <u64> code | <u64> (i - load<u32>(LITERAL_LEAST + 4 * code)) << 17);
  }
  for (let i: u32 = 0; i < 128; i++) {
    const code: u32 = load<u8>(MATCH_CODES + i);
    store<u64>(MATCH_WORDS + 8 * i, <u64> code << 6 | <u64> (i - load<u32>(MATCH_LEAST + 4 * code)) << 32);
  }
}
makeWords();

/** The offsets used last. */
export let first: u32 = 0;
let second: u32 = 0;
let third: u32 = 0;
let keptFirst: u32 = 0;
let keptSecond: u32 = 0;
let keptThird: u32 = 0;

/** Where the sequences and the literals end that were kept. */
export let sequencesEnd: usize = 0;
export let literalsEnd: usize = 0;

/** The offsets that a frame starts with. */
export function startFrame(): void {
  first = 1;
  second = 4;
  third = 8;
}

/** Starts a block whose sequences and literals go to these addresses. */
export function startBlock(sequences: usize, literals: usize): void {
  keptFirst = first;
  keptSecond = second;
  keptThird = third;
  memory.fill(COUNTS, 0, KINDS * 4 * 64);
  setEnds(sequences, literals);
}

/** What was kept ends at these addresses. */
export function setEnds(sequences: usize, literals: usize): void {
  sequencesEnd = sequences;
  literalsEnd = literals;
}

/** What a block changes does not count if it is not kept. */
export function forgetOffsets(): void {
  first = keptFirst;
  second = keptSecond;
  third = keptThird;
}

@inline
function add(kind: u32, code: u32, times: u32): void {
  const at = COUNTS + 256 * kind + 4 * code;
  store<u32>(at, load<u32>(at) + times);
}

/** Keeps a sequence at `at`; `offset` as the format has it, with 1 to 3 for those used last. */
@inline
function keepSequence(at: usize, literals: u32, offset: u32, matched: u32): void {
  const more = matched - 3;
  const literalsCode: u32 = literals < 64 ? load<u8>(LITERAL_CODES + literals) : log2(literals) + 19;
  const matchCode: u32 = more < 128 ? load<u8>(MATCH_CODES + more) : log2(more) + 36;
  const offsetCode = log2(offset);
  add(LITERALS, literalsCode, 1);
  add(OFFSETS, offsetCode, 1);
  add(MATCHES, matchCode, 1);
  store<u64>(
    at,
    <u64> (literalsCode | matchCode << 6 | offsetCode << 12) |
      <u64> (literals - load<u32>(LITERAL_LEAST + 4 * literalsCode)) << 17 |
      <u64> (more - load<u32>(MATCH_LEAST + 4 * matchCode)) << 32 |
      <u64> (offset - (1 << offsetCode)) << 47,
  );
}

/** The same with the offset that was used last. */
@inline
export function keepNear(at: usize, literals: u32, matched: u32): void {
  if (literals >= 64 || matched >= 128 + 3) return keepSequence(at, literals, 1, matched);
  const word = wordOf(literals, matched);
  countWord(word, 1);
  store<u64>(at, word);
}

/** The word of a sequence of small numbers with the offset that was used last. */
@inline
export function wordOf(literals: u32, matched: u32): u64 {
  return load<u64>(LITERAL_WORDS + 8 * literals) | load<u64>(MATCH_WORDS - 24 + 8 * matched);
}

/** Counts a sequence that is kept `times` times. */
@inline
export function countWord(word: u64, times: u32): void {
  add(LITERALS, <u32> word & 63, times);
  add(OFFSETS, 0, times);
  add(MATCHES, <u32> word >> 6 & 63, times);
}

/** Keeps the match from `ip` to `end` with the literals from `anchor` on; returns `end`. */
@inline
export function put(anchor: usize, ip: usize, offset: u32, end: usize): usize {
  const literals = <u32> (ip - anchor);
  let value: u32 = 1;
  if (literals == 0 || offset != first) {
    if (offset == second) value = literals != 0 ? 2 : 1;
    else {
      value = offset == third ? (literals != 0 ? 3 : 2) : offset + 3;
      third = second;
    }
    second = first;
    first = offset;
  }
  keepSequence(sequencesEnd, literals, value, <u32> (end - ip));
  sequencesEnd += 8;
  copyWild(literalsEnd, anchor, literals);
  literalsEnd += literals;
  return end;
}
