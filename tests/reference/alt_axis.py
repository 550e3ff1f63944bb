"""The rules for the axis that is not concatenated along, and for uns: what `--merge` and `--uns-merge` keep."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import anndata as ad
import numpy as np
import pandas as pd
from anndata._core.merge import Reindexer, equal, equal_array, merge_indices, resolve_merge_strategy
from scipy import sparse

from coalesce import coalesce_arrays, coalesce_frames
from arrays import is_unwritable, keep_explicit_zeros, stored_as_ones, with_narrow_indices
from frames import reindexed_frame
from options import Options
from refused import Refused


@dataclass(frozen=True)
class AltAxis:
    """What the result has along the alt axis: a dataframe, its `m` mapping and its `p` mapping."""

    frame: pd.DataFrame
    mapping: dict
    pairs: dict


def merge_alt_axis(inputs: list[ad.AnnData], options: Options, *, is_checked: bool = True) -> AltAxis:
    """semantics.md, alt axis: "Applied after reindexing to the joined index". The names must be unique."""
    alt = options.alt_axis
    names = merge_indices([getattr(a, alt).index for a in inputs], join=options.join)
    if options.merge is None:
        return AltAxis(pd.DataFrame(index=names), {}, {})
    if options.merge == "coalesce":
        return coalesce_alt_axis(inputs, names, options)
    merge = resolve_merge_strategy(options.merge)
    frames, mappings, pairs = [], [], []
    for a in inputs:
        reindexer = Reindexer(getattr(a, alt).index, names)
        frames.append(reindexed_frame(getattr(a, alt), names))
        mappings.append({key: reindexed(value, reindexer) for key, value in getattr(a, f"{alt}m").items()})
        pairs.append({key: reindexed(reindexed(value, reindexer), reindexer, axis=1) for key, value in getattr(a, f"{alt}p").items()})
    merged = AltAxis(pd.DataFrame(merge(frames), index=names), merge(mappings), merge(pairs))
    if is_checked:
        refuse_unwritable(merged)
    return merged


@equal.register(np.ndarray)
def equal_of_a_kind(a: np.ndarray, b: object) -> bool:
    """A dense and a sparse array are never the same; to anndata they can be if the sparse one comes first."""
    return not sparse.issparse(b) and equal_array(a, b)


class Unmovable:
    """semantics.md, obsm: "Awkward may refuse with a clear message": what would have to be reindexed."""


def coalesce_alt_axis(inputs: list[ad.AnnData], names: pd.Index, options: Options) -> AltAxis:
    """semantics.md, "Beyond anndata": "`--merge coalesce` (per name, the first non-missing value)".

    Of dataframes and dense arrays; of what else there is the first input's stays.
    """
    alt = options.alt_axis
    indices = [getattr(a, alt).index for a in inputs]
    frame = coalesce_frames([getattr(a, alt) for a in inputs], names)
    first = merge_alt_axis(inputs, replace(options, merge="first"), is_checked=False)
    mapping = {}
    for key, value in first.mapping.items():
        own = [(index, getattr(a, f"{alt}m")[key]) for index, a in zip(indices, inputs, strict=True) if key in getattr(a, f"{alt}m")]
        match own[0][1]:
            case pd.DataFrame():
                mapping[key] = coalesce_frames([part for _, part in own if isinstance(part, pd.DataFrame)], names)
            case np.ndarray() as array if array.dtype != object:
                alike = [(i, p) for i, p in own if isinstance(p, np.ndarray) and p.dtype != object and p.shape[1:] == array.shape[1:]]
                mapping[key] = coalesce_arrays(alike, names)
            case _:
                mapping[key] = value
    merged = AltAxis(frame, mapping, first.pairs)
    refuse_unwritable(merged)
    return merged


def reindexed(value, reindexer: Reindexer, axis: int = 0):
    """`anndata.concat`'s reindexing, with the rules for each kind of element."""
    names, is_padded = reindexer.new_idx, len(reindexer.new_idx) > len(reindexer.new_pos)
    match value:
        case pd.DataFrame():
            return reindexed_frame(value, names)
        case np.ndarray():
            return reindexer(value.astype("f8") if value.dtype == bool and is_padded else value, axis=axis)
        case _ if reindexer.no_change:
            return with_narrow_indices(value) if sparse.issparse(value) else value
        case _ if sparse.issparse(value):
            pattern = reindexer(stored_as_ones(value), axis=axis)
            return with_narrow_indices(keep_explicit_zeros(reindexer(value, axis=axis), pattern).asformat(value.format))
        case _:
            return Unmovable()


def refuse_unwritable(merged: AltAxis) -> None:
    """semantics.md, X: "2-D strings: refused at planning" where names are missing and the merge keeps them."""
    unwritable = [key for key, value in merged.mapping.items() if is_unwritable(value) or isinstance(value, Unmovable)]
    if unwritable:
        raise Refused(*map(re.escape, unwritable))


def merge_uns(inputs: list[ad.AnnData], options: Options) -> dict:
    if options.uns_merge == "nest":
        keys = options.keys or [str(number) for number in range(len(inputs))]
        trees = {key: dict(a.uns) for key, a in zip(keys, inputs, strict=False) if a.uns}
        odd = [key for key in trees if key == "" or "/" in key]
        if odd:
            raise Refused("(?i:nest)")
        return trees
    return dict(resolve_merge_strategy(options.uns_merge)([a.uns for a in inputs]))
