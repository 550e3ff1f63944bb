"""Tests the harness without the tool: the stub's right output must pass, each sabotaged one must fail."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cases import CARRIED, load_case, load_cases
from corpus import CASES, case_problems, run_corpus
from random_concat import run_draws, run_grid
from stub import SABOTAGES, StubTool

SABOTAGED_CASE = "pbmc_batches_outer"
"""A case in which every kind of sabotage changes something."""
SLOTS = list(CARRIED)


def run_self_test(jobs: int) -> tuple[int, int]:
    results = [
        run_corpus(StubTool(), load_cases(CASES), ["X", "obs", "var", "layers", "obsm", "varm", "obsp", "uns"]),
        run_grid(jobs, is_stub=True, every=7),
        run_draws(3, range(40), jobs, SLOTS, is_stub=True),
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
        case = load_case(CASES / SABOTAGED_CASE)
        problems = case_problems(StubTool(sabotage), case, Path(folder) / "out.zarr", SLOTS)
    print(f"sabotage, {sabotage}: {problems[0] if problems else 'nothing found'}")
    return bool(problems)
