"""Tests the harness without the tool: the stub's right output must pass, each sabotaged one must fail."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cases import load_case, load_cases
from corpus import CASES, case_problems, run_corpus
from random_concat import run_draws, run_grid
from slots import GENERATORS
from stub import SABOTAGES, StubTool

SABOTAGED_CASE = "pbmc_batches_outer"
"""A case in which every other kind of sabotage changes something."""
SABOTAGED_CASES = {
    "other dtype of a layer": "layers_kinds_inner_v2",
    "other format of a layer": "layers_kinds_inner_v2",
    "one other value in obsm": "obsm_widths_outer",
    "dropped column in obsm": "obsm_frames_outer",
    "entry outside the blocks": "obsp_pairwise_outer",
    "dropped raw": "raw_outer",
    "column in raw.var": "raw_outer",
    "other dtype in var": "merge_first_outer_two",
    "reversed columns of var": "merge_first_outer_two",
    "varp that is not merged": "merge_none",
    "one other value in uns": "uns_first",
    "float for int in uns": "uns_first",
    "empty mapping in uns": "uns_first",
    "lost encoding-version in uns": "uns_first",
}
SLOTS = ["X", "obs", "var"]
EVERYTHING = [*GENERATORS, "merge"]


def run_self_test(jobs: int) -> tuple[int, int]:
    results = [
        run_corpus(StubTool(), load_cases(CASES), EVERYTHING),
        run_grid(jobs, is_stub=True, every=7),
        run_draws(3, range(40), jobs, SLOTS, is_stub=True),
        *(run_draws(4, range(4), jobs, [*SLOTS, slot], is_stub=True) for slot in EVERYTHING if slot not in SLOTS),
        run_draws(5, range(30), jobs, EVERYTHING, is_stub=True),
        run_sabotages(),
    ]
    return sum(passed for passed, _ in results), sum(failed for _, failed in results)


def run_sabotages() -> tuple[int, int]:
    unnoticed = [sabotage for sabotage in SABOTAGES if not _is_noticed(sabotage)]
    for sabotage in unnoticed:
        print(f"FAIL not noticed: {sabotage}")
    return len(SABOTAGES) - len(unnoticed), len(unnoticed)


def _is_noticed(sabotage: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        case = load_case(CASES / SABOTAGED_CASES.get(sabotage, SABOTAGED_CASE))
        problems = case_problems(StubTool(sabotage), case, Path(folder) / "out.zarr", EVERYTHING)
    print(f"sabotage, {sabotage}: {problems[0] if problems else 'nothing found'}")
    return bool(problems)
