"""Cuts a store into two, with the anndata that it is run with: `split_old.py STORE.h5ad FOLDER`."""

import sys
import warnings
from pathlib import Path

import anndata as ad


def main():
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    warnings.simplefilter("ignore")
    whole = ad.read_h5ad(source)
    half = whole.n_obs // 2
    whole[:half, :80].copy().write(folder / "0.h5ad", compression="gzip")
    whole[half:, 40:120].copy().write(folder / "1.h5ad", compression="gzip")


if __name__ == "__main__":
    main()
