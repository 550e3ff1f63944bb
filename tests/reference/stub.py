"""A stand-in for the tool, in Python: reads, applies expected.py in memory, writes. For the self-test.

It can spoil its output in known ways, to see that the harness notices.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import zarr

from expected import expected
from options import Options, argument_parser
from refused import Refused
from stores import Style, read_store, write_store
from tool import Outcome


class StubTool:
    def __init__(self, sabotage: str | None = None) -> None:
        self.sabotage = sabotage

    def run(self, args: list[str]) -> Outcome:
        parser = argument_parser()
        parser.add_argument("command", choices=["concat"])
        parser.add_argument("inputs", nargs="*", type=Path)
        parser.add_argument("--out", type=Path)
        parser.add_argument("--progress")
        parsed = parser.parse_intermixed_args(args)
        options = Options.from_namespace(parsed)
        try:
            result = expected([read_store(path) for path in parsed.inputs], options)
        except Refused as refusal:
            return Outcome(1, f"refused: {_matching_text(refusal.patterns[0])}")
        if self.sabotage in IN_MEMORY:
            IN_MEMORY[self.sabotage](result)
        write_store(result, parsed.out, _output_style(parsed.inputs[0], options))
        if self.sabotage in ON_DISK:
            ON_DISK[self.sabotage](parsed.out)
        return Outcome(0, "")

    def close(self) -> None:
        pass


def _output_style(first: Path, options: Options) -> Style:
    zarr_format = options.zarr_format or zarr.open_group(first, mode="r").metadata.zarr_format
    is_sharded = zarr_format == 3 and options.shards not in (None, "none")
    chunk = None if options.chunks is None else max(map(int, options.chunks.split(",")))
    return Style(zarr_format=zarr_format, chunk=chunk, shard=2 if is_sharded else None, bare=False)


def _matching_text(pattern: str) -> str:
    return pattern.removeprefix("(?i:").replace("\\", "")


def _narrow_x(result: ad.AnnData) -> None:
    result.X = result.X.astype(np.float32 if result.X.dtype != np.float32 else np.float64)


def _change_value(result: ad.AnnData) -> None:
    if not isinstance(result.X, np.ndarray):
        result.X.data[-1] += 1
    else:
        result.X[-1, -1] += 1


def _drop_column(result: ad.AnnData) -> None:
    del result.obs[result.obs.columns[-1]]


def _reverse_categories(result: ad.AnnData) -> None:
    for name in result.obs.select_dtypes("category"):
        result.obs[name] = result.obs[name].cat.reorder_categories(result.obs[name].cat.categories[::-1])


def _swap_names(result: ad.AnnData) -> None:
    result.var_names = result.var_names[::-1]


def _narrow_layer(result: ad.AnnData) -> None:
    result.layers["csr_dense"] = result.layers["csr_dense"].astype("f8")


def _turn_layer(result: ad.AnnData) -> None:
    result.layers["csc_csc"] = result.layers["csc_csc"].tocsc()


def _change_obsm(result: ad.AnnData) -> None:
    result.obsm["dense"][0, 0] += 1


def _drop_obsm_column(result: ad.AnnData) -> None:
    del result.obsm["df"]["text"]


def _leave_block(result: ad.AnnData) -> None:
    pairs = result.obsp["csr_csc"].tolil()
    pairs[0, -1] = 1
    result.obsp["csr_csc"] = pairs.tocsr()


def _drop_raw(result: ad.AnnData) -> None:
    result.raw = None


def _keep_raw_column(result: ad.AnnData) -> None:
    result.raw.var["score"] = 0.5


def _change_var_type(result: ad.AnnData) -> None:
    result.var["bool"] = result.var["bool"].astype("float")


def _reverse_var_columns(result: ad.AnnData) -> None:
    result.var = result.var[result.var.columns[::-1]]


def _add_varp(result: ad.AnnData) -> None:
    result.varp["near"] = np.eye(result.n_vars)


def _change_uns(result: ad.AnnData) -> None:
    result.uns["nested"]["same"][0] = 7


def _change_uns_type(result: ad.AnnData) -> None:
    result.uns["differs"] = float(result.uns["differs"])


def _keep_empty_uns(result: ad.AnnData) -> None:
    result.uns["nested"]["empty"] = {}


def _shuffle_indices(out: Path) -> None:
    group = zarr.open_group(out, mode="r+")
    for part in ("data", "indices"):
        values = group["X"][part][...]
        start, end = group["X/indptr"][...][:2]
        values[start:end] = values[start:end][::-1]
        group["X"][part][...] = values


def _drop_encoding(out: Path) -> None:
    group = zarr.open_group(out, mode="r+", use_consolidated=False)
    del group["obs/phase"].attrs["encoding-type"]
    zarr.consolidate_metadata(group.store)


def _drop_uns_encoding(out: Path) -> None:
    group = zarr.open_group(out, mode="r+", use_consolidated=False)
    del group["uns/same"].attrs["encoding-version"]
    zarr.consolidate_metadata(group.store)


def _stale_consolidation(out: Path) -> None:
    zarr.open_group(out, mode="r+", use_consolidated=False)["var"].attrs["note"] = "late"


def _leave_stray_file(out: Path) -> None:
    (out / "X" / ".partial-0").write_bytes(b"")


def _leave_scratch(out: Path) -> None:
    shutil.copytree(out / "var", out.with_name(".scratch"), dirs_exist_ok=True)


IN_MEMORY: dict[str, Callable[[ad.AnnData], None]] = {
    "other dtype of X": _narrow_x,
    "one other value in X": _change_value,
    "dropped column": _drop_column,
    "reversed categories": _reverse_categories,
    "reversed gene names": _swap_names,
    "other dtype of a layer": _narrow_layer,
    "other format of a layer": _turn_layer,
    "one other value in obsm": _change_obsm,
    "dropped column in obsm": _drop_obsm_column,
    "entry outside the blocks": _leave_block,
    "dropped raw": _drop_raw,
    "column in raw.var": _keep_raw_column,
    "other dtype in var": _change_var_type,
    "reversed columns of var": _reverse_var_columns,
    "varp that is not merged": _add_varp,
    "one other value in uns": _change_uns,
    "float for int in uns": _change_uns_type,
    "empty mapping in uns": _keep_empty_uns,
}
ON_DISK: dict[str, Callable[[Path], None]] = {
    "unsorted indices": _shuffle_indices,
    "lost encoding-type": _drop_encoding,
    "lost encoding-version in uns": _drop_uns_encoding,
    "stale consolidated metadata": _stale_consolidation,
    "stray file": _leave_stray_file,
    "scratch beside the output": _leave_scratch,
}
SABOTAGES = (*IN_MEMORY, *ON_DISK)
