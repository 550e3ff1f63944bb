"""label, keys, index_unique, one input, many inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from stores import Style

from .recipe import Recipe, cells, random_x, recipe


def recipes() -> Iterator[Recipe]:
    three = [cells(random_x(f"k{n}", (n + 1, 3)), obs={"batch": np.arange(n + 1)}) for n in range(3)]
    yield recipe("label_default_keys", "keys are 0, 1, 2; the label overwrites a column in place", three, label="batch")
    yield recipe("label_keys", "keys keep the given order", three, label="sample", keys=("z", "10", "9"), index_unique="-")
    yield recipe("label_odd_keys", "odd keys and label", three, label="a b", keys=("", "é\U0001f600", "x,y"), index_unique="::")
    yield recipe("label_more_keys", "keys that no input uses stay as categories", three, label="s", keys=("a", "b", "c", "d"))
    yield recipe("index_unique_only", "index_unique without label", three, index_unique="-", style=Style(zarr_format=2))
    yield recipe("label_var", "label on axis var", [cells(random_x(f"v{n}", (3, 2)), along="ab"[n], axis="var") for n in range(2)], axis="var", label="part", keys=("x", "y"))
    dense = cells(random_x("one", (4, 3), "dense"), obs={"n": np.arange(4)})
    yield recipe("single_dense", "one input goes the same way as many", [dense], label="b", keys=("only",), index_unique="_")
    yield recipe("single_csc_obs", "one csc input comes out as csr", [cells(random_x("one", (4, 3), "csc"))], join="outer")
    yield recipe("single_csc_var", "one csc input stays csc on axis var", [cells(random_x("one", (4, 3), "csc"), axis="var")], axis="var")
    five = [cells(random_x(f"five{n}", (2, 4), kind), along="abcde"[n], alt=list("wxyzuv"[n % 3 : n % 3 + 4])) for n, kind in enumerate(("csr", "csc", "dense", "csr", "dense"))]
    yield recipe("five_mixed_outer", "five inputs of every kind", five, join="outer", label="batch", index_unique="-")
    yield from carried()


def carried() -> Iterator[Recipe]:
    """Inputs with slots that later issues carry."""

    def rich(number: int, genes: str):
        shape = (3, len(genes))
        x = random_x(f"rich{number}", shape)
        return cells(
            x,
            along="ab"[number],
            alt=list(genes),
            layers={"counts": (x * 2).astype("i4"), **({"only": x.toarray()} if number else {})},
            obsm={"pca": random_x(f"pca{number}", (3, 2 + number), "dense")},
            varm={"loadings": random_x("varm", (len(genes), 2), "dense")},
            obsp={"near": random_x(f"near{number}", (3, 3))},
            uns={"title": "same", "number": number, "nested": {"a": 1, "b": [number, 2]}},
        )

    inputs = [rich(0, "abc"), rich(1, "bcd")]
    yield recipe("carries_ignored", "inputs with layers, obsm, uns: X, obs and var as ever", inputs)
    yield recipe("layers_outer", "layers, one only in the second input", inputs, join="outer", carries=["X", "obs", "var", "layers"])
    yield recipe("obsm_outer", "obsm of two widths", inputs, join="outer", carries=["X", "obs", "var", "obsm"])
    yield recipe("merge_same", "merge and uns_merge", inputs, merge="same", uns_merge="same", carries=["X", "obs", "var", "varm", "merge", "uns"])
    yield recipe("pairwise", "obsp as block diagonal", inputs, pairwise=True, carries=["X", "obs", "var", "obsp"])
