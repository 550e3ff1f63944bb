/**
 * Memory of chunks, which belongs to whoever receives them.
 *
 * @module
 */
import type { BufferPool } from "../base/pool.ts";

/** What gives `memory` to `pool`. The receiver's arrays over it are empty afterwards: nobody can see what comes next. */
export function disposer(pool: BufferPool, ...memory: readonly ArrayBufferView<ArrayBuffer>[]): () => void {
  return () => {
    for (const { buffer } of memory) if (!buffer.detached) pool.donate(buffer.transfer());
  };
}
