"""Cases on disk: `inputs/<n>.zarr`, `case.json` and, unless it must be refused, `expected.zarr`."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import anndata as ad

from options import Options
from stores import Style, write_store

BASIC = ("X", "obs", "var")
"""What a case needs where it says nothing else."""

CARRIED = (*BASIC, "layers", "obsm", "varm", "obsp", "varp", "raw", "uns", "merge", "texts")
"""What the tool carries. Cases that need more are skipped.

The names are those of an AnnData's slots, and `merge`, for cases and draws with `--merge`: they compare what it
keeps in the other slots named. `--uns-merge` belongs to `uns`, `--pairwise` to `obsp` and `varp`.
"""


@dataclass(frozen=True)
class Case:
    path: Path
    description: str
    inputs: list[Path]
    args: list[str]
    carries: list[str] = field(default_factory=lambda: list(BASIC))
    error: str | None = None

    @property
    def expected(self) -> Path:
        return self.path / "expected.zarr"

    @property
    def options(self) -> Options:
        return Options.from_args(self.args)


def load_cases(folder: Path) -> list[Case]:
    return [load_case(file.parent) for file in sorted(folder.glob("*/case.json"))]


def load_case(folder: Path) -> Case:
    values = json.loads((folder / "case.json").read_text())
    inputs = [folder / name for name in values.pop("inputs")]
    return Case(path=folder, inputs=inputs, **values)


def save_case(
    folder: Path,
    description: str,
    inputs: list[tuple[ad.AnnData, Style]],
    options: Options,
    *,
    carries: list[str] | None = None,
    error: str | None = None,
) -> Case:
    """Writes all but `expected.zarr`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "inputs").mkdir(parents=True)
    names = [f"inputs/{number}.zarr" for number in range(len(inputs))]
    for name, (adata, style) in zip(names, inputs, strict=True):
        write_store(adata, folder / name, style)
    values: dict = {"description": description, "inputs": names, "args": options.to_args()}
    values["carries"] = carries or list(BASIC)
    if error is not None:
        values["error"] = error
    (folder / "case.json").write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n")
    return load_case(folder)
