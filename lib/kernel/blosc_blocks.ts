// How c-blosc 1.21 divides a buffer: compute_blocksize and split_block in
// blosc/blosc.c, with the default split mode (BLOSC_FORWARD_COMPAT_SPLIT).

import { MAX_BLOCK } from "./scratch.ts";
import type { BloscName } from "./blosc_header.ts";

/** Smaller buffers and streams are not worth encoding (MIN_BUFFERSIZE). */
export const MIN_BYTES = 128;

const MAX_SPLITS = 16;
const L1 = 32 * 1024;

/** By level, in units of L1. */
const LEVEL_BLOCKS = [1 / 4, 1 / 2, 1, 2, 4, 4, 8, 8, 8, 8] as const;

export interface Division {
  readonly blocksize: number;
  readonly split: boolean;
}

export function divide(
  bytes: number,
  config: {
    readonly cname: BloscName;
    readonly clevel: number;
    readonly blocksize: number;
    readonly typesize: number;
  },
): Division {
  const blocksize = blocksizeOf(bytes, config);
  return { blocksize, split: splits(config.cname, config.typesize, blocksize) };
}

function blocksizeOf(bytes: number, config: Parameters<typeof divide>[1]): number {
  const { cname, clevel, typesize } = config;
  if (bytes < typesize) return 1;
  let size = bytes;
  if (config.blocksize > 0) {
    size = Math.min(Math.max(config.blocksize, MIN_BYTES), MAX_BLOCK);
  } else if (bytes >= L1) {
    const slow = cname === "lz4hc" || cname === "zlib" || cname === "zstd";
    size = L1 * (LEVEL_BLOCKS[clevel] ?? 8);
    if (slow) size *= clevel === 9 ? 4 : 2;
  }
  if (clevel > 0 && splits(cname, typesize, size)) {
    // streams of up to 256 KiB, blocks of 64 KiB to 1 MiB
    size = Math.min(Math.max(Math.min(size, 1 << 18) * typesize, 1 << 16), 1 << 20);
  }
  size = Math.min(size, bytes, MAX_BLOCK);
  return size > typesize ? Math.floor(size / typesize) * typesize : size;
}

/** Whether a block of this size is one stream for each byte of the type. */
export function splits(cname: BloscName, typesize: number, blocksize: number): boolean {
  return cname !== "zstd" && wouldSplit(typesize, blocksize);
}

/** The part of the rule that decoders apply too: frames before the flag relied on it. */
export function wouldSplit(typesize: number, blocksize: number): boolean {
  return typesize <= MAX_SPLITS && Math.floor(blocksize / typesize) >= MIN_BYTES;
}
