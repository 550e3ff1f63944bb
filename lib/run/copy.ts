/**
 * Copying chunks as they are stored.
 *
 * @module
 */
import type { BufferPool } from "../base/pool.ts";
import { Lease } from "../storage/lease.ts";
import type { ArrayNode, ArrayWriter } from "../storage/node.ts";

/**
 * Copy the chunk `from` of `node` to the chunk `to` of `writer` as it is stored; false where their encodings differ, or
 * there is nothing to copy. That it decodes is checked on the way, unless the caller `hasDecoded` it before: decoding costs
 * far less than encoding, and a broken chunk must not be passed on.
 */
export async function copyChunk(
  pool: BufferPool,
  node: ArrayNode,
  from: readonly number[],
  writer: ArrayWriter,
  to: readonly number[],
  hasDecoded = false,
): Promise<boolean> {
  if (node.encoding === undefined || node.encoding !== writer.encoding) return false;
  if (!node.spec.chunks.every((length, axis) => length === writer.spec.chunks[axis])) return false;
  const lease = new Lease(pool);
  try {
    const encoded = await node.encoded(from, lease, hasDecoded);
    if (encoded === undefined) return false;
    if (encoded === "missing") return JSON.stringify(node.spec.fill) === JSON.stringify(writer.spec.fill);
    await writer.writeEncoded(to, encoded);
    return true;
  } finally {
    lease.end();
  }
}
