"""Writes testdata/legacy: stores of old versions of anndata, and what anndata 0.12.19 makes of them.

    python testdata/legacy/generate.py FOLDER [NAME...]

FOLDER holds a virtual environment for each old version (`anndata-0.6`, ...), as README.md says how to make; where one
is missing, the stores that are there already are kept, and only what is read from them is written again.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import anndata as ad

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "reference"))
sys.path.insert(0, str(HERE))

from by_hand import BY_HAND  # noqa: E402
from expected import expected  # noqa: E402
from options import Options  # noqa: E402
from stores import Style, read_store, write_store  # noqa: E402

PINNED = {"anndata": "0.12.19", "zarr": "3.1.6", "pandas": "2.3.3", "scanpy": "1.11.5"}
OPTIONS = Options(join="outer", merge="first", uns_merge="first", label="from", index_unique="-", pairwise=True)
CARRIES = ["X", "obs", "var", "layers", "obsm", "varm", "obsp", "varp", "raw", "uns", "merge"]


@dataclass(frozen=True)
class Old:
    """Two stores and who wrote them."""

    description: str
    suffix: str
    write: Callable[[Path], None]


def by_version(environments: Path, minor: str, suffix: str) -> Old:
    def write(folder: Path) -> None:
        run(environments, minor, folder, "write_old.py", folder, suffix)

    return Old(f"written by anndata {minor}", suffix, write)


def scanpy_file() -> Path:
    return Path(str(files("scanpy") / "datasets" / "10x_pbmc68k_reduced.h5ad"))


def as_published(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(scanpy_file(), folder / "0.h5ad")


def in_halves(environments: Path) -> Old:
    def write(folder: Path) -> None:
        run(environments, "0.7", folder, "split_old.py", scanpy_file(), folder)

    return Old("pbmc68k_reduced of scanpy, in halves of some genes, by anndata 0.7", "h5ad", write)


def run(environments: Path, minor: str, folder: Path, script: str, *arguments: object) -> None:
    """Have an old version write `folder` anew, where there is one."""
    python = environments / f"anndata-{minor}" / "bin" / "python"
    if python.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        subprocess.run([python, HERE / script, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)
    elif not folder.exists():
        sys.exit(f"{python} is missing")


def main() -> None:
    warnings.simplefilter("ignore")
    for package, wanted in PINNED.items():
        if version(package) != wanted:
            sys.exit(f"{package} {version(package)} is installed, {wanted} is wanted")
    environments, names = Path(sys.argv[1]), sys.argv[2:]
    written = [(minor, suffix) for minor in ("0.6", "0.7", "0.8", "0.10") for suffix in ("h5ad", "zarr")]
    stores = {f"{minor}_{suffix}": by_version(environments, minor, suffix) for minor, suffix in written}
    del stores["0.6_zarr"]  # anndata 0.12 cannot read its texts
    stores |= {name: Old(f"by hand: {made.description}", made.suffix, made.write) for name, made in BY_HAND.items()}
    stores["pbmc_h5ad"] = Old("pbmc68k_reduced as it comes with scanpy", "h5ad", as_published)
    stores["pbmc_halves_h5ad"] = in_halves(environments)
    for name, old in stores.items():
        if not names or name in names:
            write_case(HERE / name, old)
            print(name)


def write_case(folder: Path, old: Old) -> None:
    old.write(folder / "inputs")
    inputs = sorted((folder / "inputs").iterdir())
    shutil.rmtree(folder / "read", ignore_errors=True)
    read = [read_old(path) for path in inputs]
    for path, adata in zip(inputs, read, strict=True):
        write_store(adata, folder / "read" / f"{path.stem}.zarr", Style())
    write_store(expected(read, OPTIONS), folder / "expected.zarr", Style())
    case = {
        "description": old.description,
        "inputs": [f"inputs/{path.name}" for path in inputs],
        "read": [f"read/{path.stem}.zarr" for path in inputs],
        "args": OPTIONS.to_args(),
        "carries": CARRIES,
    }
    (folder / "case.json").write_text(json.dumps(case, indent=2, ensure_ascii=False) + "\n")


def read_old(path: Path) -> ad.AnnData:
    if path.suffix != ".zarr":
        return ad.read_h5ad(path)
    adata, raw = read_store(path), ad.read_zarr(path).raw  # raw in parts is found by reading all
    if raw is not None:
        adata.raw = ad.AnnData(raw.X, obs=adata.obs[[]], var=raw.var, varm=dict(raw.varm))
    return adata


if __name__ == "__main__":
    main()
