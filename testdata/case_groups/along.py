"""The columns of the concatenated axis, of every kind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from stores import Style

from .recipe import Recipe, cells, recipe

NATURAL = ["", "1.5", "1.25", "9", "10", "-1", "B", "C1", "a1b", "a01b", "a b", "a_b", "b", "c1", "c2", "c10", "é", "x²", "z"]


def recipes() -> Iterator[Recipe]:
    yield from every_kind()
    yield from numbers()
    yield from categoricals()
    yield from strings()
    yield from nullables()
    yield from order()


def frames(*columns: dict, rows: int | list[int] = 2) -> list:
    """One input without X for each dict of columns."""
    lengths = rows if isinstance(rows, list) else [rows] * len(columns)
    return [
        cells(along=[f"{'abcde'[number]}{row}" for row in range(length)], alt=["g0"], obs=obs)
        for number, (obs, length) in enumerate(zip(columns, lengths, strict=True))
    ]


def category(values, categories=None, *, ordered=False) -> pd.Categorical:
    return pd.Categorical(values, categories=categories, ordered=ordered)


def every_kind() -> Iterator[Recipe]:
    columns = {
        "i1": np.array([-128, 127], "i1"),
        "u2": np.array([0, 65535], "u2"),
        "i8": np.array([-(2**63), 2**63 - 1]),
        "u8": np.array([0, 2**64 - 1], "u8"),
        "f2": np.array([0.5, np.inf], "f2"),
        "f4": np.array([np.nan, -0.25], "f4"),
        "f8": np.array([1e300, np.pi]),
        "bool": np.array([True, False]),
        "string": np.array(["a", "é\U0001f600"], object),
        "category": category(["b", None], ["b", "a"]),
        "ordered": category(["hi", "lo"], ["lo", "hi"], ordered=True),
        "int category": category([7, 3]),
        "Int32": pd.array([1, None], dtype="Int32"),
        "UInt8": pd.array([None, 255], dtype="UInt8"),
        "boolean": pd.array([True, None], dtype="boolean"),
        "nullable string": pd.array(["x", None], dtype="string"),
    }
    yield recipe("obs_every_kind", "every kind of column, in both inputs", frames(columns, columns))
    yield recipe("obs_every_kind_missing_second", "every kind of column, missing in the second input", frames(columns, {}), join="outer", style=Style(zarr_format=2))
    yield recipe("obs_every_kind_missing_first", "every kind of column, missing in the first input", frames({}, columns), join="outer")
    few = {name: columns[name] for name in ("i8", "bool", "string", "category", "Int32")}
    yield recipe("obs_some_kinds_var_axis", "columns of var for axis var", _on_var(few), axis="var", join="outer")


def _on_var(columns: dict) -> list:
    return [cells(along=[f"{p}0", f"{p}1"], alt=["c0"], obs=obs, axis="var") for p, obs in (("a", columns), ("b", {}))]


def numbers() -> Iterator[Recipe]:
    first = {"i4_f4": np.array([1, 2], "i4"), "u8_i8": np.array([1, 2**60], "u8"), "bool_int": np.array([True, False]), "u1_i1": np.array([200, 1], "u1"), "f2_f4": np.array([0.5, 1], "f2")}
    second = {"i4_f4": np.array([0.5, np.nan], "f4"), "u8_i8": np.array([-1, 3], "i8"), "bool_int": np.array([3, 4], "i8"), "u1_i1": np.array([-100, 1], "i1"), "f2_f4": np.array([0.1, 1], "f4")}
    yield recipe("obs_promotion", "numeric columns promote as numpy does", frames(first, second))
    zero = {"x": np.array([], "f8"), "y": np.array([], "i8")}
    some = {"x": np.array([1, 2], "f4"), "y": np.array([3, 4], "i4")}
    yield recipe("obs_zero_rows_take_part", "an input without rows takes part in dtype resolution", frames(some, zero, rows=[2, 0]))


def categoricals() -> Iterator[Recipe]:
    unions = {
        "first has the full set: its order": (category(["b", "a"], ["b", "a"]), category(["a", "b"], ["a", "b"])),
        "first has more: its order": (category(["b", "z"], ["b", "a", "z"]), category(["a", None], ["b", "a"])),
        "second has more: natural sort": (category(["b", None], ["b"]), category(["a", "b"], ["b", "a"])),
        "unused are kept": (category(["a", "a"], ["a", "q"]), category(["b", "b"], ["p", "b"])),
        "integers": (category([10, None], [10, 9]), category([2, 2], [2])),
        "integers and floats": (category([10, 9]), category([2.5, 9.5])),
        "integers and int column: int64": (category([1, 5]), np.array([7, 8], "i4")),
    }
    yield _both("category_unions", "unordered categoricals", unions)
    ordered = {
        "same": (category(["m", "s"], ["s", "m", "l"], ordered=True), category(["l", None], ["s", "m", "l"], ordered=True)),
        "other order: strings": (category(["m", "s"], ["s", "m"], ordered=True), category(["m", "s"], ["m", "s"], ordered=True)),
        "one unordered: strings": (category(["m", "s"], ["s", "m"], ordered=True), category(["m", "m"], ["s", "m"])),
        "superset: strings": (category(["s", "s"], ["s"], ordered=True), category(["m", "s"], ["s", "m"], ordered=True)),
        "no categories: does not count": (category(["m", "s"], ["s", "m"], ordered=True), category([None, None], np.array([], object))),
    }
    yield _both("category_ordered", "ordered categoricals", ordered)
    half = len(NATURAL) // 2
    natural = [{"g": category(NATURAL[::2][::-1][:half])}, {"g": category(NATURAL[1::2])}]
    yield recipe("category_natural_sort", "natural sort of the union", frames(*natural, rows=half))
    many = [f"k{i}" for i in range(150)]
    yield recipe("category_many", "more than 127 categories: int16 codes", frames({"g": category(many[:75])}, {"g": category(many[75:])}, rows=75))
    yield recipe("category_first_lacks_column", "the first input that has the column decides the order", frames({}, {"g": category(["b", "a"], ["b", "a"])}, {"g": category(["a", "b"])}), join="outer")


def _both(name: str, description: str, columns: dict) -> Recipe:
    return recipe(name, description, frames(*({key: pair[i] for key, pair in columns.items()} for i in range(2))))


def strings() -> Iterator[Recipe]:
    plain, nullable = np.array(["p", "q"], object), pd.array(["n", None], dtype="string")
    yield recipe("string_and_nullable", "nullable strings and strings", frames({"s": plain, "t": nullable}, {"s": nullable, "t": plain}))
    yield recipe("string_missing_outer", "strings with missing rows are nullable", frames({"s": plain}, {}, {"s": plain}), join="outer")
    yield recipe("string_and_category", "categorical and strings: strings", frames({"s": category(["a", "b"])}, {"s": plain}))
    long = np.array(["x" * 300, "\U0001f9ec" * 40], object)
    yield recipe("string_long", "long and non-ASCII strings over several chunks", frames({"s": long}, {"s": plain}), style=Style(chunk=1))
    for kind in ("U", "S"):
        values = np.array(["ab", "c"] if kind == "S" else ["äb", "\U0001f600"], object)
        fixed = Style(zarr_format=2, fixed_strings=kind, untyped_arrays=True)
        yield recipe(f"string_fixed_{kind}", f"fixed-length strings ({kind}) as index and column", frames({"s": values}, {"s": values[::-1]}), style=fixed)


def nullables() -> Iterator[Recipe]:
    first = {"a": pd.array([1, None], dtype="Int64"), "b": pd.array([1, None], dtype="Int8"), "c": np.array([True, False]), "d": pd.array([1, None], dtype="Int32")}
    second = {"a": pd.array([2, None], dtype="UInt8"), "b": np.array([300, 2], "i8"), "c": pd.array([True, None], dtype="boolean"), "e": pd.array([None, True], dtype="boolean")}
    yield recipe("nullable_promotion", "nullable columns with others", frames(first, second), join="outer")


def order() -> Iterator[Recipe]:
    one = np.array([1, 2])
    first, second, third = {"z": one, "a": one, "m": one}, {"m": one, "y": one, "z": one}, {"b": one, "z": one, "m": one}
    for join in ("inner", "outer"):
        yield recipe(f"column_order_{join}", "first seen for outer, the first input's for inner", frames(first, second, third), join=join)
    odd = {name: one for name in ("a#1", "50%", "x:y", "a b", "why?", "ü", "%41", "\U0001f600")}
    yield recipe("column_names_odd", "column names that are awkward in paths and URLs", frames(odd, odd))
