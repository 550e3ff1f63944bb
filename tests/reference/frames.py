"""The rules for dataframes: along the concatenated axis, and brought to the names of the joined axis."""

from __future__ import annotations

import re

import anndata as ad
import numpy as np
import pandas as pd
from pandas.api.types import is_object_dtype

from options import Options
from refused import Refused


def concat_frames(frames: list[pd.DataFrame], options: Options) -> pd.DataFrame:
    """The concatenated axis' dataframe, label included, without its index; or a dataframe of its mapping."""
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
    mixtures = []
    for name in joined.columns:
        if name != options.label:
            sources = [frame[name] for frame in frames if name in frame]
            if is_mixture(joined[name], sources):
                mixtures.append(name)
            joined[name] = nullable_strings(joined[name], sources)
    if mixtures:
        raise Refused(*map(re.escape, mixtures))
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


def is_mixture(column: pd.Series, sources: list[pd.Series]) -> bool:
    """semantics.md, obs: "Mixtures that pandas makes `object` ... Refused at planning"."""
    is_mixed_categories = (
        isinstance(column.dtype, pd.CategoricalDtype)
        and is_object_dtype(column.cat.categories.dtype)
        and not all(isinstance(value, str) for value in column.cat.categories)
    )
    is_mixed_object = is_object_dtype(column.dtype) and not all(map(_is_text, sources))
    is_nullable_float = isinstance(column.dtype, (pd.Float32Dtype, pd.Float64Dtype))  # anndata cannot write these
    return is_mixed_categories or is_mixed_object or is_nullable_float


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


def reindexed_frame(frame: pd.DataFrame, names: pd.Index) -> pd.DataFrame:
    """semantics.md, alt axis: "outer inserts missing values before comparing. int->float64, bool->nullable boolean"."""
    if len(names.difference(frame.index)):
        frame = frame.astype({name: "boolean" for name in frame if frame[name].dtype == bool})
    frame = frame.reindex(names)
    return frame.assign(**{name: nullable_strings(frame[name], []) for name in frame})
