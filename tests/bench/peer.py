"""What anncat is measured against: anndata itself, once, in a process of its own.

    python tests/bench/peer.py JOB

JOB is JSON: `files`, `out`, `axis`, `join`, and `way`: `disk` for `concat_on_disk`, `memory` for reading, `concat` and
writing.
"""

import json
import sys
import warnings

import anndata
from anndata.experimental import concat_on_disk


def main() -> None:
    warnings.simplefilter("ignore")
    job = json.loads(sys.argv[1])
    options = {"axis": job["axis"], "join": job["join"]}
    if job["way"] == "disk":
        concat_on_disk(job["files"], job["out"], **options)
    else:
        anndata.concat([anndata.read_zarr(file) for file in job["files"]], **options).write_zarr(job["out"])


if __name__ == "__main__":
    main()
