"""obsm and varm along the concatenated axis."""

from __future__ import annotations

from collections.abc import Iterator

import awkward as ak
import numpy as np
import pandas as pd
from stores import Style

from .along import category
from .recipe import Recipe, cells, random_x, recipe


def recipes() -> Iterator[Recipe]:
    arrays = [
        {"dense": dense(f"d{n}", n + 1), "csr_csc": random_x(f"s{n}", (2, 3 - n), ("csr", "csc")[n]), "beside": random_x(f"b{n}", (2, 2 + n), ("dense", "csr")[n])}
        for n in range(2)
    ]  # fmt: skip
    for join in ("inner", "outer"):
        for axis in ("obs", "var"):
            yield along(f"{axis}m_widths_{join}", "arrays of two widths: truncated or filled", arrays, axis=axis, join=join)
    yield along("obsm_fill_value", "a fill value", arrays, join="outer", fill_value=2, style=Style(2))
    yield along("varm_csc", "csc alone: concatenated along the rows, so csr", [{"s": random_x(f"c{n}", (2, 2), "csc")} for n in range(2)], axis="var")
    yield along("obsm_csc_forced", "csc is asked for", [{"s": random_x(f"c{n}", (2, 2), "csr")} for n in range(2)], sparse_layout="csc")
    yield along("obsm_bool_outer", "bool, padded: float64", [{"b": dense("b", 1, "?")}, {"b": dense("b", 2, "?")}], join="outer")
    yield along("obsm_integers_outer", "integers, padded: float64", [{"n": dense("n", 1, "u1")}, {"n": dense("n", 2, "i2")}], join="outer")
    yield along("obsm_missing_outer", "keys that one input lacks", [{"dense": dense("m", 2), "csr": random_x("m", (2, 2))}, {"frame": frame({"x": [1, 2]})}], join="outer")
    yield along("obsm_missing_inner", "keys that one input lacks", [{"a": dense("m", 2), "b": dense("m", 2)}, {"b": dense("n", 1)}])
    yield from deep()
    yield from frames()
    yield from texts()
    yield from records()


def deep() -> Iterator[Recipe]:
    inputs = [{"deep": random_deep(n, (2, 2 + n, 2))} for n in range(2)]
    for join in ("inner", "outer"):
        yield along(f"obsm_three_dimensions_{join}", "three dimensions, two widths", inputs, join=join)
    yield along("obsm_three_dimensions_missing", "three dimensions, missing in an input", [inputs[0], {}], join="outer")
    unequal = [{"deep": random_deep(0, (2, 2, 2))}, {"deep": dense("flat", 2)}]
    yield along("refuse_obsm_ranks", "two and three dimensions", unequal, error="deep")


def frames() -> Iterator[Recipe]:
    first = {"i4": np.array([1, 2], "i4"), "flag": np.array([True, False]), "text": np.array(["a", "b"], object), "kind": category(["b", "a"]), "only": [1.5, 2.5]}
    second = {"kind": category(["c", "a"]), "i4": np.array([0.5, 1], "f4"), "flag": np.array([False, True]), "new": pd.array([1, None], dtype="Int8")}
    for join in ("inner", "outer"):
        yield along(f"obsm_frames_{join}", "dataframes", [{"df": frame(first)}, {"df": frame(second)}], join=join, index_unique="-")
    yield along("varm_frames_outer", "dataframes on axis var", [{"df": frame(first)}, {"df": frame(second)}], axis="var", join="outer", label="from")
    yield along("obsm_frames_missing", "a dataframe that one input lacks", [{"df": frame(first)}, {}], join="outer")
    no_category = {"kind": category(["b", None])}, {"kind": np.array(["x", "y"], object)}
    yield along("obsm_frames_no_category", "a row without a category beside text", [{"df": frame(columns)} for columns in no_category])
    yield along("refuse_obsm_frame_and_array", "a dataframe and an array", [{"mixed": frame(first)}, {"mixed": dense("mixed", 2)}], error="mixed")
    yield along("refuse_obsm_frame_mixture", "a column with no common type", [{"df": frame({"mixed": [1, 2]})}, {"df": frame({"mixed": ["a", "b"]})}], error="mixed")


def records() -> Iterator[Recipe]:
    """Records go together where their fields are the same."""
    two = [np.array([[(n, 2.5), (2, n)], [(3, np.nan), (4, 1)]], dtype=[("p", "i4"), ("q", "f8")]) for n in range(2)]
    yield along("obsm_records", "records of one width", [{"r": two[0]}, {"r": two[1]}])
    yield along("obsm_records_outer", "records of one width", [{"r": two[0]}, {"r": two[1]}], join="outer")
    yield along("obsm_records_sharded", "records are not put into shards, which zarr-python could not read", [{"r": two[0]}, {"r": two[1]}], zarr_format=3, chunks="1,1", shards="2,2")
    other = two[0].astype([("p", "i4"), ("other", "f8")])
    yield along("refuse_obsm_records_fields", "records with other fields", [{"records": two[0]}, {"records": other}], error="records")
    yield along("refuse_obsm_records_missing", "records, missing in an input", [{"records": two[0]}, {}], join="outer", error="records")
    ragged = ak.Array([[1], [2, 3]])
    yield along("refuse_obsm_awkward", "awkward arrays along the axis of concatenation", [{"ragged": ragged}, {"ragged": ragged}], error="ragged")
    yield along("refuse_obsm_text_and_numbers", "text beside numbers", [{"mixed": np.array([["a"], ["b"]], object)}, {"mixed": dense("n", 1)}], error="mixed")


def texts() -> Iterator[Recipe]:
    two, one = np.array([["a", "é"], ["", "b"]], object), np.array([["x"], ["y"]], object)
    yield along("obsm_texts_inner", "2-D strings, truncated", [{"t": two}, {"t": one}], needs=["texts"])
    yield along("obsm_texts_same_width_outer", "2-D strings of one width", [{"t": two}, {"t": two}], join="outer", needs=["texts"])
    yield along("obsm_texts_no_rows_outer", "2-D strings of an input without cells, narrower than the other's", [{"t": two}, {"t": one[:0]}], join="outer", needs=["texts"])
    yield along("refuse_obsm_texts_outer", "2-D strings, padded", [{"texts": two}, {"texts": one}], join="outer", error="texts")
    yield along("refuse_obsm_texts_missing", "2-D strings, missing in an input", [{"texts": two}, {}], join="outer", error="texts")


def along(name: str, description: str, mappings: list[dict], axis: str = "obs", needs: list[str] = [], **rest) -> Recipe:
    """One input of as many cells (or genes, on axis var) as its values have rows, two without values; no X."""
    inputs = []
    for n, mapping in enumerate(mappings):
        names = [f"{'pq'[n]}{i}" for i in range(next((value.shape[0] if hasattr(value, "shape") else len(value) for value in mapping.values()), 2))]
        framed = {key: value.set_axis(names) if isinstance(value, pd.DataFrame) else value for key, value in mapping.items()}
        inputs.append(cells(along=names, alt=["g0"], axis=axis, **{f"{axis}m": framed}))
    return recipe(name, description, inputs, axis=axis, carries=["obs", "var", f"{axis}m", *needs], **rest)


def dense(seed: str, width: int, dtype: str = "f4") -> np.ndarray:
    return random_x(seed, (2, width), "dense", dtype)


def random_deep(number: int, shape: tuple[int, int, int]) -> np.ndarray:
    return (np.arange(np.prod(shape)) + number).reshape(shape).astype("i4")


def frame(columns: dict) -> pd.DataFrame:
    return pd.DataFrame(columns)
