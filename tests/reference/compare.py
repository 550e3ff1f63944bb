"""Exact comparison of two AnnData objects, slot by slot, with messages that say what and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse

from arrays import canonical

SLOTS = ("X", "obs", "var", "layers", "obsm", "varm", "obsp", "varp", "uns", "raw")


def assert_same(got: ad.AnnData, expected: ad.AnnData, slots: Iterable[str] = SLOTS) -> None:
    found = differences(got, expected, slots)
    if found:
        raise AssertionError("\n".join(found))


def differences(got: ad.AnnData, expected: ad.AnnData, slots: Iterable[str] = SLOTS) -> list[str]:
    """One line per difference; none means the same. Of `slots`, those that are no part of an AnnData do not count."""
    if got.shape != expected.shape:
        return [f"shape: got {got.shape}, expected {expected.shape}"]
    found: list[str] = []
    for slot in SLOTS:
        if slot not in slots:
            continue
        if slot == "raw":
            found += _raw_differences(got.raw, expected.raw)
        else:
            found += value_differences(slot, _plain(getattr(got, slot)), _plain(getattr(expected, slot)))
    return found


def value_differences(where: str, got, expected) -> list[str]:
    """Compares any two elements of a store."""
    if _kind(got) != _kind(expected):
        return [f"{where}: got {_kind(got)}, expected {_kind(expected)}"]
    match expected:
        case Mapping():
            return _mapping_differences(where, got, expected)
        case pd.DataFrame():
            return frame_differences(where, got, expected)
        case np.ndarray():
            return _array_differences(where, got, expected)
        case _ if sparse.issparse(expected):
            return _sparse_differences(where, got, expected)
        case float() if np.isnan(expected):
            return [] if np.isnan(got) else [f"{where}: got {got!r}, expected nan"]
        case _ if hasattr(expected, "to_list"):
            return _if_unequal(where, got.to_list(), expected.to_list())
        case _:
            return _if_unequal(where, got, expected)


def frame_differences(where: str, got: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    found = _index_differences(where, got.index, expected.index)
    found += _if_unequal(f"{where}: columns", list(got.columns), list(expected.columns))
    for name in expected.columns:
        if name in got.columns and len(got) == len(expected):
            found += column_differences(f"{where}[{name!r}]", got[name], expected[name])
    return found


def column_differences(where: str, got: pd.Series, expected: pd.Series) -> list[str]:
    both_categorical = all(isinstance(s.dtype, pd.CategoricalDtype) for s in (got, expected))
    if both_categorical:
        return _categorical_differences(where, got, expected)
    if got.dtype != expected.dtype:
        return [f"{where}: got dtype {_dtype_name(got)}, expected {_dtype_name(expected)}"]
    return _position_differences(where, got.to_numpy(object), expected.to_numpy(object))


def _categorical_differences(where: str, got: pd.Series, expected: pd.Series) -> list[str]:
    got_categories, expected_categories = got.cat.categories, expected.cat.categories
    found = _if_unequal(f"{where}: categories", list(got_categories), list(expected_categories))
    found += _if_unequal(f"{where}: dtype of categories", got_categories.dtype, expected_categories.dtype)
    found += _if_unequal(f"{where}: ordered", got.cat.ordered, expected.cat.ordered)
    return found or _position_differences(where, got.cat.codes.to_numpy(), expected.cat.codes.to_numpy())


def _index_differences(where: str, got: pd.Index, expected: pd.Index) -> list[str]:
    found = _if_unequal(f"{where}: index name", got.name, expected.name)
    if len(got) != len(expected):
        return [*found, f"{where}: got {len(got)} names, expected {len(expected)}"]
    return found + _position_differences(f"{where}_names", got.to_numpy(object), expected.to_numpy(object))


def _sparse_differences(where: str, got, expected) -> list[str]:
    found = _if_unequal(f"{where}: format", got.format, expected.format)
    found += _if_unequal(f"{where}: shape", got.shape, expected.shape)
    found += _if_unequal(f"{where}: dtype", got.dtype, expected.dtype)
    if found:
        return found
    problem = index_problem(got)
    if problem:
        return [f"{where}: {problem}"]
    got, expected = canonical(got), canonical(expected)
    stored = _if_unequal(f"{where}: stored entries", got.nnz, expected.nnz)
    stored += _position_differences(f"{where}.indptr", got.indptr, expected.indptr)
    if stored:
        return stored
    same_places = _position_differences(f"{where}.indices", got.indices, expected.indices)
    return same_places + _position_differences(f"{where}.data", got.data, expected.data)


def index_problem(matrix) -> str | None:
    """What makes a compressed matrix invalid; None for a valid one."""
    indptr, indices, minor = matrix.indptr, matrix.indices, matrix.shape[matrix.format == "csr"]
    if indptr[0] != 0:
        return f"indptr starts with {indptr[0]}"
    if (np.diff(indptr) < 0).any():
        return f"indptr decreases at {int(np.argmax(np.diff(indptr) < 0))}"
    if not indptr[-1] == len(indices) == len(matrix.data):
        return f"indptr ends with {indptr[-1]}, {len(indices)} indices, {len(matrix.data)} values"
    if len(indices) and not (0 <= indices.min() and indices.max() < minor):
        return f"indices from {indices.min()} to {indices.max()} in a dimension of {minor}"
    return None


def _array_differences(where: str, got: np.ndarray, expected: np.ndarray) -> list[str]:
    found = _if_unequal(f"{where}: shape", got.shape, expected.shape)
    found += _if_unequal(f"{where}: dtype", _plain_dtype(got), _plain_dtype(expected))
    return found or _position_differences(where, got, expected)


def _mapping_differences(where: str, got: Mapping, expected: Mapping) -> list[str]:
    found = _if_unequal(f"{where}: keys", sorted(got), sorted(expected))
    for key in expected:
        if key in got:
            found += value_differences(f"{where}/{key}", got[key], expected[key])
    return found


def _raw_differences(got, expected) -> list[str]:
    if got is None or expected is None:
        return [] if got is expected else [f"raw: got {_kind(got)}, expected {_kind(expected)}"]
    found = value_differences("raw/X", got.X, expected.X)
    found += frame_differences("raw/var", got.var, expected.var)
    return found + value_differences("raw/varm", dict(got.varm), dict(expected.varm))


def _position_differences(where: str, got: np.ndarray, expected: np.ndarray) -> list[str]:
    unequal = ~_equal_or_both_missing(got, expected)
    if not unequal.any():
        return []
    first = np.unravel_index(int(np.argmax(unequal)), unequal.shape)
    place = ", ".join(str(int(position)) for position in first)
    count = f"{int(unequal.sum())} of {unequal.size} differ"
    return [f"{where}[{place}]: got {got[first]!r}, expected {expected[first]!r} ({count})"]


def _equal_or_both_missing(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    if got.dtype.names or expected.dtype.names:
        fields = [_equal_or_both_missing(got[name], expected[name]) for name in expected.dtype.names]
        return np.logical_and.reduce(fields)
    got_missing, expected_missing = pd.isna(got), pd.isna(expected)
    equal = np.zeros(got.shape, bool)
    both = ~got_missing & ~expected_missing
    equal[both] = got[both] == expected[both]
    return equal | (got_missing & expected_missing)


def _if_unequal(where: str, got, expected) -> list[str]:
    return [] if type(got) is type(expected) and got == expected else [f"{where}: got {got!r}, expected {expected!r}"]


def _plain(value):
    """AnnData's aligned mappings as dicts."""
    return dict(value) if isinstance(value, Mapping) else value


def _plain_dtype(values: np.ndarray) -> np.dtype:
    """In native byte order; all texts are alike."""
    return np.dtype(object) if values.dtype.kind in "OTU" else values.dtype.newbyteorder("=")


def _kind(value) -> str:
    if sparse.issparse(value):
        return "sparse"
    for base, name in ((Mapping, "mapping"), (pd.DataFrame, "dataframe"), (np.ndarray, "dense array")):
        if isinstance(value, base):
            return name
    return type(value).__name__


def _dtype_name(column: pd.Series) -> str:
    return f"{column.dtype}" + (" (plain strings)" if column.dtype == object else "")
