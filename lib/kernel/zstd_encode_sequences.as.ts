// The sequences of a Zstandard block, RFC 8878, section 3.1.1.3.2: how many
// literals to copy, then a match; all in three coders, the last sequence first.

import {
  bitsOf,
  CODER_BYTES,
  firstState,
  log256,
  makeCoder,
  makeSingle,
  nextState,
  normalize,
  putCounts,
  statesLog,
  stepOf,
} from "./zstd_encode_fse.as.ts";
import { countsOf, KINDS, LITERALS, MATCHES, OFFSET_KINDS, OFFSETS } from "./zstd_encode_kept.as.ts";
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

const CODERS: usize = memory.data(<i32> (KINDS * <u32> CODER_BYTES), 16);
const NORM: usize = memory.data(2 * 64, 16);

/** Bits that the state of each coder takes in the end. */
let literalsLog: u32 = 0;
let offsetsLog: u32 = 0;
let matchesLog: u32 = 0;

/** Writes the sequences from `from` to before `end`, and returns where they end. */
export function putSequences(op: usize, from: usize, end: usize): usize {
  const total = <u32> ((end - from) >> 3);
  if (total < 128) store<u8>(op++, total);
  else {
    // blocks of 64 KiB have no more than fit in these two bytes
    store<u8>(op++, (total >> 8) + 128);
    store<u8>(op++, total);
  }
  if (total == 0) return op;
  const modes = op++;
  op = makeKind(op, LITERALS, total, LITERAL_KINDS, USUAL_LITERALS, LITERAL_KINDS, 6, 9);
  literalsLog = chosenLog;
  let mode = chosen << 6;
  op = makeKind(op, OFFSETS, total, OFFSET_KINDS, USUAL_OFFSETS, USUAL_OFFSET_KINDS, 5, 8);
  offsetsLog = chosenLog;
  mode |= chosen << 4;
  op = makeKind(op, MATCHES, total, MATCH_KINDS, USUAL_MATCHES, MATCH_KINDS, 6, 9);
  matchesLog = chosenLog;
  store<u8>(modes, mode | chosen << 2);
  return putCodes(op, from, end);
}

/** How the last kind is coded: 0 as usual, 1 one symbol for all, 2 as described; and the logarithm of its states. */
let chosen: u32 = 0;
let chosenLog: u32 = 0;

/** Makes the coder of a kind, writes what describes it, and returns where that ends. */
function makeKind(
  op: usize,
  kind: u32,
  total: u32,
  kinds: u32,
  usual: usize,
  usualKinds: u32,
  usualLog: u32,
  most: u32,
): usize {
  const counts = countsOf(kind), coder = CODERS + kind * <u32> CODER_BYTES;
  let present: u32 = 0, symbols: u32 = 0, own: u32 = 0, asUsual: u32 = 0;
  const all = log256(total);
  for (let i: u32 = 0; i < kinds; i++) {
    const count = load<u32>(counts + 4 * i);
    if (count == 0) continue;
    present++;
    symbols = i + 1;
    own += count * (all - log256(count));
    asUsual += count * ((usualLog << 8) - log256(max<i32>(1, load<i16>(usual + 2 * i))));
  }
  if (present == 1 && total > 2) {
    chosen = 1;
    chosenLog = 0;
    makeSingle(coder, symbols - 1);
    store<u8>(op, symbols - 1);
    return op + 1;
  }
  // a description takes about half a byte for each symbol
  if (present == 1 || asUsual < own + (((present << 2) + symbols + 16) << 8)) {
    chosen = 0;
    chosenLog = usualLog;
    makeCoder(coder, usual, usualKinds, usualLog);
    return op;
  }
  chosen = 2;
  chosenLog = statesLog(total, present, most);
  normalize(counts, symbols, total, chosenLog, NORM);
  makeCoder(coder, NORM, symbols, chosenLog);
  return putCounts(op, NORM, symbols, chosenLog);
}

@inline
function lowest(state: u32, bits: u32): u64 {
  return state & ((1 << bits) - 1);
}

function putCodes(op: usize, from: usize, end: usize): usize {
  const literals: usize = CODERS, offsets = CODERS + CODER_BYTES, matches = CODERS + 2 * CODER_BYTES;
  const literalsLog_ = literalsLog, offsetsLog_ = offsetsLog, matchesLog_ = matchesLog;
  const all = offsetsLog_ + matchesLog_ + literalsLog_;
  let at = end, sequence: u64 = 0, bits: u64 = 0, count: u64 = 0;
  let literalsState: u32 = 0, offsetsState: u32 = 0, matchesState: u32 = 0;
  let literalsStep: u64 = 0, offsetStep: u64 = 0, matchStep: u64 = 0, more: u64 = 0, moreBits: u64 = 0, isFirst = true;
  do {
    at -= 8;
    const next = load<u64>(at);
    // what is like the one before, as most are where most items are alike, is not taken apart again
    if (next != sequence || isFirst) {
      sequence = next;
      const literalsCode = <usize> next & 63, matchCode = <usize> (next >> 6) & 63, offsetCode = next >> 12 & 31;
      literalsStep = stepOf(literals, literalsCode);
      matchStep = stepOf(matches, matchCode);
      offsetStep = stepOf(offsets, <usize> offsetCode);
      const literalsBits: u64 = load<u8>(LITERAL_BITS + literalsCode);
      const matchBits: u64 = load<u8>(MATCH_BITS + matchCode);
      more = (next >> 17 & 0x7FFF) | (next >> 32 & 0x7FFF) << literalsBits | next >> 47 << (literalsBits + matchBits);
      moreBits = literalsBits + matchBits + offsetCode;
      if (isFirst) {
        isFirst = false;
        literalsState = firstState(literals, literalsCode);
        offsetsState = firstState(offsets, <usize> offsetCode);
        matchesState = firstState(matches, matchCode);
        bits = more;
        count = moreBits;
        // all are the same, and there is nothing to say about any
        if (all == 0 && moreBits == 0) break;
        continue;
      }
    }
    if (count > 24) {
      store<u64>(op, bits);
      op += <usize> (count >> 3);
      bits >>= count & ~7;
      count &= 7;
    }
    // a coder of one symbol gives nothing
    if (offsetsLog_ != 0) {
      const n = bitsOf(offsetStep, offsetsState);
      bits |= lowest(offsetsState, n) << count;
      count += n;
      offsetsState = nextState(offsets, offsetStep, offsetsState, n);
    }
    if (matchesLog_ != 0) {
      const n = bitsOf(matchStep, matchesState);
      bits |= lowest(matchesState, n) << count;
      count += n;
      matchesState = nextState(matches, matchStep, matchesState, n);
    }
    if (literalsLog_ != 0) {
      const n = bitsOf(literalsStep, literalsState);
      bits |= lowest(literalsState, n) << count;
      count += n;
      literalsState = nextState(literals, literalsStep, literalsState, n);
    }
    if (moreBits == 0) continue;
    if (count + moreBits > 63) {
      store<u64>(op, bits);
      op += <usize> (count >> 3);
      bits >>= count & ~7;
      count &= 7;
    }
    bits |= more << count;
    count += moreBits;
  } while (at != from);
  store<u64>(op, bits);
  op += <usize> (count >> 3);
  bits >>= count & ~7;
  count &= 7;
  bits |= (lowest(matchesState, matchesLog) | lowest(offsetsState, offsetsLog) << matchesLog |
    lowest(literalsState, literalsLog) << (matchesLog + offsetsLog) | <u64> 1 << all) << count;
  store<u64>(op, bits);
  return op + <usize> ((count + all + 8) >> 3);
}
