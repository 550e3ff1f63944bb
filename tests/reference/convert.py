"""`anncat convert` on every input of the corpus: what anndata reads from the copy is what it reads from the input.

    python tests/reference/convert.py [--only NAME...] [--every]

Each input goes to another form and from there back to a third: zarr 2 and 3, shards, h5ad in several codecs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

import anndata as ad
import h5py
import zarr

from cases import load_cases
from compare import differences
from corpus import CASES
from formats import read_any
from tool import Tool, open_tool

FORMS = (
    (".zarr", ["--zarr-format", "2", "--codec", "blosc-lz4"]),
    (".h5ad", []),
    (".zarr", ["--zarr-format", "3", "--chunks", "3,2", "--shards", "6,4", "--codec", "zstd"]),
    (".h5ad", ["--codec", "none"]),
    (".zarr", ["--zarr-format", "3", "--shards", "none", "--codec", "gzip"]),
    (".h5ad", ["--codec", "lzf", "--chunks", "2,3"]),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=None, help="names of cases")
    parser.add_argument("--every", action="store_true", help="every input in every form, not in one pair of forms")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    passed, failed = run_convert(open_tool(), args.only, every=args.every)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


def run_convert(tool: Tool, only: list[str] | None = None, *, every: bool = False, of: int = 1) -> tuple[int, int]:
    """Converts one of `of` inputs."""
    passed = failed = 0
    cases = [case for case in load_cases(CASES) if only is None or case.path.name in only]
    inputs = [(case.path.name, path) for case in cases for path in case.inputs if path.exists()]
    for number, (name, path) in list(enumerate(inputs))[::of]:
        firsts = range(len(FORMS)) if every else [number % len(FORMS)]
        problems = [problem for first in firsts for problem in _chain_problems(tool, path, first)]
        passed, failed = passed + (not problems), failed + bool(problems)
        if problems:
            print(f"FAIL {name}/{path.name}: {'; '.join(problems[:4])}", flush=True)
    tool.close()
    return passed, failed


def _chain_problems(tool: Tool, source: Path, first: int) -> list[str]:
    """To a form, and from there to the next one."""
    wanted, there = _contents(source), _uns_names(source)
    with tempfile.TemporaryDirectory(prefix="anncat-convert-") as folder:
        for step in range(2):
            suffix, flags = FORMS[(first + step) % len(FORMS)]
            out = Path(folder) / f"{step}{suffix}"
            outcome = tool.run(["convert", str(source), "--out", str(out), *flags, "--progress", "none"])
            if outcome.exit != 0:
                return [f"to {suffix} {' '.join(flags)}: {outcome.stderr.strip()[-300:]}"]
            problems = [f"{suffix} {' '.join(flags)}: {line}" for line in differences(_contents(out), wanted)]
            if "dropped" in outcome.stderr or "warning" in outcome.stderr:
                problems.append(f"says that it lost something: {outcome.stderr.strip()[-300:]}")
            if _uns_names(out) != there:
                problems.append(f"uns has {sorted(_uns_names(out) ^ there)} on one side only")
            if problems:
                return problems
            source = out
    return []


def _contents(path: Path) -> ad.AnnData:
    return read_any(path)


def _uns_names(path: Path) -> set[str]:
    """The names of everything in uns that is a mapping: empty ones too."""
    is_zarr, names = path.suffix == ".zarr", set()

    def walk(group, prefix: str) -> None:
        for name in group.keys():
            node = group[name]
            if isinstance(node, zarr.Group | h5py.Group):
                names.add(prefix + name)
                walk(node, f"{prefix}{name}/")

    if is_zarr:
        root = zarr.open_group(path, mode="r")
        if "uns" in root:
            walk(root["uns"], "")
    else:
        with h5py.File(path) as root:
            if "uns" in root:
                walk(root["uns"], "")
    return names


if __name__ == "__main__":
    main()
