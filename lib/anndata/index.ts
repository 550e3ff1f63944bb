/**
 * Indexes: the names of cells and genes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { whole } from "../base/range.ts";
import { type Strings, StringsBuilder } from "../base/strings.ts";
import type { ArrayNode } from "../storage/node.ts";
import { appendBlock, readStrings } from "./read.ts";

/** A digest of the names in `node`, the same for the same names however they are stored; no table is held. */
export async function digestIndex(node: ArrayNode): Promise<string> {
  const bytes = createHash("sha256"), lengths = createHash("sha256");
  const add = (names: Strings): void => {
    bytes.update(names.bytes.subarray(names.offsets[0], names.offsets.at(-1)));
    const each = Uint32Array.from(names.offsets.subarray(1), (end, row) => end - (names.offsets[row] ?? 0));
    lengths.update(new Uint8Array(each.buffer, each.byteOffset, each.byteLength));
  };
  if (node.spec.dtype === "string") {
    for await (const block of node.stringBlocks(node.spec.shape.map(whole))) {
      using builder = new StringsBuilder();
      appendBlock(block, builder);
      add(builder.view());
    }
  } else add(await readStrings(node));
  return `${bytes.digest("hex")}${lengths.digest("hex")}`;
}
