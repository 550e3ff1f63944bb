"""The corpus and random draws with h5ad on either side, or both.

    python tests/reference/formats.py [--formats zarr>h5ad,h5ad>h5ad,h5ad>zarr,mixed>h5ad,mixed>zarr]
        [--only NAME...] [--draws N] [--seed S] [--first N]

Inputs are written by anndata itself, in one of the forms that h5ad files have; outputs are read by
anndata and walked with h5py, beside the store that anndata writes of what the result must be.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
from anndata.io import read_elem, write_elem

from cases import CARRIED, load_cases
from compare import differences
from corpus import CASES
from draw import make_draw
from expected import expected, may_be_unsorted
from ondisk import SPARSE, _is_below, _is_nothing, leftover_problems, sparse_problems, store_problems
from options import Options
from refused import Refused
from stores import EMPTY_MAPPINGS, _native, in_memory, read_store, write_store
from tool import Tool, open_tool
from verify import output_problems, refusal_problems

PAIRS = ("zarr>h5ad", "h5ad>h5ad", "h5ad>zarr", "mixed>h5ad", "mixed>zarr")


@dataclass(frozen=True)
class H5Style:
    """How an h5ad file lies on disk: anndata's arguments, the age of the format, chunks of dense arrays."""

    compression: str | None = None
    libver: str | tuple[str, str] = ("earliest", "v108")
    chunk: int | None = None


H5_STYLES = (
    H5Style(),
    H5Style("gzip"),
    H5Style("lzf", chunk=5),
    H5Style("gzip", "latest", chunk=3),
    H5Style(None, "latest", chunk=2),
    H5Style("lzf", ("v110", "v110")),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", default=",".join(PAIRS))
    parser.add_argument("--only", nargs="*", default=None, help="names of cases")
    parser.add_argument("--draws", type=int, default=0, help="random draws beside the corpus")
    parser.add_argument("--first", type=int, default=0, help="number of the first draw")
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    pairs, seed = args.formats.split(","), secrets.randbelow(10**6) if args.seed is None else args.seed
    passed, failed = run_formats(pairs, args.only, seed, range(args.first, args.first + args.draws))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


def run_formats(
    pairs: list[str], only: list[str] | None, seed: int, draws: range, *, every: bool = True
) -> tuple[int, int]:
    """Every case of the corpus with every pair of formats (without `every` one pair each), and draws with one each."""
    tool, passed, failed = open_tool(), 0, 0
    print(f"formats: seed {seed}", flush=True)
    for number, (name, adatas, options, pair) in enumerate([*_cases(pairs, only), *_draws(pairs, seed, draws)]):
        is_case = not name.startswith("draw ")
        if is_case and not every and (number // len(pairs) + seed) % len(pairs) != number % len(pairs):
            continue
        problems = problems_of(tool, adatas, options, pair, sum(map(ord, name)))
        if problems is None:
            continue
        passed, failed = passed + (not problems), failed + bool(problems)
        if problems:
            print(f"FAIL {name} {pair}: {'; '.join(problems[:4])}", flush=True)
    tool.close()
    return passed, failed


def _cases(pairs: list[str], only: list[str] | None) -> Iterator[tuple]:
    for case in load_cases(CASES):
        if set(case.carries) <= set(CARRIED) and (only is None or case.path.name in only):
            adatas = [read_store(path) for path in case.inputs]
            for pair in pairs:
                yield case.path.name, adatas, case.options, pair


def _draws(pairs: list[str], seed: int, numbers: range) -> Iterator[tuple]:
    for number in numbers:
        draw = make_draw(seed, number, list(CARRIED))
        yield f"draw {number}", [a for a, _ in draw.inputs], draw.options, pairs[number % len(pairs)]


def problems_of(tool: Tool, adatas: list[ad.AnnData], options: Options, pair: str, number: int) -> list[str] | None:
    """One line for each thing wrong; None where the options do not go with the output's format."""
    source, _, target = pair.partition(">")
    if target == "h5ad":
        options = _for_h5ad(options)
    with tempfile.TemporaryDirectory(prefix="anncat-formats-") as folder:
        paths: list[Path] = []
        for at, adata in enumerate(adatas):
            is_h5ad = source == "h5ad" or (source == "mixed" and (at + number) % 2 == 0)
            paths.append(Path(folder) / f"{at}.{'h5ad' if is_h5ad else 'zarr'}")
            try:
                write_any(adata, paths[-1], H5_STYLES[(number + at) % len(H5_STYLES)])
            except Exception:  # noqa: BLE001: what anndata cannot write in this format is no input
                return None
        return run_problems(tool, paths, options, Path(folder) / f"out.{target}", list(CARRIED))


def _for_h5ad(options: Options) -> Options:
    codec = {"zstd:1": "lzf", "blosc-lz4": "gzip:1", "zstd:5": "lzf"}.get(options.codec or "", options.codec)
    return replace(options, zarr_format=None, shards=None, codec=codec)


def write_any(adata: ad.AnnData, path: Path, style: H5Style) -> None:
    if path.suffix == ".zarr":
        return write_store(adata, path)
    with ad.settings.override(allow_write_nullable_strings=True), h5py.File(path, "w", libver=style.libver) as file:
        write_elem(file, "/", adata, dataset_kwargs={"compression": style.compression} if style.compression else {})
        if style.chunk is not None:
            _rechunk(file, style.chunk, style.compression)


def _rechunk(file: h5py.File, chunk: int, compression: str | None) -> None:
    """Numeric datasets in small chunks, with shuffle and a checksum."""
    names: list[str] = []
    file.visititems(lambda name, node: names.append(name) if _is_numbers(node) else None)
    for name in names:
        values, attrs, dtype = file[name][()], dict(file[name].attrs), file[name].dtype
        del file[name]
        chunks = tuple(max(1, min(chunk * 2 ** (8 if len(values.shape) == 1 else 0), length)) for length in values.shape)
        made = file.create_dataset(name, data=values, dtype=dtype, chunks=chunks, compression=compression, shuffle=True, fletcher32=True)
        made.attrs.update(attrs)


def _is_numbers(node) -> bool:
    return isinstance(node, h5py.Dataset) and bool(node.shape) and 0 not in node.shape and node.dtype.kind in "iufb"


def read_any(path: Path) -> ad.AnnData:
    if path.suffix == ".zarr":
        return read_store(path)
    adata = ad.read_h5ad(path)
    slots = {slot: _native(getattr(adata, slot)) for slot in ("X", "obs", "var", *EMPTY_MAPPINGS)}
    native = ad.AnnData(**slots)
    with h5py.File(path) as file:
        raw = read_elem(file["raw"]) if "raw" in file else None
    if raw is not None:
        parts = {slot: _native(getattr(raw, slot)) for slot in ("X", "var", "varm")}
        native.raw = ad.AnnData(obs=adata.obs[[]], **parts)
    return native


def run_problems(tool: Tool, inputs: list[Path], options: Options, out: Path, slots: list[str]) -> list[str]:
    adatas = [read_any(path) for path in inputs]
    before = {entry.name for entry in out.parent.iterdir()}
    outcome = tool.run(["concat", *map(str, inputs), "--out", str(out), *options.to_args(), "--progress", "none"])
    try:
        wanted = expected(adatas, options)
    except Refused as refusal:
        return refusal_problems(outcome, refusal.pattern, out) + leftover_problems(out, before)
    if outcome.exit != 0:
        return [f"exit {outcome.exit}: {outcome.stderr.strip()[-300:]}"]
    problems, unsorted = leftover_problems(out, before), may_be_unsorted(adatas, options)
    if out.suffix == ".zarr":
        problems += output_problems(out, wanted, slots)
        return problems + store_problems(out, in_memory(wanted), slots, unsorted=unsorted)
    try:
        problems += differences(read_any(out), wanted, slots)
        return problems + h5_problems(out, wanted, slots, unsorted)
    except Exception as error:  # noqa: BLE001: whatever anndata or h5py raises is the finding
        return [*problems, f"Python cannot read the output: {error!r}"]


def h5_problems(out: Path, wanted: ad.AnnData, slots: list[str], unsorted: set[str]) -> list[str]:
    """Types, shapes and encodings of the file beside those of the one that anndata writes."""
    reference = out.with_name("wanted.h5ad")
    with ad.settings.override(allow_write_nullable_strings=True), h5py.File(reference, "w") as file:
        write_elem(file, "/", wanted)
    with h5py.File(out) as file, h5py.File(reference) as other:
        problems = _attribute_problems("/", file, other)
        for slot in slots:
            if slot in other and not (slot not in file and _is_nothing_h5(other[slot])):
                problems += _node_problems(slot, file, other)
        names: list[str] = []
        file.visit(names.append)
        for name in names:
            node = file[name]
            if isinstance(node, h5py.Group) and node.attrs.get("encoding-type") in SPARSE:
                problems += sparse_problems(name, node, sorted_rows=not _is_below(name, unsorted))
    reference.unlink()
    return problems


def _is_nothing_h5(node: h5py.Dataset | h5py.Group) -> bool:
    return node.attrs.get("encoding-type") == "null" or (isinstance(node, h5py.Group) and _is_nothing(node))


def _node_problems(name: str, file: h5py.File, other: h5py.File) -> list[str]:
    if name not in file:
        return [f"{name}: missing on disk"]
    node, reference = file[name], other[name]
    if type(node) is not type(reference):
        return [f"{name}: got {type(node).__name__}, anndata writes {type(reference).__name__}"]
    problems = _attribute_problems(name, node, reference)
    if isinstance(node, h5py.Dataset):
        return problems + _dataset_problems(name, node, reference)
    problems += [f"{name}/{key}: extra node" for key in sorted(set(node) - set(reference))]
    for key in reference:
        problems += _node_problems(f"{name}/{key}", file, other)
    return problems


def _dataset_problems(name: str, node: h5py.Dataset, reference: h5py.Dataset) -> list[str]:
    if node.shape != reference.shape:
        return [] if name.rpartition("/")[2] in ("indices", "data") else [f"{name}: shape {node.shape}, anndata writes {reference.shape}"]
    is_free = node.attrs.get("encoding-type") == "numeric-scalar" or name.rpartition("/")[2] in ("indices", "indptr")
    if is_free or node.id.get_type().equal(reference.id.get_type()) or node.shape is None:
        return []
    # Text of a fixed size in records is as wide as the input has it.
    return [] if node.dtype == reference.dtype else [f"{name}: stored as {node.dtype}, anndata writes {reference.dtype}"]


def _attribute_problems(name: str, node, reference) -> list[str]:
    problems = []
    for key in sorted(set(node.attrs) | set(reference.attrs)):
        if key not in node.attrs or key not in reference.attrs:
            problems.append(f"{name}: attribute {key} is {'missing' if key in reference.attrs else 'extra'}")
            continue
        got, wanted = node.attrs[key], reference.attrs[key]
        is_same = np.shape(got) == np.shape(wanted) and np.array_equal(got, wanted)
        types = [one.attrs.get_id(key).dtype for one in (node, reference)]
        if not is_same or types[0] != types[1]:
            problems.append(f"{name}: attribute {key} is {got!r} ({types[0]}), anndata writes {wanted!r} ({types[1]})")
    return problems


if __name__ == "__main__":
    main()
