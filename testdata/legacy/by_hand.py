"""Old forms that no old version at hand writes, made from the format's documentation and anndata's readers.

Each store differs from what anndata 0.8 writes in the ways that its description names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numcodecs
import numpy as np
import zarr


@dataclass(frozen=True)
class ByHand:
    description: str
    write: Callable[[Path], None]
    suffix: str = "zarr"


def records(folder: Path) -> None:
    """obs, var and raw.var as arrays of records, categories in uns, sparse matrices marked as h5sparse does."""
    for number, rows in enumerate((range(6), range(6, 10))):
        root = zarr.open_group(folder / f"{number}.zarr", mode="w", zarr_format=2)
        cells, genes = len(rows), 4
        obs = [(f"c{row}", row % 2, row % 3 - 1, row * 1.5, f"é{row}", row % 2 == 0) for row in rows]
        fields = [("index", "S3"), ("kind", "i1"), ("part", "i2"), ("n", ">f4"), ("text", "U3"), ("good", "?")]
        _array(root, "obs", np.array(obs, dtype=fields), chunks=(4,))
        var = [(f"g{gene}", gene % 2, gene * 10) for gene in range(genes)]
        _array(root, "var", np.array(var, dtype=[("index", "U4"), ("kind", "i1"), ("n", "i4")]))
        raw_var = [(f"g{gene}", gene) for gene in range(2 * genes)]
        _array(root, "raw.var", np.array(raw_var, dtype=[("index", "S4"), ("part", "i1")]))
        dense = (np.arange(cells * genes).reshape(cells, genes) * 7 % 5).astype("f4")
        _h5sparse(root, "X", dense, "csr")
        _h5sparse(root, "raw.X", np.hstack([dense, dense]), "csr")
        _h5sparse(root, "layers/columns", dense, "csc")
        uns = root.create_group("uns")
        # Two axes share the name: both have codes below 2, so both are categorical.
        _array(uns, "kind_categories", np.array(["a", "b"], dtype="S1"))
        _array(uns, "part_categories", np.array(["x", "y", "z"], dtype="U1"))
        # 3 categories cannot be those of `n` with values up to 30.
        _array(uns, "n_categories", np.array(["p", "q", "r"], dtype="S1"))
        _array(uns, "odd_categories", np.array([1, 2]))
        neighbors = uns.create_group("neighbors")
        _h5sparse(neighbors, "distances", np.eye(cells) * 2, "csr")
        _array(neighbors, "connectivities", np.eye(cells))
        _array(neighbors, "indices", np.arange(cells))


def no_encoding(folder: Path) -> None:
    """No encoding on arrays and mappings, `encoding-type: ""` on others; dataframes of version 0.1.0."""
    for number, rows in enumerate((range(5), range(5, 9))):
        root = zarr.open_group(folder / f"{number}.zarr", mode="w", zarr_format=2)
        root.attrs["encoding-type"] = ""
        root.attrs["encoding-version"] = ""
        cells, genes = len(rows), 3
        _array(root, "X", (np.arange(cells * genes).reshape(cells, genes) % 4).astype("i4"))
        obs = root.create_group("obs", attributes=_frame("cell_id", ["big", "numeric", "plain"]))
        _array(obs, "cell_id", np.array([f"c{row}" for row in rows], dtype="U3"))
        # Codes of another width, and categories that are numbers.
        _categorical(obs, "big", np.array([row % 4 - 1 for row in rows], dtype="i4"), np.array(["low", "mid", "top"], dtype="S3"), ordered=True)
        _categorical(obs, "numeric", np.array([row % 2 for row in rows], dtype="i1"), np.array([10, 9]), ordered=False)
        _array(obs, "plain", np.array([row / 4 for row in rows]))
        var = root.create_group("var", attributes=_frame("_index", []))
        _array(var, "_index", np.array(["g0", "g1", "g2"], dtype="S2"))
        obsm = root.create_group("obsm", attributes={"encoding-type": "", "encoding-version": ""})
        _array(obsm, "X_pca", np.arange(cells * 2).reshape(cells, 2) / 8)
        uns = root.create_group("uns")
        _array(uns, "one_text", np.array(["alone"], dtype="S5"))
        _array(uns, "scalar", np.array(7))
        _array(uns, "word", np.array("text", dtype="U4"))
        inner = uns.create_group("inner")
        _array(inner, "mask", np.array([True, False]))
        inner.create_group("empty")


BY_HAND = {
    "records_zarr": ByHand("records for dataframes, h5sparse, raw in parts, graphs in uns", records),
    "no_encoding_zarr": ByHand("empty and missing encodings, dataframes 0.1.0", no_encoding),
}


def _frame(index: str, columns: list[str]) -> dict:
    return {"encoding-type": "dataframe", "encoding-version": "0.1.0", "_index": index, "column-order": columns}


def _categorical(frame: zarr.Group, name: str, codes: np.ndarray, categories: np.ndarray, *, ordered: bool) -> None:
    _array(frame, name, codes)
    frame[name].attrs["categories"] = f"__categories/{name}"
    stored = frame.require_group("__categories")
    _array(stored, name, categories)
    stored[name].attrs["ordered"] = ordered


def _h5sparse(parent: zarr.Group, name: str, dense: np.ndarray, layout: str) -> None:
    along = dense if layout == "csr" else dense.T
    places = [np.flatnonzero(row) for row in along]
    attributes = {"h5sparse_format": layout, "h5sparse_shape": list(dense.shape)}
    group = parent.create_group(name, attributes=attributes)
    _array(group, "data", np.concatenate([row[at] for row, at in zip(along, places, strict=True)]))
    _array(group, "indices", np.concatenate(places).astype("i4"))
    _array(group, "indptr", np.cumsum([0, *map(len, places)]).astype("i4"))


def _array(group: zarr.Group, name: str, values: np.ndarray, chunks: tuple[int, ...] | None = None) -> None:
    array = group.create_array(
        name,
        shape=values.shape,
        dtype=values.dtype,
        chunks=chunks or tuple(max(1, length) for length in values.shape),
        compressors=numcodecs.Zlib(1),
    )
    array[...] = values
