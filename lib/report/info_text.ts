/**
 * A store's description for people.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import type { StoreInfo } from "./info.ts";
import type { NodeInfo } from "./info_node.ts";
import { layoutText } from "./layout.ts";
import type { TablePreview } from "./preview.ts";
import { type Branch, columns, count, cut, cutColumns, escape, many, table, tree } from "./text.ts";

/** How much is shown. */
export interface InfoShape {
  /** Levels of the tree below the root. */
  readonly depth: number;
  /** Whether the arrays that sparse matrices and columns are made of are shown too. */
  readonly arrays: boolean;
  /** Columns of the terminal; Infinity where there is none. */
  readonly width: number;
}

/** `info` as text. */
export function infoText(info: StoreInfo, shape: InfoShape): string {
  const { hints, obs, var: vars } = info;
  const lines = [
    ...headLines(info),
    "",
    ...treeLines(info.root, shape),
    ...(obs === null ? [] : ["", ...preview("obs", obs, shape.width)]),
    ...(vars === null ? [] : ["", ...preview("var", vars, shape.width)]),
  ];
  const said = hints.map(({ element, message }) => `  ${element === "" ? "" : `${element}: `}${message}`);
  const advice = said.length === 0 ? [] : ["", "Hints:", ...said.map(escape)];
  // What is said in sentences wraps where the terminal ends; what stands in columns must not.
  return [...lines.map((line) => cutColumns(line, shape.width)), ...advice].join("\n") + "\n";
}

function headLines(info: StoreInfo): string[] {
  const { encoding, encodingVersion } = info.root;
  const kind = info.legacy
    ? "AnnData of before 0.8"
    : encoding === "anndata"
    ? `AnnData ${encodingVersion ?? ""}`
    : null;
  const axes = info.shape === null ? "" : `: ${count(info.shape[0])} obs × ${count(info.shape[1])} var`;
  const consolidated = info.consolidated === null ? "" : info.consolidated ? ", consolidated" : ", not consolidated";
  const format = info.zarrFormat === null ? "HDF5" : `zarr format ${info.zarrFormat}${consolidated}`;
  const files = info.files === null ? "" : `${many(info.files, "file")}, `;
  const disk = info.bytesOnDisk === null ? "" : `${formatBytes(info.bytesOnDisk)} on disk, `;
  const what = kind?.trim() ?? (encoding === null ? "no AnnData, a group without an encoding" : encoding);
  return [
    escape(info.source),
    escape(`${what}${axes}`),
    `${format}, ${files}${disk}${formatBytes(info.bytesInMemory)} decoded (without text)`,
  ];
}

/** Decoded bytes from which a ratio says something of the codec. */
const TOLD_RATIO = 10_000;

/** The columns beside the names, and which go first where a terminal is too narrow for all. */
const CELLS = ["encoding", "shape", "dtype", "content", "layout", "bytes", "ratio"] as const;
const DISPENSABLE = ["ratio", "layout", "content", "bytes", "dtype", "encoding"] as const;
type Cell = (typeof CELLS)[number];

/** The tree; where it is too wide, columns are left out. */
function treeLines(root: NodeInfo, shape: InfoShape): string[] {
  const left = new Set<Cell>(CELLS);
  for (const next of [...DISPENSABLE, undefined]) {
    const lines = tree(branch(root, shape.depth, { ...shape, cells: left }));
    if (next === undefined || lines.every((line) => columns(line) <= shape.width)) return lines;
    left.delete(next);
  }
  return [];
}

function branch(node: NodeInfo, depth: number, shape: InfoShape & { readonly cells: ReadonlySet<Cell> }): Branch {
  const own = cellsOf(node), isOpen = depth > 0 && (shape.arrays || !isMadeOfArrays(node));
  return {
    name: escape(node.name),
    cells: CELLS.filter((cell) => shape.cells.has(cell)).map((cell) => own[cell]),
    children: isOpen ? node.children.map((child) => branch(child, depth - 1, shape)) : [],
  };
}

/** Whether the arrays below `node` are one thing together. */
function isMadeOfArrays({ kind, encoding }: NodeInfo): boolean {
  return kind === "group" && encoding !== null && !["anndata", "dict", "dataframe", "raw"].includes(encoding);
}

function cellsOf(node: NodeInfo): Readonly<Record<Cell, string>> {
  const name = node.encoding ?? node.kind, version = node.encodingVersion;
  return {
    encoding: escape(version === null ? name : `${name} ${version}`),
    shape: node.shape === null ? "" : node.shape.map(count).join(" × ") || "scalar",
    dtype: cut(escape(node.dtype ?? ""), DTYPE_WIDTH),
    content: contentText(node),
    layout: layoutText(node),
    bytes: node.bytesOnDisk === null ? "" : formatBytes(node.bytesOnDisk),
    ratio: node.ratio === null || node.bytesInMemory < TOLD_RATIO ? "" : `${node.ratio.toFixed(1)}:1`,
  };
}

const VALUES_WIDTH = 48, DTYPE_WIDTH = 32;

function contentText({ problem, nnz, density, categories, values, shape }: NodeInfo): string {
  if (problem !== null) return escape(`UNREADABLE: ${problem}`);
  if (nnz !== null) return `${count(nnz)} nnz${density === null ? "" : ` (${percent(density)})`}`;
  if (categories !== null) {
    const { count: number, first, ordered } = categories, sign = ordered ? " < " : ", ";
    const more = number > first.length ? `${sign}…` : "";
    return cut(escape(`${count(number)} of ${first.join(sign)}${more}`), VALUES_WIDTH);
  }
  if (values === null) return "";
  const list = values.join(", ") + ((shape?.[0] ?? 0) > values.length ? ", …" : "");
  return cut(escape(shape?.length === 0 ? list : `[${list}]`), VALUES_WIDTH);
}

function percent(share: number): string {
  return `${share >= 0.1 ? Math.round(share * 100) : Number((share * 100).toPrecision(2))}%`;
}

const COLUMNS = 8;
const WIDTH = 24;

function preview(name: string, frame: TablePreview, width: number): string[] {
  const cell = (text: string) => cut(escape(text), WIDTH);
  const lines = (shown: number): string[] => {
    const rows = frame.index.map((index, row) => [
      cell(index),
      ...Array.from({ length: shown }, (_, at) => cell(frame.values[row]?.[at] ?? "-")),
    ]);
    const head = [cell(frame.indexName ?? ""), ...frame.columns.slice(0, shown).map(cell)];
    return table(head.every((text) => text === "") ? rows : [head, ...rows], "  ");
  };
  let shown = Math.min(COLUMNS, frame.columns.length);
  while (shown > 1 && lines(shown).some((line) => columns(line) > width)) shown--;
  const more = frame.columns.length - shown, left = frame.rows - frame.index.length;
  const rest = [...(left > 0 ? [many(left, "more row")] : []), ...(more > 0 ? [many(more, "more column")] : [])];
  const unique = frame.unique === null ? "" : frame.unique ? ", names unique" : ", names NOT unique";
  return [
    `${name} (${many(frame.rows, "row")}, ${many(frame.columns.length, "column")}${unique})`,
    ...(frame.index.length === 0 ? [] : lines(shown)),
    ...(rest.length > 0 ? [`  … ${rest.join(" and ")}`] : []),
  ];
}
