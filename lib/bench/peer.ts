/**
 * `concat_on_disk` of a Python that the user names, as the notebook calls it.
 *
 * @module
 */

/**
 * The script. Its argument is a JSON object: `files`, `out`, `axis`, `kind`, `max_loaded_elems`, `dask_memory`. It prints
 * a JSON line with the seconds of the call, the resident bytes before it, and how it was called.
 */
export const PEER_SCRIPT = `"""concat_on_disk for anncat bench: one call, its time, and the memory before it."""
import json
import logging
import os
import sys
import time
import warnings

warnings.simplefilter("ignore")
job = json.loads(sys.argv[1])

import anndata
from anndata.experimental import concat_on_disk


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main():
    note, cluster = f"anndata {anndata.__version__}", None
    options = {"axis": job["axis"]}
    if job["kind"] == "sparse":
        if job["max_loaded_elems"] is not None:
            options["max_loaded_elems"] = job["max_loaded_elems"]
    else:
        try:
            from dask.distributed import Client, LocalCluster

            cluster = LocalCluster(memory_limit=job["dask_memory"], silence_logs=logging.CRITICAL)
            client = Client(cluster)
            note += f", dask.distributed with {job['dask_memory']} a worker"
        except ImportError:
            note += ", without dask.distributed"
    before, start = resident(), time.perf_counter()
    if job["files"]:
        concat_on_disk(job["files"], job["out"], **options)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "before": before, "note": note}), flush=True)
    if cluster is not None:
        client.close()
        cluster.close()


if __name__ == "__main__":
    main()
`;

/** What the script is asked to do. */
export interface PeerJob {
  readonly files: readonly string[];
  readonly out: string;
  readonly axis: 0 | 1;
  readonly kind: "sparse" | "dense";
  readonly maxLoadedElems: number | null;
  readonly daskMemory: string;
}

/** The script's argument. */
export function peerArgument(job: PeerJob): string {
  const { files, out, axis, kind, maxLoadedElems, daskMemory } = job;
  return JSON.stringify({ files, out, axis, kind, max_loaded_elems: maxLoadedElems, dask_memory: daskMemory });
}

/** What the script prints. */
export interface PeerAnswer {
  /** Seconds of the call. */
  readonly seconds: number;
  /** Resident bytes of the process before it. */
  readonly before: number;
  /** What was called. */
  readonly note: string;
}
