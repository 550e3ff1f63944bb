"""Layers: every kind beside every other, missing keys, orders of keys."""

from __future__ import annotations

from collections.abc import Iterator

from stores import Style

from .recipe import Recipe, cells, random_x, recipe

CARRIES = ["obs", "var", "layers"]
GENES = ("abc", "bcd")


def recipes() -> Iterator[Recipe]:
    kinds = {"csr_dense": ("csr", "dense"), "csc_csc": ("csc", "csc"), "dense_dense": ("dense", "dense")}
    for axis in ("obs", "var"):
        inputs = two(axis, {name: pair for name, pair in kinds.items()})
        yield _recipe(f"layers_kinds_{axis}_outer", "csr, csc and dense layers, other genes", inputs, axis=axis, join="outer")
    yield _recipe("layers_kinds_inner_v2", "csr, csc and dense layers", two("obs", kinds), style=Style(2))
    yield _recipe("layers_csc_forced_inner", "csc is asked for", two("obs", kinds), sparse_layout="csc")
    lacking = {"dense": ("dense", None), "csr": (None, "csr"), "csc": ("csc", None)}
    for join in ("inner", "outer"):
        yield _recipe(f"layers_missing_{join}", "each layer in one input only, f4", two("obs", lacking), join=join)
    yield _recipe("layers_missing_fill_1", "missing layers, and a fill value", two("obs", lacking), join="outer", fill_value=1)
    yield _recipe("layers_missing_var_outer", "missing layers on axis var", two("var", lacking), axis="var", join="outer")
    bools = two("obs", {"flag": ("dense", "dense"), "some": ("dense", None)}, dtypes=("?", "?"))
    yield _recipe("layers_bool_outer", "dense bool, padded: float64", bools, join="outer")
    promoted = two("obs", {"n": ("csr", "csc"), "d": ("dense", "dense")}, dtypes=("i4", "u2"))
    yield _recipe("layers_promoted", "i4 and u2, without X", promoted)
    orders = [two("obs", {key: ("csr", "csr") for key in order})[n] for n, order in enumerate(("xyz", "zwyx"))]
    yield _recipe("layers_key_order", "keys in another order", orders, join="inner")


def two(axis: str, keys: dict[str, tuple], dtypes: tuple[str, str] = ("f4", "f4")) -> list:
    """Two inputs without X; `keys` names each layer's kind in both, None where it is missing."""
    inputs = []
    for n in range(2):
        shape = (n + 2, 3) if axis == "obs" else (3, n + 2)
        layers = {key: random_x(f"{key}{n}", shape, pair[n], dtypes[n]) for key, pair in keys.items() if pair[n]}
        inputs.append(cells(along=[f"{'pq'[n]}{i}" for i in range(n + 2)], alt=list(GENES[n]), axis=axis, layers=layers))
    return inputs


def _recipe(name: str, description: str, inputs: list, **rest) -> Recipe:
    return recipe(name, description, inputs, carries=CARRIES, **rest)
