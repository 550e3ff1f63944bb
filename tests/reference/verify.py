"""One run of the tool, compared with what it must give. The corpus, the grid and the random draws share it."""

from __future__ import annotations

import re
from pathlib import Path

import anndata as ad
import zarr

from compare import differences
from expected import expected, may_be_unsorted
from ondisk import format_problems, leftover_problems, store_problems
from options import Options
from refused import Refused
from stores import in_memory, read_store
from tool import Tool


def run_problems(tool: Tool, inputs: list[Path], options: Options, out: Path, slots: list[str]) -> list[str]:
    """Runs the tool on `inputs`; one line for each thing wrong with what it did."""
    adatas = [read_store(path) for path in inputs]
    before = {entry.name for entry in out.parent.iterdir()}
    args = ["concat", *map(str, inputs), "--out", str(out), *options.to_args(), "--progress", "none"]
    outcome = tool.run(args)
    try:
        wanted = expected(adatas, options)
    except Refused as refusal:
        return refusal_problems(outcome, refusal.pattern, out) + leftover_problems(out, before)
    if outcome.exit != 0:
        return [f"exit {outcome.exit}: {_last_lines(outcome.stderr)}"]
    problems = leftover_problems(out, before) + output_problems(out, wanted, slots)
    unsorted = may_be_unsorted(adatas, options)
    try:
        problems += store_problems(out, in_memory(wanted), slots, unsorted=unsorted)
        return problems + format_problems(out, *_asked_format(inputs[0], options))
    except Exception as error:  # noqa: BLE001: a store that zarr cannot walk is the finding
        return [*problems, f"zarr cannot read the output: {error!r}"]


def output_problems(out: Path, wanted: ad.AnnData, slots: list[str]) -> list[str]:
    """What anndata reads from the output against what it should read."""
    try:
        got = read_store(out)
    except Exception as error:  # noqa: BLE001: whatever anndata raises is the finding
        return [f"anndata cannot read the output: {error!r}"]
    return differences(got, wanted, slots)


def refusal_problems(outcome, pattern: str, out: Path) -> list[str]:
    if outcome.exit == 0:
        return [f"not refused; a message that matches {pattern!r} was expected"]
    # 2 where the command line alone shows it
    problems = [] if outcome.exit in (1, 2) else [f"refused with exit {outcome.exit}, expected 1 or 2"]
    if not re.search(pattern, outcome.stderr):
        problems.append(f"refused with {_last_lines(outcome.stderr)!r}, which does not match {pattern!r}")
    if out.exists():
        problems.append("refused, but an output was left behind")
    return problems


def _asked_format(first: Path, options: Options) -> tuple[int, bool | None, tuple[int, ...] | None]:
    zarr_format = options.zarr_format or zarr.open_group(first, mode="r").metadata.zarr_format
    is_sharded = None if options.shards is None else options.shards != "none"
    chunks = None if options.chunks is None else tuple(map(int, options.chunks.split(",")))
    return zarr_format, is_sharded, chunks if chunks and len(chunks) == 2 else None


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-6:])
