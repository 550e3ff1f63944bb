"""The rules for dense and sparse arrays: X, layers and the arrays of the concatenated axis' mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator

import anndata as ad
import numpy as np
import pandas as pd
from anndata._core.merge import merge_indices
from scipy import sparse

from options import Options
from refused import Refused

Place = tuple[str, ...]
"""Where an array is: ("X",), or a mapping and a key."""


def concat_arrays(shells: list[ad.AnnData], options: Options) -> ad.AnnData:
    """`shells` hold nothing but names and arrays. Changes them."""
    refuse_unequal_records(shells, options)
    refuse_unequal_ranks(shells, options)
    widen_dense_bool(shells, options)
    fill_missing_deep_arrays(shells, options)
    kwargs = options.concat_kwargs()
    values = concat_some_without_x(shells, kwargs)
    pattern = concat_some_without_x([_stored_as_ones(a) for a in shells], kwargs)
    for place, value in arrays_of(values):
        value = keep_explicit_zeros(value, array_at(pattern, place))
        _set_array(values, place, choose_layout(place, value, arrays_at(shells, place), options))
    pairs = getattr(values, f"{options.axis}p")
    for key, value in pairs.items():
        pairs[key] = choose_layout((f"{options.axis}p", key), value, [], options)
    refuse_unwritable(values)
    return values


def refuse_unequal_ranks(shells: list[ad.AnnData], options: Options) -> None:
    """semantics.md, obsm: "3-D arrays of equal rank work"; the third dimension cannot differ either."""
    for place in _mapping_places(shells, options):
        if len({value.shape[2:] for value in arrays_at(shells, place)}) > 1:
            raise Refused(re.escape(place[-1]))


def refuse_unequal_records(shells: list[ad.AnnData], options: Options) -> None:
    """semantics.md, obsm: "structured arrays concatenate by field where the fields are equal"; none may be missing."""
    for place in _mapping_places(shells, options):
        present = arrays_at(shells, place)
        if any(not hasattr(value, "dtype") for value in present):
            raise Refused(re.escape(place[-1]))  # awkward
        if all(getattr(value.dtype, "names", None) is None for value in present):
            continue
        is_missing = options.join == "outer" and len(present) < len(shells)
        if is_missing or len({str(value.dtype.descr) for value in present}) > 1:
            raise Refused(re.escape(place[-1]))


def widen_dense_bool(shells: list[ad.AnnData], options: Options) -> None:
    """semantics.md, X: "bool -> float64 with NaN"; with a fill value, result_type as for sparse bool."""
    for shell in shells:
        for place, value in arrays_of(shell):
            if is_padded(shell, place, shells, options):
                _set_array(shell, place, _widened(value, arrays_at(shells, place), options))


def _widened(value, siblings: list, options: Options):
    is_dense_bool = isinstance(value, np.ndarray) and value.dtype == bool
    if not is_dense_bool or any(map(sparse.issparse, siblings)):
        return value
    fill = np.nan if options.fill_value is None else options.fill_value
    return value.astype(np.result_type(bool, np.asarray(fill).dtype))


def fill_missing_deep_arrays(shells: list[ad.AnnData], options: Options) -> None:
    """semantics.md, X: "A layer or obsm key that some inputs lack: ... outer -> filled".

    Of more than two dimensions too, where anndata 0.12 fails.
    """
    for place in _mapping_places(shells, options) if options.join == "outer" else ():
        present = arrays_at(shells, place)
        if present[0].ndim > 2:
            width = max(value.shape[1] for value in present)
            for shell in shells:
                if array_at(shell, place) is None:
                    fill = np.nan if options.fill_value is None else options.fill_value
                    shape = (len(getattr(shell, options.axis)), width, *present[0].shape[2:])
                    _set_array(shell, place, np.full(shape, fill))


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

    scipy's product, with which anndata reindexes, drops them. `pattern` is the same operation on
    the inputs with every stored value 1: its entries are the ones that must be stored.
    """
    if not sparse.issparse(values):
        return values
    stored = canonical(pattern.tocsr()).tocoo()
    data = values.toarray()[stored.row, stored.col]
    return canonical(sparse.csr_matrix((data, (stored.row, stored.col)), shape=values.shape))


def choose_layout(place: Place, value, sources: list, options: Options):
    if not sparse.issparse(value):
        return value
    return with_narrow_indices(value.asformat(output_layout(place, sources, options)))


def with_narrow_indices(matrix):
    """semantics.md, X: "int32 unless nnz or a dimension needs int64"."""
    parts = (matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32))
    return type(matrix)(parts, shape=matrix.shape)


def output_layout(place: Place, sources: list, options: Options) -> str:
    """semantics.md, X and layers: "csr on axis obs; on axis var csc where every input of that element is csc".

    The mappings of the concatenated axis are concatenated along their rows, whatever the axis, and what is
    pairwise is a block diagonal: csr.
    """
    if options.sparse_layout != "auto":
        return options.sparse_layout
    all_csc = all(getattr(source, "format", None) == "csc" for source in sources)
    is_along_columns = options.axis == "var" and place[0] in ("X", "layers")
    return "csc" if is_along_columns and all_csc else "csr"


def refuse_unwritable(result: ad.AnnData) -> None:
    """semantics.md, X: "2-D strings: refused at planning" where cells are missing; so are strings beside numbers."""
    unwritable = [place for place, value in arrays_of(result) if is_unwritable(value)]
    if unwritable:
        raise Refused(*(re.escape(place[-1]) for place in unwritable))


def is_unwritable(value) -> bool:
    is_object = isinstance(value, np.ndarray) and value.dtype == object
    return is_object and not all(isinstance(cell, str) for cell in value.flat)


def unsorted_places(inputs: list[ad.AnnData], options: Options) -> set[Place]:
    """Arrays of the result whose rows may be unsorted.

    semantics.md, X: "the written indices are always sorted when the input was reindexed". An input that is
    unsorted, in the output's layout and not reindexed may stay as it is.
    """
    return {
        place
        for a in inputs
        for place, value in arrays_of(a)
        if getattr(value, "format", None) == output_layout(place, arrays_at(inputs, place), options)
        and not value.has_sorted_indices
        and not is_reindexed(a, place, inputs, options)
    }


def canonical(matrix):
    """A copy with sorted indices and summed duplicates; explicit zeros stay."""
    matrix = matrix.copy()
    matrix.sum_duplicates()
    return matrix


# ---- which inputs are reindexed


def is_reindexed(adata: ad.AnnData, place: Place, inputs: list[ad.AnnData], options: Options) -> bool:
    across = _across(adata, place, options)
    return not across.equals(_joined_across(place, inputs, options))


def is_padded(adata: ad.AnnData, place: Place, inputs: list[ad.AnnData], options: Options) -> bool:
    """Whether the result has names, or columns of a mapping's array, that this input lacks."""
    return len(_joined_across(place, inputs, options).difference(_across(adata, place, options))) > 0


def _across(adata: ad.AnnData, place: Place, options: Options) -> pd.Index:
    if place[0] in ("X", "layers"):
        return getattr(adata, options.alt_axis).index
    return pd.RangeIndex(array_at(adata, place).shape[1])


def _joined_across(place: Place, inputs: list[ad.AnnData], options: Options) -> pd.Index:
    if place[0] in ("X", "layers"):
        indices = [_across(a, place, options) for a in inputs]
        is_same = all(index.equals(indices[0]) for index in indices)
        return indices[0] if is_same else merge_indices(indices, join=options.join)
    widths = [value.shape[1] for value in arrays_at(inputs, place)]
    return pd.RangeIndex(min(widths) if options.join == "inner" else max(widths))


# ---- arrays of an AnnData by their place


def arrays_of(adata: ad.AnnData) -> Iterator[tuple[Place, object]]:
    """The dense and sparse arrays of X, layers, obsm and varm."""
    if adata.X is not None:
        yield ("X",), adata.X
    for slot in ("layers", "obsm", "varm"):
        for key, value in list(getattr(adata, slot).items()):
            if not isinstance(value, pd.DataFrame):
                yield (slot, key), value


def array_at(adata: ad.AnnData, place: Place):
    """None where there is none."""
    return adata.X if place == ("X",) else getattr(adata, place[0]).get(place[1])


def arrays_at(inputs: list[ad.AnnData], place: Place) -> list:
    return [value for a in inputs if (value := array_at(a, place)) is not None]


def _set_array(adata: ad.AnnData, place: Place, value) -> None:
    if place == ("X",):
        adata.X = value
    else:
        getattr(adata, place[0])[place[1]] = value


def _mapping_places(shells: list[ad.AnnData], options: Options) -> list[Place]:
    places = dict.fromkeys(place for shell in shells for place, _ in arrays_of(shell))
    return [place for place in places if place[0] == f"{options.axis}m"]


def _stored_as_ones(adata: ad.AnnData) -> ad.AnnData:
    ones = adata.copy()
    for place, value in arrays_of(ones):
        if sparse.issparse(value):
            _set_array(ones, place, stored_as_ones(value))
    return ones


def stored_as_ones(matrix):
    parts = (np.ones(len(matrix.data), np.int64), matrix.indices.copy(), matrix.indptr.copy())
    return type(matrix)(parts, shape=matrix.shape)
