"""Checks a concatenation of the seed notebook's data (shared/tools/seed_data.py) against its inputs, cheaply.

    python tests/reference/seed_rows.py SEEDDIR OUT [--axis obs] [--join inner] [--rows 40] [--inputs NAME...]

Every stored value is read once, block by block: per input the number of values that survive the join and
their sum, and a sample of rows in full, are compared between the inputs and OUT. obs, var and all shapes are
compared exactly. `--inputs` lists the inputs in OUT's order (default: all of SEEDDIR, by name).
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import zarr
from anndata._core.merge import merge_indices
from anndata.io import read_elem

from compare import frame_differences
from frames import concat_frames
from options import Options
from refused import Refused

BLOCK = 2_000_000
"""Values in memory at once."""


@dataclass
class Tally:
    """What is compared for one input: `sample` holds the sampled rows of the result, dense."""

    sample: np.ndarray
    count: int = 0
    total: float = 0.0

    def add(self, along: np.ndarray, alt: np.ndarray, values: np.ndarray, sampled: np.ndarray) -> None:
        """Adds values at result positions (`alt`), `along` counted from the input's first row."""
        self.count += len(values)
        self.total += float(values.sum(dtype=np.float64))
        slots = sampled[along]
        chosen = slots >= 0
        self.sample[slots[chosen], alt[chosen]] = values[chosen]


@dataclass(frozen=True)
class Matrix:
    """A stored X, whose blocks come as (along, alt, values), with the concatenated axis first."""

    node: zarr.Array | zarr.Group
    axis: str
    shape: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        shape = tuple(self.node.shape if isinstance(self.node, zarr.Array) else self.node.attrs["shape"])
        object.__setattr__(self, "shape", shape if self.axis == "obs" else shape[::-1])

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        for row, column, values in self._dense() if isinstance(self.node, zarr.Array) else self._sparse():
            yield (row, column, values) if self.axis == "obs" else (column, row, values)

    def _sparse(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        indptr = self.node["indptr"][...]
        is_csr = self.node.attrs["encoding-type"] == "csr_matrix"
        for start in range(0, int(indptr[-1]), BLOCK):
            end = min(start + BLOCK, int(indptr[-1]))
            major = np.searchsorted(indptr, np.arange(start, end), side="right") - 1
            minor = self.node["indices"][start:end]
            values = self.node["data"][start:end]
            yield (major, minor, values) if is_csr else (minor, major, values)

    def _dense(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        height = max(1, BLOCK // max(1, self.node.shape[1]))
        height = max(self.node.chunks[0], height // self.node.chunks[0] * self.node.chunks[0])
        for start in range(0, self.node.shape[0], height):
            block = self.node[start : start + height]
            row, column = np.nonzero(~np.isnan(block) & (block != 0))
            yield row + start, column, block[row, column]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed_dir", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--axis", default="obs", choices=["obs", "var"])
    parser.add_argument("--join", default="inner", choices=["inner", "outer"])
    parser.add_argument("--label", default=None)
    parser.add_argument("--keys", default=None, type=lambda text: tuple(text.split(",")))
    parser.add_argument("--index-unique", default=None)
    parser.add_argument("--rows", type=int, default=40, help="sampled rows (columns for axis var) of each input")
    parser.add_argument("--inputs", nargs="*", default=None)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    paths = sorted(args.seed_dir.glob("*.zarr")) if args.inputs is None else [args.seed_dir / n for n in args.inputs]
    options = Options(args.axis, args.join, label=args.label, keys=args.keys, index_unique=args.index_unique)
    problems = seed_problems(paths, args.out, options, args.rows)
    for problem in problems:
        print("FAIL", problem)
    print(f"{len(paths)} inputs, {len(problems)} problems")
    sys.exit(1 if problems else 0)


def seed_problems(paths: list[Path], out: Path, options: Options, rows: int) -> list[str]:
    groups = [zarr.open_group(path, mode="r") for path in paths]
    result = zarr.open_group(out, mode="r")
    frames = [read_elem(group[options.axis]) for group in groups]
    alts = [read_elem(group[_alt(options)]) for group in groups]
    names = merge_indices([frame.index for frame in alts], join=options.join)
    problems = _annotation_problems(result, frames, names, options)
    if problems:
        return problems
    starts = np.cumsum([0, *map(len, frames)])
    samples = [_sampled(np.random.default_rng(n), len(frame), rows) for n, frame in enumerate(frames)]
    wanted = [
        _input_tally(group, options.axis, names.get_indexer(alt.index), len(names), sampled)
        for group, alt, sampled in zip(groups, alts, samples, strict=True)
    ]
    got = _result_tallies(result, options.axis, starts, samples, len(names))
    found = []
    for path, mine, theirs in zip(paths, got, wanted, strict=True):
        found += [f"{path.name}: {line}" for line in _tally_differences(mine, theirs)]
    return found


def _annotation_problems(result: zarr.Group, frames: list[pd.DataFrame], names: pd.Index, options: Options) -> list[str]:
    shells = [ad.AnnData(obs=frame[[]]) for frame in frames]
    keys = None if options.keys is None else list(options.keys)
    index = ad.concat(shells, keys=keys, index_unique=options.index_unique).obs_names
    try:
        frame = concat_frames(frames, options).set_index(index)
    except Refused as refusal:
        return [f"the inputs must be refused: {refusal.pattern}"]
    problems = frame_differences(options.axis, read_elem(result[options.axis]), frame)
    problems += frame_differences(_alt(options), read_elem(result[_alt(options)]), pd.DataFrame(index=names))
    shape = Matrix(result["X"], options.axis).shape
    return problems + ([] if shape == (len(index), len(names)) else [f"X: shape {shape} along and across"])


def _sampled(rng: np.random.Generator, length: int, rows: int) -> np.ndarray:
    """For each row its place in the sample, or -1."""
    chosen = rng.choice(length, min(rows, length), replace=False)
    places = np.full(length, -1)
    places[chosen] = np.arange(len(chosen))
    return places


def _input_tally(group: zarr.Group, axis: str, new_places: np.ndarray, width: int, sampled: np.ndarray) -> Tally:
    tally = Tally(np.zeros((int(sampled.max(initial=-1)) + 1, width)))
    for along, alt, values in Matrix(group["X"], axis).blocks():
        places = new_places[alt]
        kept = (places >= 0) & (values != 0)
        tally.add(along[kept], places[kept], values[kept], sampled)
    return tally


def _result_tallies(result: zarr.Group, axis: str, starts: np.ndarray, samples: list[np.ndarray], width: int) -> list[Tally]:
    tallies = [Tally(np.zeros((int(sampled.max(initial=-1)) + 1, width))) for sampled in samples]
    for along, alt, values in Matrix(result["X"], axis).blocks():
        owners = np.searchsorted(starts, along, side="right") - 1
        for owner in np.unique(owners):
            mine = (owners == owner) & (values != 0)
            tallies[owner].add(along[mine] - starts[owner], alt[mine], values[mine], samples[owner])
    return tallies


def _tally_differences(got: Tally, wanted: Tally) -> list[str]:
    found = [] if got.count == wanted.count else [f"{got.count} non-zero values, expected {wanted.count}"]
    if not np.isclose(got.total, wanted.total, rtol=1e-9):
        found.append(f"sum {got.total}, expected {wanted.total}")
    unequal = int((got.sample != wanted.sample).sum())
    return [*found, f"{unequal} values differ in the sampled rows"] if unequal else found


def _alt(options: Options) -> str:
    return "var" if options.axis == "obs" else "obs"


if __name__ == "__main__":
    main()
