"""Writes two stores with whatever anndata it is run with, 0.6 to 0.10: `write_old.py FOLDER zarr|h5ad`.

It knows nothing of this project and uses only what anndata 0.6 on Python 3.7 had.
"""

import sys
import warnings
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

VERSION = tuple(int(part) for part in str(ad.__version__).split(".")[:2])


def main():
    folder, suffix = Path(sys.argv[1]), sys.argv[2]
    warnings.simplefilter("ignore")
    for number, (rows, genes) in enumerate((((0, 8), "abcdefg"), ((8, 13), "gfxab"))):
        store = make(np.arange(*rows), list(genes))
        path = folder / "{}.{}".format(number, suffix)
        if suffix == "h5ad":
            store.write(path)
        else:
            store.write_zarr(str(path), chunks=(5, 4))


def make(rows, genes):
    """Values depend on the names of cells and genes, so that what two stores share is the same in both."""
    places = np.array([ord(gene) - ord("a") for gene in genes])
    obs = pd.DataFrame(index=["cell{}".format(row) for row in rows])
    obs["cluster"] = pd.Categorical.from_codes(rows % 3, ["c10", "c9", "ä"])
    obs["stage"] = pd.Categorical.from_codes(rows % 3 - 1, ["low", "high"], ordered=True)
    obs["single"] = pd.Categorical(["only"] * len(rows), ["only"])
    obs["number"] = rows * 3 - 5
    obs["small"] = rows.astype("int8")
    obs["share"] = (rows / 7).astype("float32")
    obs["good"] = rows % 2 == 0
    obs["text"] = ["t{}".format(row) for row in rows]
    var = pd.DataFrame(index=["gene_{}".format(gene) for gene in genes])
    var["kind"] = pd.Categorical.from_codes(places % 2, ["protein", "rna"])
    var["mean"] = places / 3
    var["chosen"] = places % 3 == 0
    values = (rows[:, None] * 7 + places * 5) % 11
    values[values < 6] = 0
    x = sp.csr_matrix(values.astype("float32"))
    store = ad.AnnData(x, obs=obs, var=var, uns=unstructured(rows))
    store.layers["counts"] = sp.csr_matrix(values.astype("float32"))
    store.layers["dense"] = (values / 2).astype("float32")
    store.obsm["X_pca"] = (rows[:, None] + np.arange(3) / 10).astype("float32")
    store.varm["PCs"] = (places[:, None] + np.arange(2) / 10).astype("float64")
    store.raw = ad.AnnData(sp.hstack([x, x * 2]).tocsr(), obs=obs, var=raw_genes(var))
    if VERSION >= (0, 7):
        store.obsm["frame"] = obs[["cluster", "number"]].copy()
        store.obsm["sparse"] = sp.csr_matrix(values[:, :2].astype("float64"))
        store.layers["columns"] = sp.csc_matrix(values.astype("int32"))
        store.obsp["distances"] = neighbors(rows) * 2
        store.varp["correlation"] = (places[:, None] * places).astype("float64")
    return store


def raw_genes(var):
    more = var.copy()
    more.index = ["more_" + name for name in var.index]
    return pd.concat([var, more])[["mean"]]


def unstructured(rows):
    uns = {
        "cluster_colors": np.array(["#ff0000", "#00ff00", "#0000ff"]),
        "scores": np.arange(4) / 3,
        "params": {"resolution": 1, "name": "leiden", "deep": {"flag": True, "weight": 0.25}},
        "names": np.array([("a", "b"), ("long name", "c")], dtype=[("g0", "U9"), ("g1", "U9")]),
        "ranks": np.array([(1.5, 2), (2.5, 3)], dtype=[("g0", "f4"), ("g1", "i4")]),
    }
    if VERSION < (0, 7):
        uns["neighbors"] = {"connectivities": neighbors(rows), "params": {"n_neighbors": 3}}
    else:
        uns["table"] = pd.DataFrame({"n": [1, 2], "s": ["x", "y"]}, index=["r0", "r1"])
    return uns


def neighbors(rows):
    far = abs(rows[:, None] - rows)
    return sp.csr_matrix(np.where(far == 1, 0.5, 0.0))


if __name__ == "__main__":
    main()
