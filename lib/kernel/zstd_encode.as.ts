// Blocks of Zstandard, RFC 8878, section 3.1.1.2, for arrays of numbers.

import { matchEnd } from "./matches.as.ts";
import { forgetOffsets, literalsEnd, MOST_BYTES, sequencesEnd } from "./zstd_encode_kept.as.ts";
import { forgetCode, putLiterals } from "./zstd_encode_literals.as.ts";
import { noteLength, searchMatches, startMatches, TABLES } from "./zstd_encode_matches.as.ts";
import { putSequences } from "./zstd_encode_sequences.as.ts";

/** Room for copies that go too far. */
const SLACK: usize = 64;
/** What is where in `room`, behind the tables: a sequence has three bytes at least. */
const SEQUENCES: usize = TABLES;
const LITERALS: usize = SEQUENCES + MOST_BYTES / 3 * 8 + SLACK;
const OUTPUT: usize = LITERALS + MOST_BYTES + SLACK;
/** Literals that do not shrink, descriptions of codes, and sequences of 43 bits at most for four bytes. */
const ROOM: usize = OUTPUT + 2 * MOST_BYTES + 1024;

/** Bytes of memory for `room`. */
export function zstdEncodeRoom(): usize {
  return ROOM;
}

/** Starts a frame. */
export function zstdEncodeStart(room: usize): void {
  startMatches(room);
  forgetCode();
}

/** Where zstdEncodeBlock writes. */
export function zstdEncodeOutput(room: usize): usize {
  return room + OUTPUT;
}

/**
 * Encodes a block of up to 64 KiB whose matches may reach back to `low`;
 * `position` is that of `src` among all bytes, `item` the size of a number.
 * Returns the length of what a compressed block has after its
 * header, 1 for a block of one byte's repetition, or 0 for one that does not
 * get shorter.
 */
export function zstdEncodeBlock(
  low: usize,
  src: usize,
  bytes: usize,
  position: u32,
  item: usize,
  room: usize,
): usize {
  const output = room + OUTPUT;
  // decoders before 1.4.4 may not take it for the first block
  if (position != 0 && matchEnd(src + 1, src, src + bytes) == src + bytes) return 1;
  if (bytes == 0) return 0;
  const sequences = room + SEQUENCES, literals = room + LITERALS;
  searchMatches(low, src, bytes, position, item, room, sequences, literals);
  const end = sequencesEnd;
  // without matches all are literals, where they are
  const isPlain = end == sequences;
  let op = putLiterals(output, isPlain ? src : literals, isPlain ? bytes : literalsEnd - literals);
  op = putSequences(op, sequences, end);
  noteLength(op - output, bytes, item);
  if (op - output + (bytes >> 6) + 2 < bytes) return op - output;
  forgetOffsets();
  forgetCode();
  return 0;
}
