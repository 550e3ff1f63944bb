"""Prints what this interpreter's anndata reads from the stores named on standard input, as JSON.

Runs under anndata 0.12 and 0.13: what they name differently (string dtypes) is brought to one form.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse


def main() -> None:
    warnings.simplefilter("ignore")
    print(json.dumps({path: summary(path) for path in sys.stdin.read().splitlines()}))


def summary(path: str) -> dict:
    try:
        adata = ad.read_zarr(path)
    except Exception as error:  # noqa: BLE001: whatever anndata raises is the finding
        return {"error": repr(error)}
    found = {"shape": list(adata.shape), "X": array_summary(adata.X)}
    for axis in ("obs", "var"):
        frame = getattr(adata, axis)
        found[f"{axis} names"] = digest(list(frame.index))
        found[f"{axis} index name"] = frame.index.name
        for name in frame:
            found[f"{axis}[{name!r}]"] = column_summary(frame[name])
    return found


def array_summary(x) -> list | None:
    if x is None:
        return None
    if sparse.issparse(x):
        x.sum_duplicates()
        return [x.format, str(x.dtype), *(digest(part.tolist()) for part in (x.data, x.indices, x.indptr))]
    x = np.asarray(x)
    return ["dense", str(x.dtype), digest(x.tolist())]


def column_summary(column: pd.Series) -> list:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return ["categorical", column.cat.ordered, digest(list(column.cat.categories)), digest(column.cat.codes.tolist())]
    is_text = column.dtype == object or isinstance(column.dtype, pd.StringDtype)
    kind = "string" if is_text else str(column.dtype)
    return [kind, digest([None if pd.isna(value) else value for value in column.tolist()])]


def digest(values: list) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


if __name__ == "__main__":
    main()
