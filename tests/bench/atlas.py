"""Stores as an atlas has them, written a batch of cells at a time.

    python tests/bench/atlas.py DIR STORES CELLS GENES

Counts (negative binomial, at least 1) as float32 in csr, one in twenty filled, zarr version 2. Half of each store's
genes are in all stores, the others in it alone, in an order of its own. The seed is fixed.
"""

import sys
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import zarr

DENSITY = 0.05
BATCH = 2000


def write_store(path: Path, number: int, cells: int, genes: int) -> None:
    random = np.random.default_rng([20240229, number])
    names = np.array([f"ENSG{i:011d}" for i in range(genes // 2)] + [f"S{number}G{i}" for i in range(genes - genes // 2)])
    random.shuffle(names)
    obs = pd.DataFrame(
        {
            "donor": pd.Categorical(random.choice(["d1", "d2", "d3", "d4"], cells)),
            "n_genes": random.integers(500, 5000, cells),
            "percent_mito": random.random(cells),
        },
        index=[f"S{number}-{i:07d}" for i in range(cells)],
    )
    store = zarr.open_group(path, mode="w", zarr_format=2)
    anndata.io.write_elem(store, "/", anndata.AnnData(obs=obs, var=pd.DataFrame(index=names)))
    count = int(genes * DENSITY)
    x = store.create_group("X", attributes={
        "encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": [cells, genes],
    })
    data = x.create_array("data", shape=(cells * count,), chunks=(300_000,), dtype="f4")
    indices = x.create_array("indices", shape=(cells * count,), chunks=(300_000,), dtype="i4")
    for start in range(0, cells, BATCH):
        rows = min(BATCH, cells - start)
        places = np.argpartition(random.random((rows, genes), dtype=np.float32), count, axis=1)[:, :count]
        at = slice(start * count, (start + rows) * count)
        indices[at] = np.sort(places, axis=1).astype("i4").ravel()
        data[at] = (1 + random.negative_binomial(1, 0.4, rows * count)).astype("f4")
    x.create_array("indptr", data=np.arange(0, cells * count + 1, count, dtype="i4" if cells * count < 2**31 else "i8"))
    zarr.consolidate_metadata(store.store)


def main() -> None:
    folder, stores, cells, genes = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(stores):
        write_store(folder / f"{number}.zarr", number, cells, genes)
    (folder / "complete").touch()


if __name__ == "__main__":
    main()
