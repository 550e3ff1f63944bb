/**
 * The runs of the notebook: which files it puts together, how, and what it printed.
 *
 * @module
 */

/** What the notebook printed for a run. */
export interface Published {
  /** Files. */
  readonly files: number;
  /** Their sizes together, in MiB. */
  readonly mebibytes: number;
  /** Peak memory in MiB, as memray counts what is allocated during the call. */
  readonly peak: number;
}

/** Whether X is sparse or dense: the notebook's words. */
export type Kind = "sparse" | "dense";

/** One run. */
export interface Row {
  /** A name for tables and plots. */
  readonly name: string;
  /** The notebook's chapter. */
  readonly chapter: "without reindexing" | "with reindexing" | "subset";
  readonly kind: Kind;
  readonly axis: 0 | 1;
  /** The notebook's `max_loaded_elems`; null where it has none. */
  readonly maxLoadedElems: number | null;
  /** The memory budget in bytes where the user names none; null is the smallest that does. */
  readonly memory: number | null;
  readonly published: Published;
}

/** The memory that dask's workers are given in the notebook. */
export const DASK_MEMORY = "2000MiB";

const MIB = 2 ** 20;

/** The notebook's twelve result blocks, in its order. */
export const ROWS: readonly Row[] = [
  ...pair("without reindexing", "sparse", 1e9, null, [6, 556, 17], [6, 546, 16]),
  ...pair("without reindexing", "dense", null, 256 * MIB, [6, 4630, 2740], [6, 4606, 3450]),
  ...pair("with reindexing", "sparse", 1e9, 192 * MIB, [9, 867, 286], [9, 867, 445]),
  ...pair("with reindexing", "dense", null, 256 * MIB, [9, 7230, 2931], [9, 7230, 3152]),
  ...pair("subset", "sparse", 1e7, null, [3, 263, 11], [3, 315, 38]),
  ...pair("subset", "sparse", 1e9, null, [3, 263, 11], [3, 315, 432]),
];

type Figures = readonly [files: number, mebibytes: number, peak: number];

function pair(
  chapter: Row["chapter"],
  kind: Kind,
  maxLoadedElems: number | null,
  memory: number | null,
  ...published: readonly [Figures, Figures]
): Row[] {
  return published.map(([files, mebibytes, peak], axis) => ({
    name: `${kind} ${axis} ${chapter}${chapter === "subset" ? `, ${maxLoadedElems === 1e7 ? "10M" : "1G"}` : ""}`,
    chapter,
    kind,
    axis: axis === 0 ? 0 : 1,
    maxLoadedElems,
    memory,
    published: { files, mebibytes, peak },
  }));
}

/** The names among `names` that a run takes: the notebook's `create_datasets`, sorted, so that each run is the same. */
export function filesOf(
  { chapter, kind, axis }: Pick<Row, "chapter" | "kind" | "axis">,
  names: readonly string[],
): string[] {
  const array = kind === "dense" ? "np" : axis === 0 ? "csr" : "csc", long = axis === 0 ? "fat" : "tall";
  const found = names.filter((name) => {
    const [, shape, stored] = /^\d+_(fat|tall|square)_(csc|csr|np)\.(?:zarr|h5ad)$/.exec(name) ?? [];
    return stored === array && (chapter !== "without reindexing" || shape === long || shape === "square");
  }).sort();
  return chapter === "subset" ? found.slice(0, 3) : found;
}
