"""uns: what --uns-merge keeps of nested values of every kind."""

from __future__ import annotations

from collections.abc import Iterator

import awkward as ak
import numpy as np
import pandas as pd
from options import STRATEGIES
from stores import Style

from .recipe import Recipe, cells, random_x, recipe


def recipes() -> Iterator[Recipe]:
    for strategy in STRATEGIES:
        yield _recipe(f"uns_{strategy}", "values that are equal, differ or are missing", [mixed(n) for n in range(3)], uns_merge=strategy)
    yield _recipe("uns_none", "without --uns-merge uns is empty", [mixed(0), mixed(1)])
    yield _recipe("uns_every_kind_first", "every kind of value", [every_kind()] * 2, uns_merge="first", style=Style(2))
    yield _recipe("uns_every_kind_same", "every kind of value, equal but for scalar NaN", [every_kind()] * 2, uns_merge="same")
    yield _recipe("uns_equality_same", "1 == 1.0 == true, types of arrays count, sparse formats do not", list(equalities()), uns_merge="same")
    yield _recipe("uns_nest", "every input's uns under its key", [mixed(0), mixed(1), {}], uns_merge="nest")
    yield _recipe("uns_nest_keys", "keys of one's own", [every_kind(), mixed(1)], uns_merge="nest", keys=("day 1", "é#"), label="day")
    yield _recipe("refuse_uns_nest_slash", "a key that is no name in uns", [mixed(0), mixed(1)], uns_merge="nest", keys=("a/b", "c"), error="(?i)nest.*a/b")
    ragged = ak.Array([[{"x": 1, "y": [1, 2]}], [], [{"x": 2, "y": []}]])
    yield _recipe("uns_awkward", "awkward arrays are carried as they are", [{"ragged": ragged, "differs": ak.Array([[1], [n]])} for n in range(2)], uns_merge="same")
    yield _recipe("uns_single", "one input: an empty mapping does not survive", [mixed(0)], uns_merge="only")


def mixed(number: int) -> dict:
    tree = {
        "same": "text",
        "differs": number,
        "nested": {"same": np.arange(3), "differs": [f"s{number}"], "deep": {"differs": number, f"only{number}": 1.5}, "empty": {}},
        "sometimes mapping": {"a": 1} if number else 1,
        "vanishes": {"x": number},
        f"only{number}": {"table": pd.DataFrame({"n": [number]}, index=["r"])},
    }
    if number != 1:
        tree["not in the second"] = np.array(["a", "b"], object)
    return tree


def every_kind() -> dict:
    return {
        "int": 3,
        "float": 0.1,
        "float32": np.float32(0.5),
        "big": 2**62,
        "true": True,
        "nan": float("nan"),
        "text": "é\U0001f600\n",
        "empty text": "",
        "none": None,
        "empty": {},
        "numbers": np.array([[1, 2], [3, 4]], "u1"),
        "nan array": np.array([np.nan, 1.0], "f4"),
        "bools": np.array([True, False]),
        "texts": np.array([["a", "b"], ["", "é"]], object),
        "nothing": np.zeros(0),
        "fields": np.array([(1, 2.5), (2, np.nan)], dtype=[("i", "i4"), ("f 1", "f8")]),
        "text fields": np.array([("a", "long name")], dtype=[("g0", "U12"), ("g1", "U12")]),
        "csr": random_x("uns", (2, 3)),
        "csc": random_x("uns", (2, 3), "csc"),
        "table": pd.DataFrame({"n": [1, 2], "c": pd.Categorical(["x", None])}, index=["r0", "r1"]),
        "categories": pd.Categorical(["x", "y", "x"]),
        "nullable": pd.array([1, None], dtype="Int8"),
    }


def equalities() -> Iterator[dict]:
    matrix = random_x("equal", (2, 2), "csr", "f4")
    yield {"scalar": 1, "text": "1", "array": np.array([1, 2]), "shape": np.zeros((2, 1)), "nan": np.array([np.nan]), "sparse": matrix, "kind": {"a": 1}}
    yield {"scalar": 1.0, "text": 1, "array": np.array([1.0, 2.0]), "shape": np.zeros(2), "nan": np.array([np.nan]), "sparse": matrix.tocsc().astype("f8"), "kind": {"a": True}}
    yield {"scalar": True, "text": "1", "array": np.array([1, 2]), "shape": np.zeros((2, 1)), "nan": np.array([np.nan]), "sparse": matrix, "kind": {"a": 1.0}}


def _recipe(name: str, description: str, trees: list[dict], **rest) -> Recipe:
    inputs = [cells(along="pqr"[n], alt=["g0"], uns=tree) for n, tree in enumerate(trees)]
    return recipe(name, description, inputs, carries=["obs", "var", "uns"], **rest)
