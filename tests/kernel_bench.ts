// Chunks of 2 MiB as AnnData stores have them; bytes per second are of decoded data.

import { bloscBound, bloscDecode, bloscEncode } from "../lib/kernel/blosc.ts";
import { zstdBound, zstdEncode } from "../lib/kernel/zstd_encode.ts";

const BYTES = 2 * 1024 * 1024;

/** A small generator, so that all runs see the same data. */
function uniform(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

function randomFloats(): Uint8Array {
  const next = uniform();
  const low = Float64Array.from({ length: BYTES / 8 }, () => next() + next() / 2 ** 32);
  return new Uint8Array(low.buffer);
}

/** Rows of about 1500 of 30000 columns, ascending. */
function sortedIndices(): Uint8Array {
  const next = uniform();
  let column = 0;
  const indices = Int32Array.from({ length: BYTES / 4 }, () => {
    column += 1 + Math.floor(next() * 39);
    if (column >= 30_000) column = Math.floor(next() * 39);
    return column;
  });
  return new Uint8Array(indices.buffer);
}

/** Counts as of transcripts: most are 1 or 2. */
function counts(): Uint8Array {
  const next = uniform();
  const values = Float32Array.from({ length: BYTES / 4 }, () => 1 + Math.floor(-Math.log(1 - next()) * 1.5));
  return new Uint8Array(values.buffer);
}

const CHUNKS = [
  { name: "random float64", typesize: 8, decoded: randomFloats() },
  { name: "sorted int32 indices", typesize: 4, decoded: sortedIndices() },
  { name: "float32 counts", typesize: 4, decoded: counts() },
];

for (const { name, typesize, decoded } of CHUNKS) {
  const config = { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0, typesize } as const;
  const room = new Uint8Array(bloscBound(BYTES));
  const encoded = room.slice(0, bloscEncode(decoded, config, room));
  const into = new Uint8Array(BYTES);
  Deno.bench({
    name: `bloscEncode 2 MiB of ${name}`,
    group: "encode",
    fn: () => void bloscEncode(decoded, config, room),
  });
  const zstdRoom = new Uint8Array(zstdBound(BYTES)), zstdBytes = zstdEncode(decoded, typesize, zstdRoom);
  Deno.bench({
    name: `zstdEncode 2 MiB of ${name} (${(BYTES / zstdBytes).toFixed(2)} to 1)`,
    group: "encode",
    fn: () => void zstdEncode(decoded, typesize, zstdRoom),
  });
  Deno.bench({
    name: `bloscDecode 2 MiB of ${name} (${(BYTES / encoded.length).toFixed(2)} to 1)`,
    group: "decode",
    fn: () => bloscDecode(encoded, into),
  });
}
