// Blosc 1 frames. Every inner codec is synchronous and works block by block.

export { bloscDecode } from "./blosc_decode.ts";
export { bloscBound, type BloscConfig, bloscEncode } from "./blosc_encode.ts";
export { type BloscHeader, bloscHeader, type BloscName } from "./blosc_header.ts";
