"""Random and systematic concatenations, compared with anndata's.

    python tests/reference/random_concat.py --draws 500 --seed 1 [--keep DIR] [--jobs 2] [--carries X,obs,var]
    python tests/reference/random_concat.py --grid [--jobs 2]

A draw is fixed by the seed and its number: `--seed S --first N --draws 1` repeats draw N. A failing draw
is made smaller while it still fails, and saved to `--keep` as a case: `corpus.py --cases DIR` runs it again.
"""

from __future__ import annotations

import argparse
import itertools
import os
import secrets
import sys
import tempfile
import warnings
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from cases import CARRIED, save_case
from draw import Draw, make_draw
from elements import random_array
from expected import expected
from options import Options
from refused import Refused
from shrink import shrink
from stores import Style, read_store, write_store
from stub import StubTool
from tool import Tool, open_tool
from verify import run_problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first draw")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--grid", action="store_true", help="every combination instead of random draws")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None, help="folder for failing draws")
    parser.add_argument("--carries", default=",".join(CARRIED), help="slots to fill and compare; merge: use --merge (cases.py)")
    parser.add_argument("--stub", action="store_true", help="run the Python stub, not the tool")
    args = parser.parse_args()
    slots = args.carries.split(",")
    if args.grid:
        passed, failed = run_grid(args.jobs, is_stub=args.stub)
    else:
        seed = secrets.randbelow(10**6) if args.seed is None else args.seed
        numbers = range(args.first, args.first + args.draws)
        passed, failed = run_draws(seed, numbers, args.jobs, slots, args.keep, is_stub=args.stub)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


# ---- random draws


def run_draws(
    seed: int, numbers: Iterable[int], jobs: int, slots: list[str], keep: Path | None = None, *, is_stub: bool = False
) -> tuple[int, int]:
    print(f"random: seed {seed}", flush=True)
    tasks = [(seed, number, tuple(slots), keep) for number in numbers]
    return _run_all(_run_draw, tasks, jobs, is_stub=is_stub)


def _run_draw(task: tuple[int, int, tuple[str, ...], Path | None]) -> str | None:
    seed, number, slots, keep = task
    try:
        draw = make_draw(seed, number, list(slots))
        problems = draw_problems(_worker_tool(), draw, list(slots))
    except Exception as error:
        error.add_note(f"the harness itself failed on seed {seed}, draw {number}")
        raise
    if not problems:
        return None
    name = f"seed {seed}, draw {number}"
    if keep is not None:
        folder = _save_failure(draw, keep, f"{seed}-{number}", problems, list(slots))
        name += f" (saved as {folder})"
    return f"{name}: {'; '.join(problems[:4])}"


def draw_problems(tool: Tool, draw: Draw, slots: list[str]) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="anncat-") as folder:
        paths = [Path(folder) / f"{number}.zarr" for number in range(len(draw.inputs))]
        for path, (adata, style) in zip(paths, draw.inputs, strict=True):
            write_store(adata, path, style)
        return run_problems(tool, paths, draw.options, Path(folder) / "out.zarr", slots)


def _save_failure(draw: Draw, keep: Path, name: str, problems: list[str], slots: list[str]) -> Path:
    """Saves the draw in full and, beside it, the smallest part of it that still fails."""
    _save_draw(draw, keep / f"{name}-full", problems, slots)
    smallest = shrink(draw, lambda candidate: draw_problems(_worker_tool(), candidate, slots))
    return _save_draw(smallest, keep / name, draw_problems(_worker_tool(), smallest, slots), slots)


def _save_draw(draw: Draw, folder: Path, problems: list[str], slots: list[str]) -> Path:
    case = save_case(folder, "; ".join(problems), draw.inputs, draw.options, carries=slots)
    (folder / "message.txt").write_text("\n".join(problems) + "\n")
    try:
        write_store(expected([read_store(path) for path in case.inputs], draw.options), case.expected)
    except Refused as refusal:
        save_case(folder, case.description, draw.inputs, draw.options, carries=slots, error=refusal.pattern)
    return folder


# ---- the grid

GRID = {
    "first": ("csr", "csc", "dense"),
    "second": ("csr", "csc", "dense"),
    "axis": ("obs", "var"),
    "join": ("inner", "outer"),
    "relation": ("same", "overlapping", "disjoint", "permuted"),
    "form": ("v2", "v3", "v3 sharded"),
}
FORMS = {
    "v2": Style(zarr_format=2, chunk=4, codec="blosc-lz4"),
    "v3": Style(zarr_format=3, chunk=4),
    "v3 sharded": Style(zarr_format=3, chunk=2, shard=3),
}


def run_grid(jobs: int, *, is_stub: bool = False, every: int = 1) -> tuple[int, int]:
    """Every combination of `GRID`; with `every` N only each Nth."""
    combinations = list(itertools.product(*GRID.values()))[::every]
    with tempfile.TemporaryDirectory(prefix="anncat-grid-") as folder:
        return _run_all(_run_combination, [(Path(folder), c) for c in combinations], jobs, is_stub=is_stub)


def _run_combination(task: tuple[Path, tuple[str, ...]]) -> str | None:
    """Each worker process has its own stores, in a folder named after its id."""
    parent, combination = task
    first, second, axis, join, relation, form = combination
    folder = parent / str(os.getpid())
    folder.mkdir(exist_ok=True)
    paths = [_grid_store(folder, 0, first, axis, "same", form), _grid_store(folder, 1, second, axis, relation, form)]
    with tempfile.TemporaryDirectory(dir=folder) as out:
        problems = run_problems(
            _worker_tool(), paths, Options(axis=axis, join=join, label="batch"), Path(out) / "out.zarr", list(CARRIED)
        )
    return f"grid {', '.join(combination)}: {'; '.join(problems[:4])}" if problems else None


def _grid_store(folder: Path, number: int, kind: str, axis: str, relation: str, form: str) -> Path:
    path = folder / f"{number}-{kind}-{axis}-{relation}-{form.replace(' ', '-')}.zarr"
    if not path.exists():
        write_store(_grid_input(number, kind, axis, relation), path, FORMS[form])
    return path


def _grid_input(number: int, kind: str, axis: str, relation: str) -> ad.AnnData:
    rng = np.random.default_rng([number, 7])
    base = [f"g{i}" for i in (3, 1, 10, 2, 7, 5, 0, 9, 4)]
    alt = {
        "same": base,
        "overlapping": [*base[6:2:-1], "new1", "g00", "new0"],
        "disjoint": [f"h{i}" for i in range(6)],
        "permuted": base[::-1],
    }[relation]
    along = [f"c{number}_{i}" for i in range((11, 14)[number])]
    frame = {"n": np.arange(len(along), dtype=("i4", "f4")[number]), "t": pd.Categorical([("b", "a")[i % 2 ^ number] for i in range(len(along))])}
    frame[("only0", "only1")[number]] = np.arange(len(along))
    along_frame, alt_frame = pd.DataFrame(frame, index=along), pd.DataFrame({"v": np.arange(len(alt))}, index=alt)
    obs, var = (along_frame, alt_frame) if axis == "obs" else (alt_frame, along_frame)
    x = random_array(rng, (len(obs), len(var)), kind, ("i4", "f4")[number])
    return ad.AnnData(X=x, obs=obs, var=var)


# ---- workers


def _run_all(run, tasks: list, jobs: int, *, is_stub: bool) -> tuple[int, int]:
    """Runs the tasks in `jobs` processes, each with its own tool; prints the failures."""
    failed = 0
    with ProcessPoolExecutor(jobs, get_context("forkserver"), initializer=_start_worker, initargs=(is_stub,)) as pool:
        for failure in pool.map(run, tasks):
            if failure is not None:
                failed += 1
                print("FAIL", failure, flush=True)
    return len(tasks) - failed, failed


def _start_worker(is_stub: bool) -> None:
    global _is_stub  # noqa: PLW0603: one tool for each worker process
    _is_stub = is_stub
    warnings.simplefilter("ignore")


@cache
def _worker_tool() -> Tool:
    return StubTool() if _is_stub else open_tool()


if __name__ == "__main__":
    main()
