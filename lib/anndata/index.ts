/**
 * Indexes: the names of cells and genes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isNumeric } from "../base/dtype.ts";
import { size, whole } from "../base/range.ts";
import { fromTexts, rowBytes, type Strings, StringsBuilder } from "../base/strings.ts";
import type { ArrayNode } from "../storage/node.ts";
import { readNumbers, readTexts } from "./read.ts";

/** The names in `node`, an index; numbers become text. */
export async function readIndexNames(node: ArrayNode): Promise<Strings> {
  const { dtype, shape } = node.spec;
  if (isNumeric(dtype)) return fromTexts(Array.from(await readNumbers(node), String));
  if (dtype !== "string") return fromTexts(await readTexts(node));
  using names = new StringsBuilder();
  for await (const block of node.stringBlocks(shape.map(whole))) {
    const rows = block.ranges.reduce((count, range) => count * size(range), 1), step = block.strides[0] ?? 0;
    if (step === 1) names.append(block.strings, block.offset, block.offset + rows);
    else for (let row = 0; row < rows; row++) names.push(rowBytes(block.strings, block.offset + row * step));
  }
  return names.finish();
}

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
      const rows = size(block.ranges[0] ?? { start: 0, end: 0 });
      const step = block.strides[0] ?? 0;
      if (step === 1) builder.append(block.strings, block.offset, block.offset + rows);
      else for (let row = 0; row < rows; row++) builder.push(rowBytes(block.strings, block.offset + row * step));
      add(builder.view());
    }
  } else add(await readIndexNames(node));
  return `${bytes.digest("hex")}${lengths.digest("hex")}`;
}
