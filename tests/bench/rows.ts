/**
 * What the benchmark measures: which inputs, how they are put together, and what is to be reached.
 *
 * @module
 */

/** The sets of inputs. */
export type DataSet = "v2" | "v3" | "v3s" | "atlas" | "tiny";

/** What anncat is measured against. */
export type Peer = "disk" | "memory" | "copy" | "once" | "none";

/** One row of the table. */
export interface Row {
  /** Its name; `--rows` selects by how names begin. */
  readonly name: string;
  readonly data: DataSet;
  /** The inputs among the set's names. */
  readonly inputs: RegExp;
  /** How often the inputs are listed. */
  readonly times: number;
  readonly axis: 0 | 1;
  readonly join: "inner" | "outer";
  readonly peer: Peer;
  /** The least ratio of the peer's time to ours; null where there is none to reach. */
  readonly ratio: number | null;
  /** The most resident MiB; null where there is none to keep to. */
  readonly peak: number | null;
}

/** All rows. */
export const ROWS: readonly Row[] = [
  ...seedRows("v2", "", { sparse: 4, aligned: 12, reindexed: 15 }, 0),
  copyRow("copy-sparse", /(fat|square)_csr/),
  copyRow("copy-dense", /(fat|square)_np/),
  { ...tenTimes("ten-times-sparse", /(fat|square)_csr/), peak: null },
  row("layouts-csc-on-obs", "v2", /(fat|square)_csc/, 0, "inner", { peer: "memory", ratio: 1 }),
  row("layouts-csr-on-var", "v2", /(tall|square)_csr/, 1, "inner", { peer: "memory", ratio: 1 }),
  row("layouts-dense-with-sparse", "v2", /^0\d_(fat|square)_(csr|np)/, 0, "inner", { peer: "memory", ratio: 1 }),
  ...seedRows("v3", "v3-", { sparse: 3, aligned: 10, reindexed: 10 }, 64),
  ...seedRows("v3s", "v3-shards-", { sparse: 3, aligned: 10, reindexed: 10 }, 64),
  row("atlas", "atlas", /./, 0, "outer", { ratio: 4, peak: 192 }),
  row("start", "tiny", /(tall|square)_csr/, 0, "inner", {}),
];

function row(
  name: string,
  data: DataSet,
  inputs: RegExp,
  axis: 0 | 1,
  join: "inner" | "outer",
  { peer = "disk", ratio = null, peak = null }: { peer?: Peer; ratio?: number | null; peak?: number | null },
): Row {
  return { name, data, inputs, times: 1, axis, join, peer, ratio, peak };
}

/** The notebook's rows: sparse and dense, aligned and reindexed, along both axes. */
function seedRows(
  data: DataSet,
  prefix: string,
  ratios: { readonly sparse: number; readonly aligned: number; readonly reindexed: number },
  more: number,
): Row[] {
  const rows: Row[] = [];
  for (const axis of [0, 1] as const) {
    const layout = axis === 0 ? "csr" : "csc", long = axis === 0 ? "fat" : "tall";
    const sparse = { ratio: ratios.sparse, peak: 128 + more };
    rows.push(
      row(`${prefix}sparse-aligned-${axis}`, data, RegExp(`(${long}|square)_${layout}`), axis, "inner", sparse),
    );
    const dense = { ratio: ratios.aligned, peak: 128 + more };
    rows.push(row(`${prefix}dense-aligned-${axis}`, data, RegExp(`(${long}|square)_np`), axis, "inner", dense));
    for (const join of ["inner", "outer"] as const) {
      rows.push(row(`${prefix}sparse-reindexed-${axis}-${join}`, data, RegExp(`_${layout}`), axis, join, sparse));
      const tiles = { ratio: ratios.reindexed, peak: 256 + more };
      rows.push(row(`${prefix}dense-reindexed-${axis}-${join}`, data, /_np/, axis, join, tiles));
    }
  }
  return rows;
}

/** Beside a plain copy of the inputs: no more than three times its time. */
function copyRow(name: string, inputs: RegExp): Row {
  return row(name, "v2", inputs, 0, "inner", { peer: "copy", ratio: 1 / 3 });
}

/** The same inputs listed ten times, beside listing them once. */
function tenTimes(name: string, inputs: RegExp): Row {
  return { ...row(name, "v2", inputs, 0, "inner", { peer: "once", ratio: 1 / 11.5 }), times: 10 };
}
