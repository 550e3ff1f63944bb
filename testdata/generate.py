"""Writes testdata/cases. Deterministic: fixed seeds, pinned versions.

    /path/to/python testdata/generate.py [NAME...]

The cases themselves are in the `case_groups` package beside this file.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "reference"))
sys.path.insert(0, str(HERE))

from case_groups import (  # noqa: E402
    along,
    alt,
    labels,
    layers,
    mappings,
    merge,
    raw_and_pairwise,
    real,
    refusals,
    storage,
    uns,
    x,
)
from case_groups.recipe import Recipe  # noqa: E402
from cases import save_case  # noqa: E402
from expected import expected  # noqa: E402
from refused import Refused  # noqa: E402
from stores import Style, read_store, write_store  # noqa: E402

PINNED = {"anndata": "0.12.19", "zarr": "3.1.6", "pandas": "2.3.3", "scanpy": "1.11.5"}
GROUPS = (x, alt, along, labels, storage, refusals, layers, mappings, raw_and_pairwise, merge, uns, real)
CASES = HERE / "cases"


def main() -> None:
    warnings.simplefilter("ignore")
    for package, wanted in PINNED.items():
        if version(package) != wanted:
            sys.exit(f"{package} {version(package)} is installed, {wanted} is wanted")
    names = sys.argv[1:]
    recipes = [recipe for group in GROUPS for recipe in group.recipes()]
    if len({recipe.name for recipe in recipes}) < len(recipes):
        sys.exit("Two cases have the same name")
    if not names:
        shutil.rmtree(CASES, ignore_errors=True)
    chosen = [recipe for recipe in recipes if not names or recipe.name in names]
    for recipe in chosen:
        write_case(recipe)
    print(f"{len(chosen)} cases")


def write_case(recipe: Recipe) -> None:
    case = save_case(
        CASES / recipe.name,
        recipe.description,
        recipe.inputs,
        recipe.options,
        carries=recipe.carries,
        error=recipe.error,
    )
    inputs = [read_store(path) for path in case.inputs]
    try:
        result = expected(inputs, recipe.options)
    except Refused:
        if recipe.error is None:
            raise
        return
    if recipe.error is not None:
        raise AssertionError(f"{recipe.name}: the rules do not refuse this")
    write_store(result, case.expected, Style())


if __name__ == "__main__":
    main()
