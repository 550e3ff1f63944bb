/**
 * Memory of chunks, which belongs to whoever receives them.
 *
 * @module
 */
import type { TypedArray } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import { turn } from "../base/turn.ts";
import { Leavings } from "../base/young.ts";

/** What gives `memory` to `pool`. The receiver's arrays over it are empty afterwards: nobody can see what comes next. */
export function disposer(pool: BufferPool, ...memory: readonly ArrayBufferView<ArrayBuffer>[]): () => void {
  return () => {
    for (const { buffer } of memory) if (!buffer.detached) pool.donate(buffer.transfer());
  };
}

/** Arrays of a chunk. */
interface Owned {
  readonly data: TypedArray;
  readonly indices?: Int32Array | undefined;
}

/** `chunks`, one after the other: what each of them leaves behind comes back soon, and others have a turn in between. */
export async function* handedOut<Chunk extends Owned>(
  chunks: AsyncGenerator<Chunk, void, void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk, void, void> {
  const leavings = new Leavings();
  for await (const chunk of chunks) {
    yield chunk;
    leavings.add(chunk.data, ...chunk.indices === undefined ? [] : [chunk.indices]);
    await turn(signal);
  }
}
