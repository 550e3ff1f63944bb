// The largest of many positions, tile by tile in the kernel.

import * as kernel from "./kernel.wasm";
import { layOut, TILE, words } from "./scratch.ts";

/** The largest of `positions`, negative ones taken as 2^32 more; 0 for none. */
export function largest(positions: Int32Array): number {
  const [at = 0] = layOut(TILE), step = TILE / 4;
  let most = 0;
  for (let from = 0; from < positions.length; from += step) {
    const tile = positions.subarray(from, from + step);
    words(at, tile.length).set(tile);
    most = Math.max(most, kernel.largest(at, tile.length) >>> 0);
  }
  return most;
}
