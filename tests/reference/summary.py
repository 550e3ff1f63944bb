"""Prints what this interpreter's anndata reads from the stores named on standard input, as JSON.

Runs under anndata 0.12 and 0.13: what they name differently (string dtypes) is brought to one form.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from collections.abc import Iterator, Mapping

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
    found = {"shape": list(adata.shape), "X": value_summary(adata.X)}
    for slot in ("obs", "var", "layers", "obsm", "varm", "obsp", "varp", "uns"):
        found |= dict(summaries(slot, getattr(adata, slot)))
    for slot in ("X", "var", "varm") if adata.raw is not None else ():
        found |= dict(summaries(f"raw/{slot}", getattr(adata.raw, slot)))
    return found


def summaries(where: str, value) -> Iterator[tuple[str, object]]:
    """A name and a summary for everything in `value`."""
    match value:
        case pd.DataFrame():
            yield f"{where} names", [value.index.name, digest(list(value.index))]
            for name in value:
                yield f"{where}[{name!r}]", column_summary(value[name])
        case Mapping():
            for key in sorted(key for key in value if key is not None):  # 0.13 has X as a layer
                yield from summaries(f"{where}/{key}", value[key])
        case _:
            yield where, value_summary(value)


def value_summary(x) -> list | None:
    if x is None:
        return None
    if sparse.issparse(x):
        x.sum_duplicates()
        return [x.format, str(x.dtype), *(digest(part.tolist()) for part in (x.data, x.indices, x.indptr))]
    if isinstance(x, pd.api.extensions.ExtensionArray):
        return column_summary(pd.Series(x))
    if type(x).__module__.startswith("awkward"):
        return ["awkward", digest(x.to_list())]
    x = np.asarray(x)
    kind = "string" if x.dtype.kind in "OTU" else str(x.dtype)
    return [kind, digest(x.tolist())]


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
