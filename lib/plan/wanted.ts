/**
 * Names that a user gives with `--only` and `--skip`: one that nothing has is a mistake.
 *
 * @module
 */
import type { FrameHeader, Header } from "../anndata/header.ts";
import type { TreeHeader } from "../anndata/tree.ts";
import { didYouMean } from "../base/suggest.ts";
import type { ResolvedOptions } from "../options.ts";

/** What AnnData has: a store may be without, and is asked for or left out all the same. */
const SLOTS = ["X", "layers", "obs", "var", "obsm", "varm", "obsp", "varp", "raw", "uns"];

/** A `TypeError` where `only` or `skip` name what no input has and the result cannot have. */
export function checkWanted(headers: readonly Header[], keys: readonly string[], options: ResolvedOptions): void {
  const asked = [...options.only ?? [], ...options.skip];
  if (asked.every((name) => SLOTS.includes(name))) return;
  const known = new Set([...SLOTS, ...headers.flatMap((header) => [...pathsOf(header)])]);
  if (options.label !== null) known.add(`${options.axis === 0 ? "obs" : "var"}/${options.label}`);
  for (const name of asked) {
    if (known.has(name) || isNested(name, known, keys, options)) continue;
    const flag = options.only?.includes(name) ? "--only" : "--skip";
    throw new TypeError(
      `Cannot use ${flag} ${name}: no input has it${didYouMean(name, [...known])}; anncat info shows what there is`,
    );
  }
}

/** Whether `name` is of `uns`, where it is put under the inputs' keys, or not described because nothing is merged. */
function isNested(
  name: string,
  known: ReadonlySet<string>,
  keys: readonly string[],
  { unsMerge }: ResolvedOptions,
): boolean {
  const [top, first = "", ...rest] = name.split("/");
  if (top !== "uns") return false;
  if (unsMerge === "nest") return keys.includes(first) && known.has(["uns", ...rest].join("/"));
  return unsMerge === null && known.has(`uns/${first}`);
}

/** The paths of all elements of a store, and of what holds them. */
function* pathsOf(header: Header): Generator<string> {
  const { frames, layers, along, pairwise, raw, uns } = header;
  yield* columnsOf("obs", frames[0]);
  yield* columnsOf("var", frames[1]);
  const mappings = { layers, obsm: along[0], varm: along[1], obsp: pairwise[0], varp: pairwise[1] };
  for (const [path, elements] of Object.entries({ ...mappings, "raw/varm": raw?.varm ?? {} })) {
    for (const [name, element] of Object.entries(elements)) {
      yield `${path}/${name}`;
      if (element.kind === "frame") yield* columnsOf(`${path}/${name}`, element.frame);
    }
  }
  if (raw !== null) yield* ["raw/X", "raw/var", "raw/varm", ...columnsOf("raw/var", raw.frame)];
  yield* treePaths("uns", uns);
}

function* columnsOf(path: string, { index, names }: FrameHeader): Generator<string> {
  yield `${path}/${index.name ?? "_index"}`;
  for (const name of names) yield `${path}/${name}`;
}

function* treePaths(path: string, tree: TreeHeader): Generator<string> {
  yield path;
  if (tree.kind === "leaf") return;
  for (const [name, child] of Object.entries(tree.children)) yield* treePaths(`${path}/${name}`, child);
}
