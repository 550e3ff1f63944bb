"""The data sets of the benchmark: those of the notebook that compares `concat_on_disk` with `concat`.

    python tests/bench/data.py DIR SIZE RUNS FORMAT

FORMAT is 2, 3, or 3s (zarr version 3 in shards). For each run and shape (fat: more cells than SIZE, tall: more genes,
square) a matrix with one entry in ten, as csc and as csr, and a dense one, with obs and var of many types. Values are
uniform. The seed is fixed, so that the same arguments give the same values.
"""

import itertools
import sys
import warnings
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import zarr
from anndata.experimental import write_dispatched
from anndata.tests.helpers import gen_typed_df
from scipy import sparse

DENSITY = 0.1


def shape_of(kind: str, size: int, random: np.random.Generator) -> tuple[int, int]:
    longer = size + int(size * random.uniform(0.2, 0.4))
    return {"fat": (longer, size), "tall": (size, longer), "square": (size, size)}[kind]


def scattered(cells: int, genes: int, random: np.random.Generator) -> sparse.csr_matrix:
    """As many entries in each row, at random places."""
    count = int(genes * DENSITY)
    indices = np.empty((cells, count), dtype=np.int32)
    for row in range(cells):
        indices[row] = np.sort(random.choice(genes, count, replace=False, shuffle=False))
    indptr = np.arange(0, cells * count + 1, count, dtype=np.int32)
    return sparse.csr_matrix((random.random(cells * count), indices.ravel(), indptr), shape=(cells, genes))


def in_shards(write, store, name, elem, dataset_kwargs, iospec):  # the signature is write_dispatched's
    """X in shards of eight chunks of about a megabyte; everything else as anndata does."""
    if name in ("X", "/X"):
        if sparse.issparse(elem):
            dataset_kwargs = dataset_kwargs | {"chunks": (100_000,), "shards": (800_000,)}
        else:
            rows, columns = (min(length, 360) for length in elem.shape)
            dataset_kwargs = dataset_kwargs | {"chunks": (rows, columns), "shards": (2 * rows, 4 * columns)}
    write(store, name, elem, dataset_kwargs=dataset_kwargs)


def main() -> None:
    warnings.simplefilter("ignore")
    folder, size, runs, layout = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    folder.mkdir(parents=True, exist_ok=True)
    np.random.seed(0)  # gen_typed_df draws from this one
    random, number = np.random.default_rng(0), 1
    for _, kind in itertools.product(range(runs), ("fat", "tall", "square")):
        cells, genes = shape_of(kind, size, random)
        csr = scattered(cells, genes, random)
        for name, values in {"csc": csr.tocsc(), "csr": csr, "np": random.random(shape_of(kind, size, random))}.items():
            rows, columns = values.shape
            obs = gen_typed_df(rows, pd.Index([f"cell{i}" for i in range(rows)])).rename(columns={"cat": "obs_cat"})
            var = gen_typed_df(columns, pd.Index([f"gene{i}" for i in range(columns)])).rename(columns={"cat": "var_cat"})
            path = folder / f"{number:02d}_{kind}_{name}.zarr"
            store = zarr.open_group(path, mode="w", zarr_format=int(layout[0]))
            adata = anndata.AnnData(values, obs=obs, var=var)
            if layout == "3s":
                write_dispatched(store, "/", adata, callback=in_shards)
            else:
                anndata.io.write_elem(store, "/", adata)
            zarr.consolidate_metadata(store.store)
            number += 1
    (folder / "complete").touch()


if __name__ == "__main__":
    main()
