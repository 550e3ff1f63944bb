// Bare LZ4 blocks, as numcodecs' LZ4 has them after its 4 bytes of length.

export { lz4Decode } from "./lz4_decode.ts";
export { lz4Bound, lz4Encode } from "./lz4_encode.ts";
