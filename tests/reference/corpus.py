"""Runs the tool over every case of the corpus.

    python tests/reference/corpus.py [--cases testdata/cases] [--only NAME...] [--carries X,obs,var]

A case passes where what anndata reads from the output equals `anndata.concat` of the inputs with our
rules (computed afresh) and the stored `expected.zarr`, and the store itself is sound. With
`ANNCAT_PYTHON_013` (an interpreter with anndata 0.13) every output is read by that one too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from cases import CARRIED, Case, load_cases
from compare import differences
from expected import expected
from refused import Refused
from stores import read_store
from tool import REPOSITORY, Tool, open_tool
from verify import run_problems

CASES = REPOSITORY / "testdata" / "cases"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, default=CASES)
    parser.add_argument("--only", nargs="*", default=None, help="names of cases")
    parser.add_argument("--carries", default=",".join(CARRIED), help="slots that the tool carries")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    cases = [case for case in load_cases(args.cases) if args.only is None or case.path.name in args.only]
    passed, failed = run_corpus(open_tool(), cases, args.carries.split(","))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


def run_corpus(tool: Tool, cases: list[Case], slots: list[str]) -> tuple[int, int]:
    """Runs the cases that need no other slots; prints a line for each failure."""
    runnable = [case for case in cases if set(case.carries) <= set(slots)]
    if len(runnable) < len(cases):
        print(f"skipped: {len(cases) - len(runnable)} cases that need more than {', '.join(slots)}")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="anncat-corpus-") as folder:
        outputs = [Path(folder) / case.path.name / "out.zarr" for case in runnable]
        for case, out in zip(runnable, outputs, strict=True):
            out.parent.mkdir()
            problems = case_problems(tool, case, out, slots)
            if problems:
                failed += 1
                print(f"FAIL {case.path.name}: {'; '.join(problems[:4])}", flush=True)
        passed = len(runnable) - failed
        passed_013, failed_013 = read_by_013([out for out in outputs if out.exists()])
    tool.close()
    return passed + passed_013, failed + failed_013


def case_problems(tool: Tool, case: Case, out: Path, slots: list[str]) -> list[str]:
    return stored_problems(case, slots) + run_problems(tool, case.inputs, case.options, out, slots)


def stored_problems(case: Case, slots: list[str]) -> list[str]:
    """`expected.zarr`, or the refusal, is still what the rules give for the inputs."""
    try:
        fresh = expected([read_store(path) for path in case.inputs], case.options)
    except Refused:
        return [] if case.error else ["the case has no `error`, but the rules refuse it"]
    if case.error:
        return ["the case has an `error`, but the rules do not refuse it"]
    return [f"stale expected.zarr: {line}" for line in differences(read_store(case.expected), fresh, slots)]


# ---- anndata 0.13


def read_by_013(outputs: list[Path]) -> tuple[int, int]:
    """Compares what anndata 0.13 reads from the outputs with what 0.12 reads, by summaries."""
    interpreter = os.environ.get("ANNCAT_PYTHON_013")
    if not interpreter:
        return 0, 0
    ours, theirs = summaries(sys.executable, outputs), summaries(interpreter, outputs)
    unequal = [name for name in ours if ours[name] != theirs.get(name)]
    for name in unequal:
        print(f"FAIL {Path(name).parent.name}: anndata 0.13 reads something else: {_first_difference(ours, theirs, name)}")
    return len(ours) - len(unequal), len(unequal)


def summaries(interpreter: str, outputs: list[Path]) -> dict[str, dict]:
    script = Path(__file__).with_name("summary.py")
    done = subprocess.run(
        [interpreter, str(script)], input="\n".join(map(str, outputs)), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def _first_difference(ours: dict, theirs: dict, name: str) -> str:
    other = theirs.get(name) or {}
    return next((f"{key}: {other.get(key)!r}, not {value!r}" for key, value in ours[name].items() if other.get(key) != value), "")


if __name__ == "__main__":
    main()
