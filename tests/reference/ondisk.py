"""Checks of an output store's files and metadata, below what anndata looks at."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import zarr

V2_METADATA = (".zarray", ".zgroup", ".zattrs")
SPARSE = ("csr_matrix", "csc_matrix")


def store_problems(path: Path, wanted: zarr.Group, slots: Iterable[str], *, unsorted: set[str]) -> list[str]:
    """What is wrong with the store at `path`; `wanted` is the expected result as anndata wrote it.

    `unsorted` are paths at or below which sparse rows need not be sorted.
    """
    group = zarr.open_group(path, mode="r", use_consolidated=False)
    problems = root_problems(group) + consolidated_problems(path) + file_problems(path, group)
    for slot in slots:
        if slot in wanted and not (slot not in group and _is_nothing(wanted[slot])):
            problems += node_problems(slot, group, wanted)
    for name, node in _walk(group):
        if node.attrs.get("encoding-type") in SPARSE:
            problems += sparse_problems(name, node, sorted_rows=not _is_below(name, unsorted))
    return problems


def _is_nothing(node: zarr.Array | zarr.Group) -> bool:
    """An empty mapping and None, which anndata reads the same where they are absent."""
    encoding = node.attrs.get("encoding-type")
    return encoding == "null" or (encoding == "dict" and not len(node))


def _is_below(name: str, paths: set[str]) -> bool:
    return any(name == path or name.startswith(path + "/") for path in paths)


def leftover_problems(path: Path, before: set[str]) -> list[str]:
    """Names beside the output that were not there before the run."""
    extra = {entry.name for entry in path.parent.iterdir()} - before - {path.name}
    return [f"left behind beside the output: {sorted(extra)}"] if extra else []


def root_problems(group: zarr.Group) -> list[str]:
    encoding = (group.attrs.get("encoding-type"), group.attrs.get("encoding-version"))
    return [] if encoding == ("anndata", "0.1.0") else [f"root encoding: {encoding}"]


def node_problems(name: str, group: zarr.Group, wanted: zarr.Group) -> list[str]:
    """Encodings of `name` and of everything below it are those that anndata writes."""
    if name not in group:
        return [f"{name}: missing on disk"]
    node, reference = group[name], wanted[name]
    if type(node) is not type(reference):
        return [f"{name}: got {type(node).__name__}, anndata writes {type(reference).__name__}"]
    problems = []
    for key in ("encoding-type", "encoding-version"):
        got, expected = node.attrs.get(key), reference.attrs.get(key)
        if got != expected:
            problems.append(f"{name}: attribute {key} is {got!r}, anndata writes {expected!r}")
    if isinstance(node, zarr.Array):
        return problems + _dtype_problems(name, node, reference)
    problems += [f"{name}/{key}: extra node" for key in sorted(set(node) - set(reference))]
    for key in sorted(reference):
        problems += node_problems(f"{name}/{key}", group, wanted)
    return problems


def _without_widths(dtype: np.dtype) -> list | np.dtype:
    """Text in records is as wide as anndata needs it; how wide it was in the input does not matter."""
    if dtype.names is None:
        return dtype
    return [(name, "U" if dtype[name].kind in "OTU" else dtype[name]) for name in dtype.names]


def _dtype_problems(name: str, node: zarr.Array, reference: zarr.Array) -> list[str]:
    got, expected = node.dtype, reference.dtype
    if node.attrs.get("encoding-type") == "numeric-scalar":
        return []  # anndata reads a Python number, and so forgets its width
    if name.rpartition("/")[2] in ("indices", "indptr"):
        return []  # sparse_problems looks at these
    is_same = got.kind in "TOU" if expected.kind in "TOU" else _without_widths(got) == _without_widths(expected)
    return [] if is_same else [f"{name}: stored as {got}, anndata writes {expected}"]


def sparse_problems(name: str, node: zarr.Group, *, sorted_rows: bool) -> list[str]:
    data, indices, indptr = (node[part][...] for part in ("data", "indices", "indptr"))
    shape = tuple(node.attrs["shape"])
    is_csr = node.attrs["encoding-type"] == "csr_matrix"
    major, minor = shape if is_csr else shape[::-1]
    if len(indptr) != major + 1:
        return [f"{name}/indptr: length {len(indptr)} for {major} rows or columns"]
    if indptr[0] != 0 or (np.diff(indptr) < 0).any() or indptr[-1] != len(indices) or len(data) != len(indices):
        return [f"{name}: indptr, indices and data do not fit"]
    if len(indices) and not (0 <= indices.min() and indices.max() < minor):
        return [f"{name}/indices: outside the shape"]
    problems = [
        f"{name}/{part}: {array.dtype}, int32 is enough"
        for part, array in (("indices", indices), ("indptr", indptr))
        if not _is_below(name, {"uns"}) and array.dtype != np.int32 and max(len(indices), *shape) < 2**31
    ]
    if sorted_rows and not _is_sorted(indices, indptr):
        problems.append(f"{name}/indices: not sorted within a row or column")
    return problems


def _is_sorted(indices: np.ndarray, indptr: np.ndarray) -> bool:
    rises = np.diff(indices.astype(np.int64)) >= 0
    starts = indptr[1:-1]
    rises[starts[(starts > 0) & (starts < len(indices))] - 1] = True
    return bool(rises.all())


def consolidated_problems(path: Path) -> list[str]:
    """Consolidated metadata is there and says what the nodes' own metadata says."""
    v2 = path / ".zmetadata"
    if v2.exists():
        consolidated = {key: _own(value) for key, value in _read_json(v2)["metadata"].items()}
        real = {str(file.relative_to(path)): _read_json(file) for key in V2_METADATA for file in path.rglob(key)}
    else:
        root = _read_json(path / "zarr.json")
        if not root.get("consolidated_metadata"):
            return ["no consolidated metadata"]
        consolidated = {key: _own(value) for key, value in root["consolidated_metadata"]["metadata"].items()}
        real = {
            str(file.parent.relative_to(path)): _own(_read_json(file))
            for file in path.rglob("zarr.json")
            if file.parent != path
        }
    keys = sorted(set(consolidated) | set(real))
    unequal = [key for key in keys if (consolidated.get(key) or {}) != (real.get(key) or {})]
    return [f"consolidated metadata differs from the nodes' own for {unequal[:5]}"] if unequal else []


def file_problems(path: Path, group: zarr.Group) -> list[str]:
    """Every file is metadata or a chunk inside its array's grid."""
    known = {path / name for name in ("zarr.json", ".zgroup", ".zattrs", ".zmetadata")}
    for name, node in _walk(group):
        known |= {path / name / file for file in ("zarr.json", *V2_METADATA)}
        if isinstance(node, zarr.Array):
            known |= {path / name / key for key in _chunk_keys(node)}
    strays = sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file() and file not in known)
    return [f"files that belong to no node: {strays[:5]}"] if strays else []


def format_problems(path: Path, zarr_format: int, is_sharded: bool | None, chunks: tuple[int, ...] | None) -> list[str]:
    """The output has the format, sharding and chunks (of a dense X) that were asked for; None: not asked."""
    group = zarr.open_group(path, mode="r")
    if group.metadata.zarr_format != zarr_format:
        return [f"zarr format {group.metadata.zarr_format}, asked for {zarr_format}"]
    x = group.get("X")
    if not isinstance(x, zarr.Array):
        return []
    problems = []
    if is_sharded is not None and (x.shards is not None) != is_sharded:
        problems.append(f"X: shards {x.shards}, asked for {'some' if is_sharded else 'none'}")
    if chunks is not None and any(c < min(want, size) for c, want, size in zip(x.chunks, chunks, x.shape, strict=True)):
        problems.append(f"X: chunks {x.chunks}, asked for {chunks}")
    return problems


def _chunk_keys(array: zarr.Array) -> Iterator[str]:
    sizes = array.shards or array.chunks
    grid = [math.ceil(length / size) for length, size in zip(array.shape, sizes, strict=True)]
    for position in np.ndindex(*grid):
        yield array.metadata.encode_chunk_key(position)


def _walk(group: zarr.Group, prefix: str = "") -> Iterator[tuple[str, zarr.Array | zarr.Group]]:
    for name in sorted(group):
        node = group[name]
        yield prefix + name, node
        if isinstance(node, zarr.Group):
            yield from _walk(node, f"{prefix}{name}/")


def _own(metadata: dict) -> dict:
    return {key: value for key, value in metadata.items() if key != "consolidated_metadata"}


def _read_json(file: Path) -> dict:
    return json.loads(file.read_text())
