"""The indices: order of joins, odd names, duplicates, index names."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from .recipe import Recipe, cells, random_x, recipe

CODE_POINTS = ["\U0001f600", "z", "\uffee", "é", "Z", "a", "\ud7ff", "中"]
ODD = ["a#1", "50%", "x:y", "a b", "why?", "a/b", "%2F", "a\\b", ".", "..", "*", "\"quoted\"", "", "tab\there", "new\nline"]


def recipes() -> Iterator[Recipe]:
    x = random_x("names", (2, 8))
    first, second = cells(x, along="a", alt=CODE_POINTS), cells(x[:, :7], along="b", alt=CODE_POINTS[:0:-1])
    for join in ("inner", "outer"):
        yield recipe(f"names_code_points_{join}", "sorted by code point, not by UTF-16 unit", [first, second], join=join)
    odd = [cells(random_x("odd", (2, len(ODD))), along=ODD[:2], alt=ODD), cells(random_x("odd2", (3, 4)), along=ODD[4:7], alt=ODD[9:5:-1])]
    yield recipe("names_odd_outer", "names that are awkward in paths, URLs and JSON", odd, join="outer", index_unique="#")
    yield from duplicates()
    yield from index_names()
    yield from folds()


def duplicates() -> Iterator[Recipe]:
    names = ["g1", "g2", "g1"]
    inputs = [cells(random_x(f"dup{n}", (3, 3), kind), along="cc"[n], alt=names) for n, kind in enumerate(("csr", "csc"))]
    for join in ("inner", "outer"):
        yield recipe(f"duplicate_genes_identical_{join}", "duplicate names are allowed where all indices are identical", inputs, join=join)
    yield recipe("duplicate_cells", "the concatenated axis may have duplicates", [cells(random_x("a", (3, 2)), along=["c", "c", "d"]), cells(random_x("b", (2, 2)), along=["c", "e"])])


def index_names() -> Iterator[Recipe]:
    def named(along: str | None, alt: str | None, prefix: str, size: int):
        return cells(
            random_x(f"{prefix}{size}", (2, size)),
            along=pd.Index([prefix + "0", prefix + "1"], name=along),
            alt=pd.Index([f"g{i}" for i in range(size)], name=alt),
        )

    yield recipe("index_name_kept", "the same index name in all inputs", [named("cell", "gene", "a", 3), named("cell", "gene", "b", 2)], join="outer")
    yield recipe("index_name_dropped", "different index names", [named("cell", "gene", "a", 3), named("barcode", None, "b", 3)])


def folds() -> Iterator[Recipe]:
    def three(*names: str) -> list:
        return [cells(np.arange(len(alt), dtype="f4")[None] + 1, along=[f"c{n}"], alt=list(alt)) for n, alt in enumerate(names)]

    for join in ("inner", "outer"):
        yield recipe(f"fold_three_{join}", "a left fold over three inputs", three("cabz", "bcax", "acbq"), join=join)
    yield recipe("fold_empty_middle_outer", "an empty index changes nothing", three("cab", "", "cab"), join="outer")
    yield recipe("fold_five_outer", "five inputs", three("e", "db", "ce", "ba", "f"), join="outer", label="batch")
