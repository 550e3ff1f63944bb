"""raw, and obsp and varp with --pairwise."""

from __future__ import annotations

from collections.abc import Iterator

import anndata as ad
import numpy as np
import pandas as pd
from stores import Style

from .recipe import Recipe, cells, random_x, recipe


def recipes() -> Iterator[Recipe]:
    yield from raws()
    for axis in ("obs", "var"):
        yield from pairs(axis)


def raws() -> Iterator[Recipe]:
    carries = ["obs", "var", "raw"]
    inputs = [with_raw(n, genes) for n, genes in enumerate(("abcd", "cdbe"))]
    for join in ("inner", "outer"):
        yield recipe(f"raw_{join}", "raw with genes of its own: raw.var keeps its index only", inputs, join=join, index_unique="-", carries=carries)
    yield recipe("raw_var_outer", "raw on axis var: raw.var and raw.varm are concatenated", [with_raw(n, genes, axis="var") for n, genes in enumerate(("ab", "cde"))], axis="var", join="outer", label="from", carries=carries)
    yield recipe("raw_fill_value", "a fill value counts for raw too", [with_raw(0, "ab", "dense"), with_raw(1, "bc", "dense")], join="outer", fill_value=1, style=Style(2), carries=carries)
    yield recipe("raw_missing", "raw in one input only: dropped", [inputs[0], cells(along="q", alt=["g0"])], carries=carries)
    yield recipe("raw_single", "one input", inputs[:1], label="from", carries=carries)
    twins = [with_raw(n, genes) for n, genes in enumerate(("aab", "aba"))]
    yield recipe("refuse_raw_duplicates", "duplicate genes of raw, and other indices", twins, join="outer", carries=carries, error="a")
    yield recipe("raw_duplicates_identical", "duplicate genes of raw, in identical indices", [with_raw(n, "aab") for n in range(2)], carries=carries)


def with_raw(number: int, genes: str, kind: str = "csr", axis: str = "obs") -> ad.AnnData:
    a = cells(along="pq"[number] + "0", alt=["g0"]) if axis == "obs" else cells(along="xy"[number], alt=["p0", "p1"][number:], axis="var")
    var = pd.DataFrame({"score": np.arange(len(genes)) / 2}, index=list(genes))
    varm = {"PCs": random_x(f"PCs{number}", (len(genes), 1 + number), "dense")}
    x = random_x(f"raw{number}", (a.n_obs, len(genes)), kind)
    a.raw = ad.AnnData(x, obs=pd.DataFrame(index=a.obs_names), var=var, varm=varm)
    return a


def pairs(axis: str) -> Iterator[Recipe]:
    slot = f"{axis}p"
    mappings = [
        {"csr_csc": square(0, "csr", "i4"), "dense_csr": square(0, "dense", "f4"), "first": square(0, "csc", "?")},
        {"dense_csr": square(1, "csr", "i8"), "csr_csc": square(1, "csc", "u1"), "second": square(1, "dense", "f8")},
    ]
    inputs = [
        cells(along=[f"{'pq'[n]}{i}" for i in range(n + 2)], alt=["g0"], axis=axis, **{slot: mapping}) for n, mapping in enumerate(mappings)
    ]
    rest = {"axis": axis, "carries": ["obs", "var", slot]}
    yield recipe(f"{slot}_dropped", "without --pairwise", inputs, join="outer", **rest)
    for join in ("inner", "outer"):
        yield recipe(f"{slot}_pairwise_{join}", "a block diagonal of every kind", inputs, join=join, pairwise=True, **rest)


def square(number: int, kind: str, dtype: str):
    return random_x(f"square{number}{kind}", (number + 2, number + 2), kind, dtype)
