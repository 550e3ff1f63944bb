/**
 * A store's description for people.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import type { NodeInfo, StoreInfo } from "./info.ts";
import type { TablePreview } from "./preview.ts";
import { layoutText } from "./layout.ts";
import { type Branch, count, cut, escape, many, table, tree } from "./text.ts";

/** `info` as text; the tree goes `depth` levels below the root. */
export function infoText(info: StoreInfo, depth: number): string {
  const shape = info.shape === null ? "" : `, ${count(info.shape[0])} obs × ${count(info.shape[1])} var`;
  const format = info.zarrFormat === null ? "" : `, zarr format ${info.zarrFormat}`;
  const disk = info.bytesOnDisk === null ? "" : `${formatBytes(info.bytesOnDisk)} on disk, `;
  const lines = [
    `${escape(info.source)}: ${info.encoding === null ? "no encoding" : escape(info.encoding)}${shape}${format}`,
    `${disk}${formatBytes(info.bytesInMemory)} decoded (without text)`,
    "",
    ...tree(branch(info.root, depth)),
    ...(info.obs === null ? [] : ["", ...preview("obs", info.obs)]),
    ...(info.var === null ? [] : ["", ...preview("var", info.var)]),
  ];
  return lines.join("\n") + "\n";
}

function branch(node: NodeInfo, depth: number): Branch {
  const nnz = node.nnz === null ? "" : `${count(node.nnz)} nnz`;
  return {
    name: escape(node.name),
    cells: [
      escape(node.encoding ?? (node.kind === "group" ? "group" : "array")),
      node.shape === null ? "" : node.shape.map(count).join(" × ") || "scalar",
      escape(node.dtype ?? ""),
      nnz,
      layoutText(node),
      node.bytesOnDisk === null ? "" : formatBytes(node.bytesOnDisk),
    ],
    children: depth <= 0 ? [] : node.children.map((child) => branch(child, depth - 1)),
  };
}

const COLUMNS = 8;
const WIDTH = 24;

function preview(name: string, frame: TablePreview): string[] {
  const shown = frame.columns.slice(0, COLUMNS), more = frame.columns.length - shown.length;
  const cell = (text: string) => cut(escape(text), WIDTH);
  const rows = frame.index.map((index, row) => [
    cell(index),
    ...shown.map((_, at) => cell(frame.values[row]?.[at] ?? "-")),
  ]);
  const left = frame.rows - frame.index.length;
  const rest = [...(left > 0 ? [many(left, "more row")] : []), ...(more > 0 ? [many(more, "more column")] : [])];
  return [
    `${name} (${many(frame.rows, "row")}, ${many(frame.columns.length, "column")})`,
    ...table([["", ...shown.map(cell)], ...rows], "  "),
    ...(rest.length > 0 ? [`  … ${rest.join(" and ")}`] : []),
  ];
}
