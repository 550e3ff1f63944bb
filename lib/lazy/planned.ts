/**
 * What a plan would write, as groups and arrays that can be read: nothing is written, values are made when somebody asks
 * for them, by the code that the tasks of the plan run.
 *
 * @module
 */
import { assertNever } from "../base/errors.ts";
import { cells, intersect, positions, type Range, size, strides, whole } from "../base/range.ts";
import { itemBytes } from "../base/dtype.ts";
import { compareCodePoints } from "../base/natsort.ts";
import { StringsBuilder } from "../base/strings.ts";
import type { SparseHeader } from "../anndata/header.ts";
import { below, renamed } from "../anndata/virtual.ts";
import type { AppendElement, DenseElement, Element, SparseElement } from "../plan/element.ts";
import { tileFor } from "../plan/memory.ts";
import { NumberFiller, TextFiller } from "../run/fillers.ts";
import { readTile } from "../run/dense.ts";
import type { Inputs } from "../run/inputs.ts";
import { sparseView } from "../run/view.ts";
import type { ArrayNode, Block, Group, Node, NodeSpec, StringBlock } from "../storage/node.ts";
import { TextTile } from "../stream/text_tile.ts";
import { Tile } from "../stream/tile.ts";
import type { Content } from "./content.ts";
import { storedRows } from "./open.ts";
import type { Sorting } from "./sorting.ts";

/** What messages call a concatenation that is nowhere yet. */
const SOURCE = "the concatenation";

/** What a dense array may hold in memory at once so that no chunk of an input need be read twice. */
const TILE_BYTES = 64 * 2 ** 20;

/** What the plan of `inputs` would write; `sorting` brings sparse matrices into another order where that is needed. */
export function plannedContent(inputs: Inputs, sorting: Sorting): Content {
  const { plan, pool } = inputs, root = plannedRoot(inputs);
  const sparse = new Map<string, readonly [number: number, element: SparseElement]>();
  for (const [number, element] of plan.elements.entries()) {
    if (element.kind === "sparse") sparse.set(element.path, [number, element]);
  }
  return {
    root,
    pool,
    async rows(header: SparseHeader, signal) {
      const found = sparse.get(header.path);
      if (found === undefined) return await storedRows(root, pool, header);
      const [number, element] = found;
      await sorting.sort(number, element, signal);
      return await sparseView(inputs, number, element, whole(element.major), true);
    },
    entries: (header) => sparse.has(header.path) ? undefined : header.nnz,
    async close() {
      await sorting.close();
      inputs.close();
    },
  };
}

function plannedRoot(inputs: Inputs): Group {
  const { plan } = inputs, nodes = new Map(plan.nodes.map((node) => [node.path, node]));
  const elements = new Map(plan.elements.map((element) => [element.path, element])), children = childrenOf(plan.nodes);
  const nodeAt = async (path: string): Promise<Node | undefined> => {
    const node = nodes.get(path);
    if (node === undefined) return undefined;
    return node.kind === "group" ? group(path) : await arrayOf(inputs, node, elements.get(path));
  };
  const group = (path: string): Group => ({
    kind: "group",
    source: SOURCE,
    path,
    format: plan.output.format,
    attrs: nodes.get(path)?.attrs ?? {},
    names: () => children.get(path) ?? [],
    child: (name) => nodeAt(below(path, name)),
  });
  return group("");
}

/** The names below each path, in order. */
function childrenOf(nodes: readonly NodeSpec[]): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>();
  for (const { path } of nodes) {
    if (path === "") continue;
    const slash = path.lastIndexOf("/"), parent = path.slice(0, Math.max(0, slash)), name = path.slice(slash + 1);
    const names = children.get(parent);
    if (names === undefined) children.set(parent, [name]);
    else names.push(name);
  }
  for (const names of children.values()) names.sort(compareCodePoints);
  return children;
}

type ArraySpecNode = Extract<NodeSpec, { kind: "array" }>;

async function arrayOf(inputs: Inputs, node: ArraySpecNode, element: Element | undefined): Promise<ArrayNode> {
  switch (element?.kind) {
    case "append":
      return appendArray(inputs, node, element);
    case "dense":
      return denseArray(inputs, node, element);
    case "copy":
      return renamed(await inputs.array(element.input, element.source), node.path, node.attrs);
    case "sparse":
    case undefined:
      return described(node);
    default:
      return assertNever(element);
  }
}

/** An array of a sparse matrix, which is read by rows: described, but with no values of its own. */
function described({ path, attrs, spec }: ArraySpecNode): ArrayNode {
  const refuse = (): never => {
    throw new TypeError(`Cannot read "${path}" of ${SOURCE} by itself: its matrix is read by rows`);
  };
  return {
    kind: "array",
    source: SOURCE,
    path,
    attrs,
    spec: { ...spec, shards: null },
    encoding: undefined,
    blocks: refuse,
    stringBlocks: refuse,
    encoded: () => undefined,
  };
}

function appendArray(inputs: Inputs, node: ArraySpecNode, element: AppendElement): ArrayNode {
  const chunk = node.spec.chunks[0] ?? 1, length = node.spec.shape[0] ?? 0;
  return {
    ...described(node),
    async *blocks([range = whole(length)]): AsyncGenerator<Block> {
      const values = new NumberFiller(inputs, element), item = itemBytes(node.spec.dtype);
      const bytes = inputs.pool.take(Math.min(chunk, size(range)) * item);
      try {
        for (const part of partsOf(range, chunk)) {
          await values.read(part, bytes.subarray(0, size(part) * item));
          yield { ranges: [part], offset: 0, strides: [1], bytes };
        }
      } finally {
        inputs.pool.give(bytes);
        await values.close();
      }
    },
    async *stringBlocks([range = whole(length)]): AsyncGenerator<StringBlock> {
      const values = new TextFiller(inputs, element);
      using rows = new StringsBuilder();
      try {
        for (const part of partsOf(range, chunk)) {
          rows.clear();
          await values.read(part, rows);
          yield { ranges: [part], offset: 0, strides: [1], strings: rows.view() };
        }
      } finally {
        await values.close();
      }
    },
  };
}

/** `range`, cut where chunks of `chunk` end. */
function* partsOf(range: Range, chunk: number): Generator<Range> {
  const { start, end } = cells(range, chunk);
  for (let at = start; at < end; at++) yield intersect({ start: at * chunk, end: (at + 1) * chunk }, range);
}

/** A dense array. Its chunks are what is made at once: along all of a reindexed axis, as far as memory allows. */
function denseArray(inputs: Inputs, node: ArraySpecNode, element: DenseElement): ArrayNode {
  const { spec } = node, tile = tileFor(element, TILE_BYTES, null, []);
  const chunks = spec.chunks.map((length, axis) => {
    return Math.max(1, Math.min(length * (tile[axis] ?? 1), spec.shape[axis] ?? 1));
  });
  const boxes = function* (selection: readonly Range[]): Generator<Range[]> {
    const grid = selection.map((range, axis) => cells(range, chunks[axis] ?? 1));
    for (const at of positions(grid)) {
      yield at.map((one, axis) => {
        const chunk = chunks[axis] ?? 1;
        return intersect({ start: one * chunk, end: (one + 1) * chunk }, selection[axis] ?? whole(0));
      });
    }
  };
  return {
    ...described(node),
    spec: { ...spec, chunks, shards: null },
    async *blocks(selection): AsyncGenerator<Block> {
      for (const box of boxes(selection)) {
        const one = Tile.over(spec, box, inputs.pool);
        try {
          await readTile(inputs, element, one);
          yield { ranges: box, offset: 0, strides: strides(box.map(size)), bytes: one.bytes };
        } finally {
          one.release();
        }
      }
    },
    async *stringBlocks(selection): AsyncGenerator<StringBlock> {
      for (const box of boxes(selection)) {
        const one = TextTile.over(spec, box);
        try {
          await readTile(inputs, element, one);
          yield { ranges: box, offset: 0, strides: strides(box.map(size)), strings: one.chunk(box.map(() => 0)) };
        } finally {
          one.release();
        }
      }
    },
  };
}
