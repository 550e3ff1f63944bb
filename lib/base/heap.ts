/**
 * What V8 was told of its heap.
 *
 * @module
 */

/**
 * Whether V8 keeps its heap small: `anncat` as a binary is compiled with `--max-semi-space-size=1,--optimize-for-size`.
 * No program sees the flags of its engine, so elsewhere it counts as not told.
 */
export const HEAP_IS_SMALL: boolean = Deno.build.standalone;
