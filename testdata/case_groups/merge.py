"""--merge: what stays of the axis that is not concatenated along."""

from __future__ import annotations

from collections.abc import Iterator

import awkward as ak
import numpy as np
import pandas as pd
from options import STRATEGIES
from scipy import sparse

from .along import category
from .recipe import Recipe, cells, recipe

GENES = (["a", "b", "c"], ["c", "a", "b"], ["b", "d"])


def recipes() -> Iterator[Recipe]:
    for strategy in STRATEGIES:
        for join in ("inner", "outer") if strategy in ("unique", "first") else ("inner",):
            count = 2 if (strategy, join) == ("unique", "outer") else 3  # two with the same names, permuted
            inputs = [gene_columns(n) for n in range(count)]
            yield _recipe(f"merge_columns_{strategy}_{join}", "var columns of every kind", inputs, merge=strategy, join=join)
        yield _recipe(f"merge_arrays_{strategy}", "varm and varp", [gene_arrays(n) for n in range(2)], ["varm", "varp"], merge=strategy)
    yield _recipe("merge_arrays_outer", "varm and varp, padded", [gene_arrays(n) for n in range(3)], ["varm", "varp"], merge="first", join="outer")
    yield _recipe("merge_first_outer_two", "columns, padded: int to float, bool to nullable bool, text to nullable text", [gene_columns(2), gene_columns(0)], merge="first", join="outer")
    for join in ("inner", "outer"):
        yield _recipe(f"merge_coalesce_columns_{join}", "for every gene the first value that is not missing", [gene_gaps(n) for n in range(3)], merge="coalesce", join=join)
    yield _recipe("merge_coalesce_arrays_outer", "for every gene the row of the first input that has it", [gene_arrays(n) for n in (1, 2, 0)], ["varm", "varp"], merge="coalesce", join="outer")
    yield _recipe("merge_coalesce_single", "one input", [gene_gaps(0)], merge="coalesce")
    records = [_with_varm(cells(along="pq"[n], alt=GENES[0]), {"r": np.array([(ord(name), 0.5) for name in GENES[0]], dtype=[("n", "i8"), ("half", "f4")])[:, None]}) for n in (0, 1)]
    yield _recipe("merge_records_same", "records", records, ["varm"], merge="same")
    ragged = [_with_varm(cells(along="pq"[n], alt=GENES[2 * n]), {"ragged": ak.Array([[1] * ord(name) for name in GENES[2 * n]])}) for n in (0, 1)]
    yield _recipe("refuse_merge_awkward_reindexed", "an awkward array that would have to be reindexed", ragged, ["varm"], merge="first", error="ragged")
    yield _recipe("merge_awkward_same", "awkward arrays along the joined axis", [ragged[0], ragged[0].copy()], ["varm"], merge="same")
    yield _recipe("merge_texts_same", "2-D strings, permuted", [_with_varm(cells(along="pq"[n], alt=GENES[n]), {"t": np.array([[name, "x"] for name in GENES[n]], object)}) for n in (0, 1)], ["varm", "texts"], merge="same")
    on_var = [cells(along="xy"[n], alt=GENES[n], axis="var") for n in range(2)]
    for n, a in enumerate(on_var):
        a.obs["shared"] = [ord(name) for name in GENES[n]]
        a.obsm["pca"] = np.array([[ord(name), 1.5] for name in GENES[n]])
    yield _recipe("merge_same_var_axis", "obs and obsm on axis var", on_var, ["obsm"], axis="var", merge="same")
    yield _recipe("merge_single", "one input keeps everything", [gene_arrays(0)], ["varm", "varp"], merge="only")
    yield _recipe("merge_none", "without --merge nothing is kept but the index", [gene_arrays(0), gene_arrays(0)], ["varm", "varp"])
    equalities = [{"order": category([0, 1], [0, 1]), "float": [1.0, 2.0], "nan": [np.nan, 1]}, {"order": category([0, 1], [1, 0]), "float": [1, 2], "nan": [np.nan, 1]}]
    inputs = [_with_var(cells(along="pq"[n], alt=["a", "b"]), pd.DataFrame(columns, index=["a", "b"])) for n, columns in enumerate(equalities)]
    yield _recipe("merge_equality", "types count, the order of categories does not, NaN equals NaN", inputs, merge="same")
    texts = [_with_varm(cells(along="pqr"[n], alt=GENES[n]), {"texts": np.array([[name] for name in GENES[n]], object)}) for n in (0, 2)]
    eye = np.eye(3, dtype="f4")
    kinds = [_with_varm(cells(along="pq"[n], alt=GENES[0]), {"both": eye, "mixed": (sparse.csr_matrix(eye), eye)[n]}) for n in (0, 1)]
    yield _recipe("merge_kinds_unique", "a sparse and a dense array are never the same", kinds, ["varm"], merge="unique")
    none = [_with_varm(cells(along="pq"[n], alt=names), {"texts": np.array([[name, "x"] for name in names], object).reshape(-1, 2)}) for n, names in enumerate(([], GENES[0]))]
    yield _recipe("merge_texts_no_rows_outer", "2-D strings of an input without genes: NaN in every row, as anndata has it", none, ["varm"], merge="first", join="outer")
    yield _recipe("refuse_merge_texts_outer", "2-D strings, padded", texts, ["varm"], merge="first", join="outer", error="texts")


def gene_columns(number: int):
    """Columns that are equal by name in all inputs, differ in one, or are missing in one."""
    names = GENES[number]
    place = np.array([ord(name) - ord("a") for name in names])
    columns = {
        "i4": place.astype("i4"),
        "bool": place % 2 == 0,
        "text": np.array(names, object),
        "nullable": pd.array(place, dtype="Int16"),
        "category": category(names, list("dcba")),
        "ordered": category(names, list("abcd"), ordered=True),
        "differs": place + (number == 1),
        "type differs": place.astype(("i8", "f8", "i8")[number]),
        f"only{number}": place / 2,
    }
    if number != 1:
        columns["not in the second"] = place.astype("u1")
    return _with_var(cells(along="pqr"[number], alt=names), pd.DataFrame(dict(reversed(columns.items())) if number == 1 else columns, index=names))


def gene_gaps(number: int):
    """Columns of every kind with missing values where another input has them."""
    names = GENES[number]
    place = np.array([ord(name) - ord("a") for name in names])
    gaps = place % 3 == number
    columns = {
        "float": np.where(gaps, np.nan, place).astype(("f4", "f8", "f4")[number]),
        "int": place.astype(("i4", "i2", "i4")[number]),
        "bool": place % 2 == 0,
        "nullable": pd.array(np.where(gaps, None, place), dtype="Int16"),
        "nullable bool": pd.array(np.where(gaps, None, place > 0), dtype="boolean"),
        "category": category([None if gap else name for name, gap in zip(names, gaps, strict=True)], sorted(names)[:: 1 if number else -1]),
        "text": np.array([f"{name}{number}" for name in names], object),
        f"only{number}": place / 2,
    }
    if number != 2:
        columns["text or category"] = category([None if gap else name for name, gap in zip(names, gaps, strict=True)], sorted(names)) if number else np.array(names, object)
    return _with_var(cells(along="pqr"[number], alt=names), pd.DataFrame(columns, index=names))


def gene_arrays(number: int):
    names = GENES[number]
    place = np.array([ord(name) - ord("a") for name in names])
    rows = np.stack([place, place**2], axis=1)
    frame = pd.DataFrame({"n": place, "flag": place > 1}, index=names)
    a = cells(along="pqr"[number], alt=names)
    a.varm.update({"dense": rows.astype("f4"), "bool": rows > 1, "frame": frame, "sparse": (csr, csc)[number % 2](rows), "differs": rows + number})
    a.varm.update({f"only{number}": csc(rows), "deep": np.stack([rows, rows], axis=2)})
    near = np.add.outer(place, place)
    a.varp.update({"near": csr(near), "far": near.astype("f4") if number == 0 else near + 1.0})
    return a


def csr(values: np.ndarray):
    return sparse.csr_matrix(values.astype("i4"))


def csc(values: np.ndarray):
    return csr(values).tocsc()


def _with_var(adata, var: pd.DataFrame):
    adata.var = var
    return adata


def _with_varm(adata, mapping: dict):
    adata.varm.update(mapping)
    return adata


def _recipe(name: str, description: str, inputs: list, slots: list[str] | None = None, **rest) -> Recipe:
    return recipe(name, description, inputs, carries=["obs", "var", *(slots or []), "merge"], **rest)
