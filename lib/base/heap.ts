/**
 * What V8 was told of its heap.
 *
 * @module
 */

/**
 * Whether V8 keeps its heap small: `anncat` as a binary is compiled with flags for that (tests/gate/compile.ts).
 * No program sees the flags of its engine, so elsewhere it counts as not told.
 */
export const HEAP_IS_SMALL: boolean = Deno.build.standalone;
