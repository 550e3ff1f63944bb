"""Everything against anndata: the corpus, the grid, random draws. The entry of `deno task test:reference`.

    python tests/reference/run.py [--draws N] [--seed S] [--jobs 2] [--keep DIR]
    python tests/reference/run.py --self-test

`ANNCAT` or `ANNCAT_BATCH` say how to run the tool (tool.py); `ANNCAT_PYTHON_013` names a second
interpreter, with anndata 0.13, that reads the corpus' outputs too (corpus.py).
"""

from __future__ import annotations

import argparse
import secrets
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

from cases import CARRIED, load_cases
from convert import run_convert
from corpus import CASES, run_corpus
from formats import PAIRS, run_formats
from generated import run_generated
from random_concat import run_draws, run_grid
from self_test import run_self_test
from tool import open_tool

PINNED = {"anndata": "0.12", "pandas": "2.3"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=None, help="folder for failing draws")
    parser.add_argument("--carries", default=",".join(CARRIED), help="slots that the tool carries")
    parser.add_argument("--self-test", action="store_true", help="test the harness, with a stub as the tool")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    for package, wanted in PINNED.items():
        if not version(package).startswith(wanted + "."):
            sys.exit(f"{package} {version(package)} is installed, {wanted} is the reference")
    passed, failed = run_self_test(args.jobs) if args.self_test else run_against_tool(args)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def run_against_tool(args: argparse.Namespace) -> tuple[int, int]:
    slots = args.carries.split(",")
    seed = secrets.randbelow(10**6) if args.seed is None else args.seed
    parts = {
        "generated": lambda: run_generated(open_tool()),
        "corpus": lambda: run_corpus(open_tool(), load_cases(CASES), slots),
        "formats": lambda: run_formats(list(PAIRS), None, seed, range(args.draws // 2), every=False),
        "convert": lambda: run_convert(open_tool(), of=5),
        "grid": lambda: run_grid(args.jobs),
        "random": lambda: run_draws(seed, range(args.draws), args.jobs, slots, args.keep),
    }
    total_passed = total_failed = 0
    for name, run in parts.items():
        passed, failed = run()
        print(f"{name}: {passed} passed, {failed} failed", flush=True)
        total_passed, total_failed = total_passed + passed, total_failed + failed
    return total_passed, total_failed


if __name__ == "__main__":
    main()
