"""Writes an AnnData as a zarr store in any of the forms that stores take in the wild.

anndata writes the store into memory; each array is then written again in the wanted style, so that
every encoding is anndata's own and only chunks, codecs, byte order and the like are ours.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import numcodecs
import numpy as np
import pandas as pd
import zarr
from anndata.io import read_elem, write_elem
from zarr.codecs import BloscCodec, BytesCodec, GzipCodec, TransposeCodec, ZstdCodec
from zarr.codecs import numcodecs as v3_numcodecs

UNSWAPPED = ("values", "codes", "categories", "data", "indices", "indptr")
"""Arrays that anndata hands to pandas or scipy, which cannot take the other byte order from zarr v2."""
METADATA_FILES = ("zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata")
EMPTY_MAPPINGS = ("layers", "obsm", "varm", "obsp", "varp", "uns")


@dataclass(frozen=True)
class Style:
    """How a store lies on disk.

    `chunk` caps the chunk length along every dimension; `shard` is the number of chunks of a shard
    along every dimension (zarr v3 only). `fill` gives numeric arrays a fill value other than 0:
    chunks that hold nothing else are then missing on disk, as all-zero chunks are by default.
    """

    zarr_format: int = 3
    chunk: int | None = None
    shard: int | None = None
    codec: str = "zstd"
    array_filter: str | None = None
    consolidated: bool = True
    big_endian: bool = False
    f_order: bool = False
    wide_indices: bool = False
    fill: int | None = None
    slash_keys: bool = False
    fixed_strings: str | None = None
    untyped_arrays: bool = False
    bare: bool = True


V2_CODECS = {
    "none": None,
    "zstd": numcodecs.Zstd(1),
    "gzip": numcodecs.GZip(1),
    "zlib": numcodecs.Zlib(1),
    "lz4": numcodecs.LZ4(),
    "blosc-lz4": numcodecs.Blosc("lz4", clevel=5, shuffle=1),
    "blosc-zstd": numcodecs.Blosc("zstd", clevel=1, shuffle=1),
    "blosc-bitshuffle": numcodecs.Blosc("lz4", clevel=5, shuffle=2),
    "blosc-zlib-noshuffle": numcodecs.Blosc("zlib", clevel=1, shuffle=0),
}
V3_CODECS = {
    "none": lambda _size: None,
    "zstd": lambda _size: [ZstdCodec(level=1)],
    "zstd-checksum": lambda _size: [ZstdCodec(level=1, checksum=True)],
    "gzip": lambda _size: [GzipCodec(level=1)],
    "zlib": lambda _size: [v3_numcodecs.Zlib(level=1)],
    "lz4": lambda _size: [v3_numcodecs.LZ4()],
    "blosc-lz4": lambda size: [BloscCodec(cname="lz4", shuffle="shuffle", typesize=size)],
    "blosc-zstd": lambda size: [BloscCodec(cname="zstd", clevel=1, shuffle="shuffle", typesize=size)],
    "blosc-bitshuffle": lambda size: [BloscCodec(cname="lz4", shuffle="bitshuffle", typesize=size)],
}


def write_store(adata: ad.AnnData, path: Path, style: Style = Style()) -> None:
    source = in_memory(adata, style.zarr_format)
    files: dict[str, zarr.core.buffer.Buffer] = {}
    store = zarr.storage.MemoryStore(files)
    target = zarr.create_group(store, zarr_format=style.zarr_format, attributes=source.attrs.asdict())
    _copy_group(source, target, style)
    if style.consolidated:
        zarr.consolidate_metadata(store)
    shutil.rmtree(path, ignore_errors=True)
    for name, buffer in files.items():
        content = _settled(name, buffer.to_bytes(), style)
        if not (name.endswith(".zattrs") and content == b"{}"):
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def _settled(name: str, content: bytes, style: Style) -> bytes:
    """Short metadata, and no time of day in gzip's header: the same store gives the same bytes."""
    if Path(name).name in METADATA_FILES:
        return json.dumps(json.loads(content), separators=(",", ":")).encode()
    if style.codec == "gzip" and content.startswith(b"\x1f\x8b"):
        return content[:4] + bytes(4) + content[8:]
    return content


def read_store(path: Path) -> ad.AnnData:
    """What anndata reads, in native byte order (pandas and scipy cannot work with the other)."""
    adata = ad.read_zarr(path)
    slots = {slot: _native(getattr(adata, slot)) for slot in ("X", "obs", "var", *EMPTY_MAPPINGS)}
    native = ad.AnnData(**slots)
    raw = _read_raw(path)
    if raw is not None:
        parts = {slot: _native(getattr(raw, slot)) for slot in ("X", "var", "varm")}
        native.raw = ad.AnnData(obs=pd.DataFrame(index=adata.obs_names), **parts)
    return native


def _read_raw(path: Path) -> ad.AnnData | None:
    """Read by itself, as `read_zarr` forgets it where there are no cells."""
    group = zarr.open_group(path, mode="r")
    return read_elem(group["raw"]) if "raw" in group else None


def _native(value):
    """`value`, and all that it holds, in native byte order; texts as objects."""
    match value:
        case Mapping():
            return {key: _native(inner) for key, inner in value.items()}
        case pd.DataFrame():
            return pd.DataFrame({name: _native(value[name]) for name in value}, index=value.index)
        case np.ndarray() if value.dtype.kind in "TU":
            return value.astype(object)
    dtype = getattr(value, "dtype", None)
    is_swapped = isinstance(dtype, np.dtype) and not dtype.isnative
    return value.astype(dtype.newbyteorder("=")) if is_swapped else value


def in_memory(adata: ad.AnnData, zarr_format: int = 3) -> zarr.Group:
    """The store as anndata itself writes it."""
    group = zarr.open_group(zarr.storage.MemoryStore(), mode="w", zarr_format=zarr_format)
    with ad.settings.override(allow_write_nullable_strings=True):
        write_elem(group, "/", adata)
    return zarr.open_group(group.store, mode="r", zarr_format=zarr_format)


def _copy_group(source: zarr.Group, target: zarr.Group, style: Style) -> None:
    for name in sorted(source):
        node = source[name]
        if isinstance(node, zarr.Array):
            is_raw_null = node.attrs.get("encoding-type") == "null" and source.path == ""
            if not (style.bare and is_raw_null):
                _copy_array(node, target, name, style)
        elif not (style.bare and source.path == "" and name in EMPTY_MAPPINGS and not len(node)):
            _copy_group(node, target.create_group(name, attributes=node.attrs.asdict()), style)


def _copy_array(source: zarr.Array, target: zarr.Group, name: str, style: Style) -> None:
    values = np.asarray(source[...])
    is_text = values.dtype.kind in "OUT"
    if is_text and style.fixed_strings and style.zarr_format == 2:
        values = _fixed(values, style.fixed_strings)
    elif name in ("indices", "indptr") and style.wide_indices:
        values = values.astype(np.int64)
    if style.big_endian and style.zarr_format == 2 and values.dtype.kind in "iufc" and name not in UNSWAPPED:
        values = values.astype(values.dtype.newbyteorder(">"))
    attributes = source.attrs.asdict()
    if style.untyped_arrays and attributes.get("encoding-type") in ("array", "string-array"):
        attributes = {}
    array = target.create_array(
        name,
        shape=values.shape,
        attributes=attributes,
        dtype=source.dtype if values.dtype.kind in "OT" else values.dtype,
        **_layout(values, style),
        **_coding(values, style),
    )
    if values.ndim == 0:
        array[...] = values[()]
    elif values.size:
        array[...] = values


def _fixed(values: np.ndarray, kind: str) -> np.ndarray:
    if kind == "S" and all(str(value).isascii() for value in values.flat):
        return values.astype(object).astype("S")
    return values.astype(object).astype("U")


def _layout(values: np.ndarray, style: Style) -> dict:
    cap = style.chunk or max((1, *values.shape))
    chunks = tuple(max(1, min(cap, length)) for length in values.shape)
    layout: dict = {"chunks": chunks}
    if style.shard and style.zarr_format == 3 and values.ndim and values.dtype.names is None:  # zarr cannot
        layout["shards"] = tuple(length * style.shard for length in chunks)
    if style.fill is not None and values.dtype.kind in "iuf":
        layout["fill_value"] = style.fill
    elif values.dtype.kind in "iufb":
        layout["fill_value"] = 0
    if style.zarr_format == 2 and style.slash_keys:
        layout["chunk_key_encoding"] = {"name": "v2", "separator": "/"}
    return layout


def _coding(values: np.ndarray, style: Style) -> dict:
    is_number = values.dtype.kind in "iufcb"
    if style.zarr_format == 2:
        coding: dict = {"compressors": V2_CODECS[style.codec]}
        if is_number and style.array_filter:
            coding["filters"] = [_v2_filter(style.array_filter, values.dtype)]
        if style.f_order and values.ndim > 1:
            coding["order"] = "F"
        return coding
    coding = {"compressors": V3_CODECS[style.codec](values.dtype.itemsize if is_number else 1)}
    if is_number and style.big_endian and values.dtype.itemsize > 1:
        coding["serializer"] = BytesCodec(endian="big")
    if style.f_order and values.ndim > 1:
        coding["filters"] = [TransposeCodec(order=tuple(reversed(range(values.ndim))))]
    return coding


def _v2_filter(name: str, dtype: np.dtype) -> numcodecs.abc.Codec:
    if name == "delta" and dtype.kind in "iuf":
        return numcodecs.Delta(dtype.str)
    return numcodecs.Shuffle(dtype.itemsize)
