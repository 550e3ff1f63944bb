// Entry of kernel.wasm: nothing is imported, and all pointers come from
// scratch.ts, which lays the memory out from `base()` on.

import { bitPlanes, bitRows } from "./bitshuffle.as.ts";
import { blosclzDecode } from "./blosclz.as.ts";
import { adler32 } from "./adler32.as.ts";
import { inflate, inflateRead, inflateStart, inflateWritten } from "./inflate.as.ts";
import { largest } from "./largest.as.ts";
import { lz4Decode, lz4Read, lz4Written } from "./lz4_decode.as.ts";
import { lz4Covered, lz4Encode } from "./lz4_encode.as.ts";
import { lz4hcEncode, lz4hcTables } from "./lz4hc_encode.as.ts";
import { blosclzEncode, snappyEncode } from "./other_encode.as.ts";
import { countNonzero, takeNonzero } from "./nonzero.as.ts";
import { countRows, mapRows, shapeRows } from "./rows.as.ts";
import { shuffle, unshuffle } from "./shuffle.as.ts";
import { snappyDecode } from "./snappy.as.ts";
import { xxh64 } from "./xxh64.as.ts";
import { zstdDecodeBlock, zstdDecodeStart } from "./zstd_decode_sequences.as.ts";
import { zstdEncodeBlock, zstdEncodeOutput, zstdEncodeRoom, zstdEncodeStart } from "./zstd_encode.as.ts";

export { bitPlanes, bitRows, shuffle, unshuffle };
export { blosclzDecode, lz4Decode, snappyDecode };
export { largest };
export { countRows, mapRows, shapeRows };
export { countNonzero, takeNonzero };
export { adler32, inflate, inflateRead, inflateStart, inflateWritten };
export { xxh64 };
export { zstdDecodeBlock, zstdDecodeStart };
export { lz4Covered, lz4Read, lz4Written };
export { blosclzEncode, lz4Encode, lz4hcEncode, lz4hcTables, snappyEncode };
export { zstdEncodeBlock, zstdEncodeOutput, zstdEncodeRoom, zstdEncodeStart };

/** The first address that's free for the caller. */
export function base(): usize {
  return __heap_base;
}
