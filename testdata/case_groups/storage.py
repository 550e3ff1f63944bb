"""How inputs lie on disk: formats, chunks, codecs, filters, byte order; and how the output is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from stores import V2_CODECS, V3_CODECS, Style

from .recipe import Recipe, cells, random_x, recipe


def recipes() -> Iterator[Recipe]:
    yield recipe("v2_codecs", "zarr v2, every codec and filter", list(_coded(2, [*V2_CODECS])), join="outer")
    yield recipe("v3_codecs", "zarr v3, every codec", list(_coded(3, [*V3_CODECS])), join="outer")
    for version in (2, 3):
        yield recipe(f"v{version}_big_endian", "big-endian numbers", inputs(), style=Style(version, chunk=5, big_endian=True))
        yield recipe(f"v{version}_f_order", "column-major chunks", inputs(), style=Style(version, chunk=3, f_order=True), join="outer")
        yield recipe(f"v{version}_unconsolidated", "no consolidated metadata", inputs()[:1], style=Style(version, consolidated=False))
        yield recipe(f"v{version}_fill_value", "missing chunks stand for a fill value of 1", ones(), style=Style(version, chunk=3, fill=1))
        yield recipe(f"v{version}_missing_chunks", "missing chunks stand for zeros", zeros(), style=Style(version, chunk=3))
        yield recipe(f"v{version}_whole_layout", "every group that anndata writes", inputs()[:1], style=Style(version, bare=False))
    yield recipe("v2_slash_keys", "zarr v2, chunk keys with a slash", inputs(), style=Style(2, chunk=3, slash_keys=True))
    yield recipe("v3_sharded_small", "v3, shards of several chunks", inputs(), style=Style(3, chunk=2, shard=3), join="outer")
    yield recipe("v3_sharded_f_order_big_endian", "v3, shards, column-major and big-endian", inputs(), style=Style(3, chunk=2, shard=2, f_order=True, big_endian=True))
    yield recipe("v2_and_v3_sharded", "a v2 and a sharded input", list(zip(inputs(), (Style(2, chunk=4), Style(3, chunk=2, shard=2)), strict=True)), join="outer")
    yield from outputs()


def _coded(version: int, codecs: list[str]) -> Iterator[tuple]:
    """One input for each codec; for zarr v2 one for each filter too."""
    styles = [Style(version, codec=codec) for codec in codecs]
    if version == 2:
        styles += [Style(2, array_filter=name) for name in ("shuffle", "delta")]
    for number, style in enumerate(styles):
        kind = ("csr", "dense")[number % 2]
        columns = {"n": np.arange(20) ** 2, "s": np.array(["text"] * 20, object)}
        yield cells(random_x(f"coded{number}", (20, 4), kind), along=[f"{number}_{i}" for i in range(20)], obs=columns), style


def inputs() -> list:
    """A csr and a dense input with a few columns."""
    frames = [
        {"n": np.arange(7, dtype="i4")},
        {"n": np.arange(5, dtype="f4") / 2, "g": pd.Categorical(list("abcab"))},
    ]
    xs = random_x("store0", (7, 5)), random_x("store1", (5, 4), "dense")
    return [cells(x, along="ab"[n], alt=list("vwxyz"[n:]), obs=obs) for n, (x, obs) in enumerate(zip(xs, frames, strict=True))]


def ones() -> list:
    x = np.ones((5, 4), "f4")
    x[4, 3] = 2
    return [cells(x, along="a", obs={"one": np.ones(5, "i4")})]


def zeros() -> list:
    x = np.zeros((5, 4), "i4")
    x[0, 0] = 3
    return [cells(x, along="a", obs={"zero": np.zeros(5), "no": np.zeros(5, bool)})]


def outputs() -> Iterator[Recipe]:
    v2 = Style(2, chunk=4)
    yield recipe("out_v3_from_v2", "the output's format is asked for", inputs(), style=v2, zarr_format=3, join="outer")
    yield recipe("out_v2_from_v3", "the output's format is asked for", inputs(), style=Style(3, chunk=2, shard=2), zarr_format=2, join="outer")
    yield recipe("out_sharded", "chunks and shards are asked for", _dense(), zarr_format=3, chunks="2,3", shards="4,6")
    yield recipe("out_chunks", "chunks are asked for", _dense(), style=v2, chunks="3,2")
    for codec in ("none", "zstd:5", "blosc-lz4", "gzip:1"):
        yield recipe(f"out_codec_{_word(codec)}", "the codec is asked for", inputs()[:1], style=v2, codec=codec)


def _dense() -> list:
    return [cells(random_x(f"out{n}", (6, 5), "dense"), along="ab"[n]) for n in range(2)]


def _word(codec: str) -> str:
    return codec.replace("-", "_").replace(":", "_")
