"""Compares what `anncat generate` makes with what the notebook's own code makes of the same shapes.

    python tests/reference/generated.py

For each store: anndata reads it; columns, dtypes and index are those of `gen_typed_df`; the number of entries is scipy's;
csc and csr hold the same matrix; and every metadata document of a zarr store is the one that Python writes for such data.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import zarr
from anndata.io import write_elem
from anndata.tests.helpers import gen_typed_df
from scipy import sparse

from tool import Tool, open_tool

SIZES = "150,400"


def main() -> None:
    warnings.simplefilter("ignore")
    passed, failed = run_generated(open_tool())
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


def run_generated(tool: Tool) -> tuple[int, int]:
    passed = failed = 0
    for version in (2, 3, "h5ad"):
        with tempfile.TemporaryDirectory(prefix="anncat-generated-") as folder:
            data, own = Path(folder) / "data", Path(folder) / "own"
            form = ["--h5ad"] if version == "h5ad" else ["--zarr-format", str(version)]
            args = ["generate", str(data), "--sizes", SIZES, "--runs", "1", *form, "--quiet"]
            outcome = tool.run(args)
            if outcome.exit != 0:
                print(f"FAIL generate: exit {outcome.exit}: {outcome.stderr}")
                failed += 1
                continue
            for path in sorted(data.glob("*.h5ad" if version == "h5ad" else "*.zarr")):
                problems = store_problems(path, own / path.name, version)
                passed, failed = passed + (not problems), failed + bool(problems)
                if problems:
                    print(f"FAIL {path.name} of version {version}: {'; '.join(problems[:4])}", flush=True)
    tool.close()
    return passed, failed


def store_problems(path: Path, own: Path, version: int | str) -> list[str]:
    got = read(path)
    wanted = notebook_store(*got.shape, path.stem.rsplit("_", 1)[1])
    found = frame_problems("obs", got.obs, wanted.obs) + frame_problems("var", got.var, wanted.var)
    if type(got.X) is not type(wanted.X) or got.X.dtype != wanted.X.dtype:
        found.append(f"X is {type(got.X).__name__} of {got.X.dtype}")
    if sparse.issparse(got.X):
        found += sparse_problems(path, got.X, wanted.X)
    elif not (0 <= got.X.min() < 0.01 and 0.99 < got.X.max() < 1):
        found.append("X does not fill [0, 1)")
    if version == "h5ad":
        return found
    group = zarr.open_group(own, mode="w", zarr_format=version)
    write_elem(group, "/", wanted)
    zarr.consolidate_metadata(group.store)
    return found + document_problems(path, own)


def read(path: Path) -> ad.AnnData:
    return ad.read_h5ad(path) if path.suffix == ".h5ad" else ad.read_zarr(path)


def notebook_store(rows: int, columns: int, array: str) -> ad.AnnData:
    """The notebook's `create_adata`, with `X` by its `array_creators`."""
    obs = gen_typed_df(rows, pd.Index([f"cell{i}" for i in range(rows)])).rename(columns={"cat": "obs_cat"})
    var = gen_typed_df(columns, pd.Index([f"gene{i}" for i in range(columns)])).rename(columns={"cat": "var_cat"})
    base = sparse.random(rows, columns, density=1 if array == "np" else 0.1, format="csc")
    creators = {"np": lambda x: x.toarray(), "csc": sparse.csc_matrix, "csr": sparse.csr_matrix}
    return ad.AnnData(creators[array](base), obs=obs, var=var)


def frame_problems(name: str, got: pd.DataFrame, wanted: pd.DataFrame) -> list[str]:
    found = [] if got.index.equals(wanted.index) else [f"{name}: other index"]
    if list(got.columns) != list(wanted.columns):
        return [*found, f"{name}: columns {list(got.columns)}"]
    for column in got:
        one, other = got[column], wanted[column]
        if isinstance(one.dtype, pd.CategoricalDtype):
            categories = list(one.cat.categories)
            same = one.dtype.ordered == other.dtype.ordered and categories == sorted(set(one))
        else:
            same = one.dtype == other.dtype
        if not same:
            found.append(f"{name}: {column} is {one.dtype}")
    return found


def sparse_problems(path: Path, got: sparse.spmatrix, wanted: sparse.spmatrix) -> list[str]:
    found = [] if got.nnz == wanted.nnz else [f"{got.nnz} entries, not {wanted.nnz}"]
    if not got.has_canonical_format or got.indices.dtype != wanted.indices.dtype:
        found.append("X is not in canonical format with the index type of scipy")
    if path.stem.endswith("csr"):
        number, shape, _ = path.stem.split("_")
        twin = read(path.with_name(f"{int(number) - 1:02d}_{shape}_csc{path.suffix}")).X
        if twin.shape != got.shape or (twin.tocsr() != got).nnz:
            found.append("csc and csr differ")
    if not np.all((got.data >= 0) & (got.data < 1)):
        found.append("values outside of [0, 1)")
    return found


def document_problems(path: Path, own: Path) -> list[str]:
    """Every file that is there for the one is there for the other; all JSON is equal but for lengths of categories."""
    mine, theirs = files(path), files(own)
    found = [f"{name} is only in one" for name in sorted(mine ^ theirs)]
    for name in mine & theirs:
        if Path(name).name in {".zgroup", ".zattrs", ".zarray", ".zmetadata", "zarr.json"}:
            one, other = (json.loads((root / name).read_text()) for root in (path, own))
            if without_categories(one, name) != without_categories(other, name):
                found.append(f"{name} differs")
    return found


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def without_categories(document: object, name: str = "") -> object:
    """A document without the shapes of `categories`: how many letters are drawn is left to chance."""
    if not isinstance(document, dict):
        return document
    if "categories" in name:
        return {key: value for key, value in document.items() if key not in {"shape", "chunks", "chunk_grid"}}
    return {key: without_categories(value, key) for key, value in document.items()}


if __name__ == "__main__":
    main()
