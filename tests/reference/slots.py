"""Random inputs: a registry of generators, one for each slot of an AnnData.

A generator adds its slot to all inputs of a draw at once, as what may be combined is a matter of all
of them. To carry a new slot, add its generator to `GENERATORS`.
"""

from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd

from alt_slots import add_alt_frame, add_alt_mapping, add_alt_pairs
from columns import random_columns
from elements import (
    RELATIONS,
    Sketch,
    along_names,
    alt_names,
    random_array,
    random_dtypes,
    random_keys,
    random_kinds,
    random_matrices,
    random_texts,
    set_elements,
    small_numbers,
)
from uns import random_uns

Inputs = list[ad.AnnData]


def make_inputs(sketch: Sketch, slots: list[str]) -> Inputs:
    inputs = []
    for along, alt in sketch.names:
        obs_names, var_names = (along, alt) if sketch.axis == "obs" else (alt, along)
        inputs.append(ad.AnnData(obs=pd.DataFrame(index=_index(obs_names)), var=pd.DataFrame(index=_index(var_names))))
    for slot in GENERATORS:
        if slot in slots:
            GENERATORS[slot](sketch, inputs)
    return inputs


def _index(names: list[str]) -> pd.Index:
    return pd.Index(names, dtype=object)


# ---- X and layers


def add_x(sketch: Sketch, inputs: Inputs) -> None:
    if sketch.chance(0.05):
        return
    for a, value in zip(inputs, random_matrices(sketch, sketch.shapes, missing=0.05), strict=True):
        a.X = value


def add_layers(sketch: Sketch, inputs: Inputs) -> None:
    keys = random_keys(sketch)
    set_elements(sketch, inputs, "layers", {key: random_matrices(sketch, sketch.shapes, missing=0.3) for key in keys})


# ---- the concatenated axis


def add_along_frame(sketch: Sketch, inputs: Inputs) -> None:
    columns = random_columns(sketch, [len(along) for along, _ in sketch.names])
    for a, frame in zip(inputs, columns, strict=True):
        setattr(a, sketch.axis, pd.DataFrame(frame, index=getattr(a, sketch.axis).index))
    if sketch.chance(0.3):
        names = ["cell_id", "cell_id"] if sketch.chance(0.6) else ["cell_id", None]
        for a in inputs:
            getattr(a, sketch.axis).index.name = sketch.pick(names)


def _along_mapping(sketch: Sketch, indices: list[pd.Index], keys: list[str]) -> dict[str, list]:
    return {key: _without_some(sketch, sketch.pick(ALONG_KINDS)(sketch, indices)) for key in keys}


def _without_some(sketch: Sketch, values: list) -> list:
    return [None if sketch.chance(0.3) else value for value in values] if sketch.chance(0.3) else values


def _flat(sketch: Sketch, indices: list[pd.Index]) -> list:
    widths = [int(sketch.rng.integers(1, 5)) for _ in indices]
    if sketch.chance(0.4):
        widths = widths[:1] * len(indices)
    return random_matrices(sketch, [(len(index), width) for index, width in zip(indices, widths, strict=True)])


def _deep(sketch: Sketch, indices: list[pd.Index]) -> list:
    dtypes = random_dtypes(sketch, ["dense"] * len(indices))
    shapes = [(len(index), int(sketch.rng.integers(1, 4)), 2) for index in indices]
    return [random_array(sketch.rng, shape, "dense", dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]


def _texts(sketch: Sketch, indices: list[pd.Index]) -> list:
    """Refused where cells are missing. With a fill value, which no text is, they never are."""
    width = int(sketch.rng.integers(1, 3))
    may_differ = sketch.fill_value is None and sketch.chance(0.15)
    widths = [width + int(may_differ and sketch.chance(0.5)) for _ in indices]
    return [random_texts(sketch, (len(index), width)) for index, width in zip(indices, widths, strict=True)]


def _records(sketch: Sketch, indices: list[pd.Index]) -> list:
    """Of one width, which cannot be filled up: refused where an input lacks them and the join is outer."""
    width = int(sketch.rng.integers(1, 3))
    values = [np.zeros((len(index), width), dtype=[("p", "i4"), ("q 1", "f8")]) for index in indices]
    for value in values:
        value["p"], value["q 1"] = (small_numbers(sketch.rng, value.shape, dtype) for dtype in ("i4", "f8"))
    return values


def _frames(sketch: Sketch, indices: list[pd.Index]) -> list:
    columns = random_columns(sketch, [len(index) for index in indices], largest=3, may_be_refused=False)
    return [pd.DataFrame(frame, index=index) for frame, index in zip(columns, indices, strict=True)]


def _frame_beside_array(sketch: Sketch, indices: list[pd.Index]) -> list:
    """Refused where both are there."""
    return [pair[int(sketch.chance(0.8))] for pair in zip(_flat(sketch, indices), _frames(sketch, indices), strict=True)]


ALONG_KINDS = (_flat, _flat, _flat, _flat, _deep, _deep, _frames, _frames, _frames, _texts, _records)


def add_along_mapping(sketch: Sketch, inputs: Inputs) -> None:
    indices = [getattr(a, sketch.axis).index for a in inputs]
    elements = _along_mapping(sketch, indices, random_keys(sketch))
    if elements and sketch.chance(0.05):
        elements["both"] = _frame_beside_array(sketch, indices)
    if sketch.fill_value is not None:
        for values in elements.values():
            _complete_texts(sketch, values, indices)
    set_elements(sketch, inputs, f"{sketch.axis}m", elements)


def _complete_texts(sketch: Sketch, values: list, indices: list[pd.Index]) -> None:
    """No rule says what a number as fill value does to texts."""
    width = next((value.shape[1] for value in values if getattr(value, "dtype", None) == object), None)
    for number, value in enumerate(values):
        if width is not None and value is None:
            values[number] = random_texts(sketch, (len(indices[number]), width))


def add_along_pairs(sketch: Sketch, inputs: Inputs) -> None:
    shapes = [(len(along), len(along)) for along, _ in sketch.names]
    elements = {}
    for key in random_keys(sketch):
        kinds = random_kinds(sketch, len(shapes), missing=0.3)
        dtypes = random_dtypes(sketch, [*kinds, "csr"])
        elements[key] = [
            None if kind == "none" else random_array(sketch.rng, shape, kind, dtype)
            for shape, kind, dtype in zip(shapes, kinds, dtypes, strict=False)
        ]
    set_elements(sketch, inputs, f"{sketch.axis}p", elements)


# ---- raw


def add_raw(sketch: Sketch, inputs: Inputs) -> None:
    """Genes of its own; the cells are the input's."""
    genes = _raw_genes(sketch, len(inputs))
    indices = [_index(names) for names in genes]
    matrices = random_matrices(sketch, [(a.n_obs, len(names)) for a, names in zip(inputs, genes, strict=True)])
    columns = random_columns(sketch, [len(names) for names in genes], largest=3, may_be_refused=False)
    varm = _along_mapping(sketch, indices, ["PCs"] if sketch.chance(0.5) else [])
    if sketch.fill_value is not None:
        for values in varm.values():
            _complete_texts(sketch, values, indices)
    raws = []
    for a, x, index, frame in zip(inputs, matrices, indices, columns, strict=True):
        raws.append(ad.AnnData(x, obs=pd.DataFrame(index=a.obs_names), var=pd.DataFrame(frame, index=index)))
    set_elements(sketch, raws, "varm", varm)
    is_in_all = sketch.chance(0.8)
    for a, raw in zip(inputs, raws, strict=True):
        if is_in_all or sketch.chance(0.6):
            a.raw = raw


def _raw_genes(sketch: Sketch, count: int) -> list[list[str]]:
    size = int(sketch.rng.integers(1, 12))
    if sketch.axis == "obs":
        return alt_names(sketch.rng, sketch.pick(RELATIONS), count, size)
    return [along_names(sketch.rng, int(sketch.rng.integers(size + 1)), f"r{number}_") for number in range(count)]


# ---- the registry


def _by_axis(name: str, along: Callable, alt: Callable) -> dict[str, Callable[[Sketch, Inputs], None]]:
    """The generators of obs and var, obsm and varm, obsp and varp: which is which is a matter of the axis."""

    def choose(axis: str) -> Callable[[Sketch, Inputs], None]:
        return lambda sketch, inputs: (along if sketch.axis == axis else alt)(sketch, inputs)

    return {f"obs{name}": choose("obs"), f"var{name}": choose("var")}


GENERATORS: dict[str, Callable[[Sketch, Inputs], None]] = {
    "X": add_x,
    **_by_axis("", add_along_frame, add_alt_frame),
    "layers": add_layers,
    **_by_axis("m", add_along_mapping, add_alt_mapping),
    **_by_axis("p", add_along_pairs, add_alt_pairs),
    "raw": add_raw,
    "uns": lambda sketch, inputs: random_uns(sketch, inputs),
}
