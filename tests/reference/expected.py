"""What a concatenation must give: `anndata.concat` of anndata 0.12, and our own rules where they differ.

Each rule is one function and cites the line of semantics.md that it stands for. Everything else is
anndata's own code, called as a user calls it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd
from anndata._core.merge import merge_indices
from pandas.api.types import is_object_dtype
from scipy import sparse

from options import Options


class Refused(Exception):
    """The concatenation must be refused, with a message that matches `pattern`."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern


def expected(inputs: list[ad.AnnData], options: Options) -> ad.AnnData:
    """The result in memory; `Refused` where the inputs must be refused."""
    if not inputs:
        raise Refused("(?i)no objects to concatenate")
    refuse_bad_keys(len(inputs), options)
    refuse_ambiguous_alt_names(inputs, options)
    frame = concat_frames([getattr(a, options.axis) for a in inputs], options)
    shells = [_without_frame(a, options.axis) for a in inputs]
    alt_names = identical_duplicated_names(shells, options)
    if alt_names is not None:
        _set_alt_names(shells, options, pd.RangeIndex(len(alt_names)).astype(str))
    widen_dense_bool(shells, options)
    result = _concat_arrays(shells, options)
    _set_frame(result, options.axis, frame)
    if alt_names is not None:
        setattr(result, _alt_axis_names(options), alt_names)
    return result


def _concat_arrays(shells: list[ad.AnnData], options: Options) -> ad.AnnData:
    kwargs = options.concat_kwargs()
    values = concat_some_without_x(shells, kwargs)
    pattern = concat_some_without_x([_stored_as_ones(a) for a in shells], kwargs)
    _update_arrays(values, lambda name, value: keep_explicit_zeros(value, _array(pattern, name)))
    _update_arrays(values, lambda name, value: choose_layout(value, _arrays(shells, name), options))
    return values


# ---- refusals


def refuse_bad_keys(count: int, options: Options) -> None:
    """semantics.md, label: "Errors: repeated keys; fewer keys than inputs"."""
    if options.keys is None:
        return
    if len(set(options.keys)) < len(options.keys):
        raise Refused("(?i)key")
    if len(options.keys) < count:
        raise Refused("(?i)key")


def refuse_ambiguous_alt_names(inputs: list[ad.AnnData], options: Options) -> None:
    """semantics.md, indices: duplicate names on the alt axis are an error unless all indices are identical."""
    indices = _alt_indices(inputs, options)
    if any(index.has_duplicates for index in indices) and not _all_identical(indices):
        duplicated = next(index[index.duplicated()][0] for index in indices if index.has_duplicates)
        raise Refused(re.escape(duplicated))


def refuse_mixture(name: str, column: pd.Series, sources: list[pd.Series]) -> None:
    """semantics.md, obs: "Mixtures that pandas makes `object` ... Refused at planning"."""
    is_mixed_categories = (
        isinstance(column.dtype, pd.CategoricalDtype)
        and is_object_dtype(column.cat.categories.dtype)
        and not all(isinstance(value, str) for value in column.cat.categories)
    )
    is_mixed_object = is_object_dtype(column.dtype) and not all(map(_is_text, sources))
    if is_mixed_categories or is_mixed_object:
        raise Refused(re.escape(name))


# ---- the concatenated axis' dataframe


def concat_frames(frames: list[pd.DataFrame], options: Options) -> pd.DataFrame:
    """The concatenated axis' dataframe, label included, without its index."""
    first_seen = list(dict.fromkeys(name for frame in frames for name in frame))
    if options.join == "outer":
        frames = [without_gaps_of_no_rows(frame, frames) for frame in frames]
    tall = [with_phantom_row(frame) for frame in frames]
    joined = ad.concat(
        [ad.AnnData(obs=frame) for frame in tall],
        join=options.join,
        label=options.label,
        keys=None if options.keys is None else list(options.keys),
    ).obs
    for name in joined.columns:
        if name != options.label:
            sources = [frame[name] for frame in frames if name in frame]
            refuse_mixture(name, joined[name], sources)
            joined[name] = nullable_strings(joined[name], sources)
    if options.join == "outer":
        joined = joined[list(dict.fromkeys([*first_seen, *joined.columns]))]
    lasts = np.cumsum([len(frame) for frame in tall]) - 1
    return joined.iloc[np.setdiff1d(np.arange(len(joined)), lasts)]


def with_phantom_row(frame: pd.DataFrame) -> pd.DataFrame:
    """semantics.md, obs: "Inputs with 0 rows still take part in dtype resolution", "promote like numpy".

    pandas 2.3 leaves out empty and all-missing columns when it resolves dtypes (deprecated, and a
    matter of values, which no plan can know). One more row with a value makes every column take part.
    """
    phantom = pd.DataFrame(
        {name: pd.Series(_phantom_value(frame[name]), dtype=frame[name].dtype) for name in frame}, index=[0]
    )
    tall = pd.concat([frame, phantom])
    tall.index = pd.RangeIndex(len(tall)).astype(str)
    return tall


def without_gaps_of_no_rows(frame: pd.DataFrame, frames: list[pd.DataFrame]) -> pd.DataFrame:
    """An input without rows that lacks a column has no missing cell: anndata then keeps the dtype.

    Not for bool, which `anndata.concat` makes nullable wherever an input lacks the column.
    """
    if len(frame):
        return frame
    complete = frame.copy()
    for other in frames:
        for name in other.columns.difference(complete.columns, sort=False):
            if other[name].dtype != bool:
                complete[name] = pd.Series([], index=frame.index, dtype=other[name].dtype)
    return complete


def nullable_strings(column: pd.Series, sources: list[pd.Series]) -> pd.Series:
    """semantics.md, obs: "string -> missing (written as nullable-string-array)", "nullable string + string -> string"."""
    if not is_object_dtype(column.dtype):
        return column
    has_nullable_source = any(isinstance(source.dtype, pd.StringDtype) for source in sources)
    return column.astype("string") if has_nullable_source or column.isna().any() else column


def _phantom_value(column: pd.Series) -> list:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories[:1]) or [np.nan]
    if _is_text(column):
        return [""]
    return [False] if pd.api.types.is_bool_dtype(column.dtype) else [0]


def _is_text(column: pd.Series) -> bool:
    dtype = column.cat.categories.dtype if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype
    return is_object_dtype(dtype) or isinstance(dtype, pd.StringDtype)


# ---- the alt axis


def identical_duplicated_names(inputs: list[ad.AnnData], options: Options) -> pd.Index | None:
    """semantics.md, indices: duplicate names are allowed where every input has the identical alt index."""
    indices = _alt_indices(inputs, options)
    if not indices[0].has_duplicates:
        return None
    same_name = all(index.name == indices[0].name for index in indices)
    return indices[0] if same_name else indices[0].rename(None)


# ---- X and layers


def widen_dense_bool(shells: list[ad.AnnData], options: Options) -> None:
    """semantics.md, X: "bool -> float64 with NaN"; with a fill value, result_type as for sparse bool."""
    joined = merge_indices(_alt_indices(shells, options), join=options.join)
    fill = np.nan if options.fill_value is None else options.fill_value
    for shell, index in zip(shells, _alt_indices(shells, options), strict=True):
        if len(joined.difference(index)) == 0:
            continue
        _update_arrays(shell, lambda name, value: _widened(value, _arrays(shells, name), fill))


def _widened(value, siblings: list, fill: int | float):
    is_dense_bool = isinstance(value, np.ndarray) and value.dtype == bool
    if not is_dense_bool or any(map(sparse.issparse, siblings)):
        return value
    return value.astype(np.result_type(bool, np.asarray(fill).dtype))


def concat_some_without_x(shells: list[ad.AnnData], kwargs: dict) -> ad.AnnData:
    """semantics.md, X: "X missing in some inputs: inner -> no X; outer -> filled (0.13's rule)".

    0.13 treats such an X as a layer; so do we, with 0.12's code for layers.
    """
    missing = [a.X is None for a in shells]
    if all(missing) or not any(missing):
        return ad.concat(shells, **kwargs)
    moved = [a.copy() for a in shells]
    for shell in moved:
        if shell.X is not None:
            shell.layers["\0X"] = shell.X
            shell.X = None
    result = ad.concat(moved, **kwargs)
    if "\0X" in result.layers:
        result.X = result.layers.pop("\0X")
    return result


def keep_explicit_zeros(values, pattern):
    """semantics.md, X: "Explicit zeros are kept".

    scipy's product, with which anndata reindexes, drops them. `pattern` is the same concatenation
    of the inputs with every stored value 1: its entries are the ones that must be stored.
    """
    if not sparse.issparse(values):
        return values
    stored = canonical(pattern.tocsr()).tocoo()
    data = values.toarray()[stored.row, stored.col]
    return canonical(sparse.csr_matrix((data, (stored.row, stored.col)), shape=values.shape))


def choose_layout(value, sources: list, options: Options):
    """semantics.md, X: "csr on axis obs; on axis var csc where every input of that element is csc"."""
    if not sparse.issparse(value):
        return value
    return value.tocsc() if output_layout(sources, options) == "csc" else value.tocsr()


def output_layout(sources: list, options: Options) -> str:
    if options.sparse_layout != "auto":
        return options.sparse_layout
    all_csc = all(getattr(source, "format", None) == "csc" for source in sources)
    return "csc" if options.axis == "var" and all_csc else "csr"


def must_be_sorted(inputs: list[ad.AnnData], options: Options) -> bool:
    """semantics.md, X: "the written indices are always sorted when the input was reindexed".

    An input that is unsorted, in the output's layout and not reindexed may stay as it is.
    """
    sources = [a.X for a in inputs if a.X is not None]
    joined = merge_indices(_alt_indices(inputs, options), join=options.join) if _unique_alt(inputs, options) else None
    layout = output_layout(sources, options)
    for a, index in zip(inputs, _alt_indices(inputs, options), strict=True):
        is_kept_as_is = getattr(a.X, "format", None) == layout and (joined is None or index.equals(joined))
        if is_kept_as_is and not a.X.has_sorted_indices:
            return False
    return True


def canonical(matrix):
    """A copy with sorted indices and summed duplicates; explicit zeros stay."""
    matrix = matrix.copy()
    matrix.sum_duplicates()
    return matrix


# ---- helpers on AnnData


def _alt_axis_names(options: Options) -> str:
    return "var_names" if options.axis == "obs" else "obs_names"


def _alt_indices(inputs: list[ad.AnnData], options: Options) -> list[pd.Index]:
    return [getattr(a, _alt_axis_names(options)) for a in inputs]


def _unique_alt(inputs: list[ad.AnnData], options: Options) -> bool:
    return not any(index.has_duplicates for index in _alt_indices(inputs, options))


def _all_identical(indices: list[pd.Index]) -> bool:
    return all(index.equals(indices[0]) for index in indices)


def _set_alt_names(shells: list[ad.AnnData], options: Options, names: pd.Index) -> None:
    for shell in shells:
        setattr(shell, _alt_axis_names(options), names)


def _without_frame(adata: ad.AnnData, axis: str) -> ad.AnnData:
    shell = adata.copy()
    setattr(shell, axis, getattr(shell, axis)[[]])
    return shell


def _set_frame(result: ad.AnnData, axis: str, frame: pd.DataFrame) -> None:
    setattr(result, axis, frame.set_index(getattr(result, axis).index))


def _array(adata: ad.AnnData, name: str | None):
    """X for None, else the layer of that name; None where there is none."""
    return adata.X if name is None else adata.layers.get(name)


def _arrays(inputs: list[ad.AnnData], name: str | None) -> list:
    return [value for a in inputs if (value := _array(a, name)) is not None]


def _update_arrays(adata: ad.AnnData, change: Callable) -> None:
    if adata.X is not None:
        adata.X = change(None, adata.X)
    for name in list(adata.layers):
        adata.layers[name] = change(name, adata.layers[name])


def _stored_as_ones(adata: ad.AnnData) -> ad.AnnData:
    ones = adata.copy()
    _update_arrays(ones, lambda _name, value: _ones(value) if sparse.issparse(value) else value)
    return ones


def _ones(matrix):
    parts = (np.ones(len(matrix.data), np.int64), matrix.indices.copy(), matrix.indptr.copy())
    return type(matrix)(parts, shape=matrix.shape)
