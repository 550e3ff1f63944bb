"""One random concatenation: inputs, how they lie on disk, options. Fixed by a seed and a number."""

from __future__ import annotations

from dataclasses import dataclass

import anndata as ad
import numpy as np

from elements import RELATIONS, Sketch, along_names, alt_names
from options import STRATEGIES, Options
from slots import make_inputs
from stores import Style

KEYS = ("a", "b b", "é", "10", "9", "ctrl#1", "x/y", "-1", "", "z")


@dataclass(frozen=True)
class Draw:
    inputs: list[tuple[ad.AnnData, Style]]
    options: Options


def make_draw(seed: int, number: int, slots: list[str]) -> Draw:
    rng = np.random.default_rng([seed, number])
    count = int(rng.choice([1, 2, 2, 2, 3, 3, 5]))
    options = _random_options(rng, count, slots)
    relation = str(rng.choice(RELATIONS))
    alt = alt_names(rng, relation, count, int(rng.integers(0, 12)))
    if rng.random() < 0.06:
        alt = [_with_duplicate(rng, names) for names in alt]
    along = [along_names(rng, int(rng.choice([0, 1, 4, 7, 12, 30])), f"c{i}_" if rng.random() < 0.7 else "c") for i in range(count)]
    sketch = Sketch(rng, options.axis, list(zip(along, alt, strict=True)), options.fill_value)
    inputs = make_inputs(sketch, slots)
    return Draw([(a, _random_style(rng)) for a in inputs], options)


def _with_duplicate(rng: np.random.Generator, names: list[str]) -> list[str]:
    return [*names, names[0]] if names else names


def _random_options(rng: np.random.Generator, count: int, slots: list[str]) -> Options:
    def maybe(probability: float, *values):
        return values[int(rng.integers(len(values)))] if rng.random() < probability else None

    join = str(rng.choice(["inner", "outer"]))
    chunks = maybe(0.3, (3, 2), (5, 4), (100, 100))
    is_v3 = rng.random() < 0.5
    is_sharded = chunks is not None and is_v3 and rng.random() < 0.5
    return Options(
        axis=str(rng.choice(["obs", "var"])),
        join=join,
        label=maybe(0.4, "batch", "col0", "a label"),
        keys=tuple(str(key) for key in rng.permutation(KEYS)[:count]) if rng.random() < 0.3 else None,
        index_unique=maybe(0.25, "-", "::", "#"),
        fill_value=maybe(0.35, 0, 1, 1.5, -1) if join == "outer" else None,
        sparse_layout=maybe(0.25, "csr", "csc") or "auto",
        zarr_format=(3 if is_v3 else maybe(0.5, 2)) if chunks or rng.random() < 0.3 else None,
        chunks=None if chunks is None else ",".join(map(str, chunks)),
        shards=",".join(str(2 * length) for length in chunks) if is_sharded else None,
        codec=maybe(0.25, "none", "zstd:1", "blosc-lz4", "gzip:1"),
        workers=maybe(0.4, 0, 1, 2),
        pairwise=bool({"obsp", "varp"} & set(slots)) and rng.random() < 0.5,
        merge=maybe(0.8, *STRATEGIES, "coalesce") if "merge" in slots else None,
        uns_merge=maybe(0.8, *STRATEGIES, "nest") if "uns" in slots else None,
    )


def _random_style(rng: np.random.Generator) -> Style:
    zarr_format = int(rng.choice([2, 3]))
    codecs = ["none", "zstd", "gzip", "zlib", "lz4", "blosc-lz4", "blosc-zstd", "blosc-bitshuffle"]
    return Style(
        zarr_format=zarr_format,
        chunk=[None, 2, 3, 7][int(rng.integers(4))],
        shard=2 if zarr_format == 3 and rng.random() < 0.4 else None,
        codec=str(rng.choice(codecs)),
        array_filter=str(rng.choice(["shuffle", "delta"])) if rng.random() < 0.15 else None,
        consolidated=bool(rng.random() < 0.7),
        big_endian=bool(rng.random() < 0.15),
        f_order=bool(rng.random() < 0.2),
        wide_indices=bool(rng.random() < 0.2),
        fill=1 if rng.random() < 0.1 else None,
        slash_keys=bool(rng.random() < 0.2),
        fixed_strings="U" if rng.random() < 0.1 else None,
        bare=bool(rng.random() < 0.5),
    )
