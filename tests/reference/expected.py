"""What a concatenation must give: `anndata.concat` of anndata 0.12, and our own rules where they differ.

Each rule is one function, here or in `frames`, `arrays` and `alt_axis`, and cites the line of semantics.md
that it stands for. Everything else is anndata's own code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import anndata as ad
import pandas as pd

from alt_axis import merge_alt_axis, merge_uns
from arrays import concat_arrays, unsorted_places
from frames import concat_frames
from options import Options
from refused import Refused


def expected(inputs: list[ad.AnnData], options: Options) -> ad.AnnData:
    """The result in memory; `Refused` where the inputs must be refused."""
    if not inputs:
        raise Refused("(?i:no objects to concatenate)")
    refuse_bad_keys(len(inputs), options)
    refuse_ambiguous_alt_names(inputs, options)
    axis, alt = options.axis, options.alt_axis
    alt_names = identical_duplicated_names(inputs, options)
    renamed = [a if alt_names is None else _renamed(a, alt) for a in inputs]
    result, frame, mapping, merged, raw = _all_or_refused(
        lambda: concat_arrays([_shell(a, options) for a in renamed], options),
        lambda: concat_frames([getattr(a, axis) for a in inputs], options),
        lambda: concat_mapping_frames(inputs, options),
        lambda: merge_alt_axis(renamed, options),
        lambda: concat_raw(inputs, options),
    )
    setattr(result, axis, frame.set_index(getattr(result, axis).index))
    for key, columns in mapping.items():
        getattr(result, f"{axis}m")[key] = columns.set_index(getattr(result, axis).index)
    setattr(result, alt, merged.frame)
    getattr(result, f"{alt}m").update(merged.mapping)
    getattr(result, f"{alt}p").update(merged.pairs)
    result.uns = merge_uns(inputs, options)
    if alt_names is not None:
        setattr(result, f"{alt}_names", alt_names)
    name_indices_alike(result)
    result.raw = raw
    return result


def _all_or_refused(*parts: Callable) -> list:
    """What each part returns; where several refuse, which of the refusals is reported is free."""
    results, patterns = [], []
    for part in parts:
        try:
            results.append(part())
        except Refused as refusal:
            patterns += refusal.patterns
    if patterns:
        raise Refused(*patterns)
    return results


# ---- refusals


def refuse_bad_keys(count: int, options: Options) -> None:
    """semantics.md, label: "Errors: repeated keys; fewer keys than inputs"."""
    if options.keys is None:
        return
    if len(set(options.keys)) < len(options.keys) or len(options.keys) < count:
        raise Refused("(?i:key)")


def refuse_ambiguous_alt_names(inputs: list[ad.AnnData], options: Options) -> None:
    """semantics.md, indices: duplicate names on the alt axis are an error unless all indices are identical."""
    indices = [getattr(a, options.alt_axis).index for a in inputs]
    is_identical = all(index.equals(indices[0]) for index in indices)
    if any(index.has_duplicates for index in indices) and not is_identical:
        duplicated = next(index[index.duplicated()][0] for index in indices if index.has_duplicates)
        raise Refused(re.escape(duplicated))


# ---- parts of the result


def identical_duplicated_names(inputs: list[ad.AnnData], options: Options) -> pd.Index | None:
    """semantics.md, indices: duplicate names are allowed where every input has the identical alt index."""
    indices = [getattr(a, options.alt_axis).index for a in inputs]
    if not indices[0].has_duplicates:
        return None
    same_name = all(index.name == indices[0].name for index in indices)
    return indices[0] if same_name else indices[0].rename(None)


def concat_mapping_frames(inputs: list[ad.AnnData], options: Options) -> dict[str, pd.DataFrame]:
    """semantics.md, obsm: "All dataframes: inner = column intersection; outer = first-seen union".

    "an input without the key: all-missing rows"; "Dataframe + array: refused".
    """
    mappings = [getattr(a, f"{options.axis}m") for a in inputs]
    plain = replace(options, label=None, keys=None)
    result = {}
    for key in dict.fromkeys(key for mapping in mappings for key in mapping):
        values = [mapping.get(key) for mapping in mappings]
        if not any(isinstance(value, pd.DataFrame) for value in values):
            continue
        is_in_all = all(value is not None for value in values)
        if options.join == "inner" and not is_in_all:
            continue
        if not all(value is None or isinstance(value, pd.DataFrame) for value in values):
            raise Refused(re.escape(key))
        frames = [_no_columns(a, options) if v is None else v for a, v in zip(inputs, values, strict=True)]
        result[key] = concat_frames(frames, plain)
    return result


def concat_raw(inputs: list[ad.AnnData], options: Options) -> ad.AnnData | None:
    """semantics.md, raw: "kept if all inputs have it"; "the same join, fill, axis and keys, but no merge"."""
    if any(a.raw is None for a in inputs):
        return None
    raws = [
        ad.AnnData(a.raw.X, obs=pd.DataFrame(index=a.obs_names), var=a.raw.var, varm=dict(a.raw.varm)) for a in inputs
    ]
    return expected(raws, replace(options, merge=None, uns_merge=None, pairwise=False))


def name_indices_alike(result: ad.AnnData) -> None:
    """semantics.md, indices: "The index's name is kept only if it is the same in all inputs"; also in obsm, varm.

    anndata leaves a merged dataframe that needed no reindexing under its own index name.
    """
    for axis in ("obs", "var"):
        mapping = getattr(result, f"{axis}m")
        for key, value in mapping.items():
            if isinstance(value, pd.DataFrame):
                mapping[key] = value.set_index(getattr(result, axis).index)


def may_be_unsorted(inputs: list[ad.AnnData], options: Options) -> set[str]:
    """Paths of sparse elements, or of the groups that hold them, whose rows may lie unsorted in the output."""
    raws = [a.raw.to_adata() for a in inputs if a.raw is not None]
    kept_as_is = {"/".join(place) for place in unsorted_places(inputs, options)}
    kept_as_is |= {"raw/" + "/".join(place) for place in unsorted_places(raws, options)}
    return kept_as_is | {"uns", f"{options.axis}p", f"{options.alt_axis}m", f"{options.alt_axis}p"}


# ---- helpers


def _shell(adata: ad.AnnData, options: Options) -> ad.AnnData:
    """Names, and the arrays of X, layers and the concatenated axis' mappings; nothing else."""
    axis = options.axis
    mapping = getattr(adata, f"{axis}m").items()
    aligned = {
        f"{axis}m": {key: value for key, value in mapping if not isinstance(value, pd.DataFrame)},
        f"{axis}p": dict(getattr(adata, f"{axis}p")),
    }
    return ad.AnnData(adata.X, obs=adata.obs[[]], var=adata.var[[]], layers=dict(adata.layers), **aligned).copy()


def _renamed(adata: ad.AnnData, axis: str) -> ad.AnnData:
    """With unique names in place of duplicated ones."""
    renamed = adata.copy()
    setattr(renamed, f"{axis}_names", pd.RangeIndex(len(getattr(adata, axis))).astype(str))
    return renamed


def _no_columns(adata: ad.AnnData, options: Options) -> pd.DataFrame:
    return pd.DataFrame(index=getattr(adata, options.axis).index)
