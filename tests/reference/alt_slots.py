"""Random slots of the alt axis: values that inputs share by name, so that merging finds equal ones."""

from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd

from columns import THEMES
from elements import KEYS, Sketch, random_keys, random_matrices, random_texts, set_elements, small_numbers


def add_alt_frame(sketch: Sketch, inputs: list[ad.AnnData]) -> None:
    alt = sketch.alt_axis
    elements = {f"{sketch.pick(KEYS)}{number}": _shared(sketch, _shared_column(sketch)) for number in range(int(sketch.rng.integers(1, 4)))}
    for number, a in enumerate(inputs):
        columns = {key: values[number] for key, values in elements.items() if values[number] is not None}
        setattr(a, alt, pd.DataFrame(sketch.shuffled(columns), index=getattr(a, alt).index))
    if sketch.chance(0.3):
        for a in inputs:
            getattr(a, alt).index.name = sketch.pick(("gene_id", "gene_id", None))


def add_alt_mapping(sketch: Sketch, inputs: list[ad.AnnData]) -> None:
    alt = sketch.alt_axis
    kinds = (_shared_matrix, _shared_matrix, _shared_deep, _shared_frame, _shared_texts)
    elements = {key: _shared(sketch, sketch.pick(kinds)(sketch)) for key in random_keys(sketch)}
    for values in elements.values():
        for a, value in zip(inputs, values, strict=True):
            if isinstance(value, pd.DataFrame):
                value.index = getattr(a, alt).index
    set_elements(sketch, inputs, f"{alt}m", elements)


def add_alt_pairs(sketch: Sketch, inputs: list[ad.AnnData]) -> None:
    elements = {key: _shared(sketch, _shared_square(sketch)) for key in random_keys(sketch)}
    set_elements(sketch, inputs, f"{sketch.alt_axis}p", elements)


def _shared(sketch: Sketch, truth_at: Callable[[list[int], bool], object]) -> list:
    """A value for each input, most often the same for the same names; `truth_at(positions, is_other)`."""
    pool = {name: position for position, name in enumerate(dict.fromkeys(name for _, alt in sketch.names for name in alt))}
    differing, missing = (sketch.pick((0, 0, 0.3)), sketch.pick((0, 0, 0.3, 0.6)))
    return [
        None if sketch.chance(missing) else truth_at([pool[name] for name in alt], sketch.chance(differing))
        for _, alt in sketch.names
    ]


def _pool_length(sketch: Sketch) -> int:
    return len({name for _, alt in sketch.names for name in alt})


def _shared_column(sketch: Sketch):
    theme = THEMES[sketch.pick(list(THEMES))]
    truth, other = theme(sketch, [_pool_length(sketch)] * 2)
    return lambda positions, is_other: (other if is_other else truth)[positions]


def _shared_frame(sketch: Sketch):
    truth, other = ({name: _shared_column(sketch) for name in "xyz"[: int(sketch.rng.integers(4))]} for _ in range(2))
    return lambda positions, is_other: pd.DataFrame(
        {name: at(positions, is_other) for name, at in (other if is_other else truth).items()}, index=range(len(positions))
    )


def _shared_matrix(sketch: Sketch):
    shape = (_pool_length(sketch), int(sketch.rng.integers(1, 4)))
    truth, other = _two_kinds(sketch, shape)
    return lambda positions, is_other: _part(other if is_other else truth, positions)


def _shared_square(sketch: Sketch):
    truth, other = _two_kinds(sketch, (_pool_length(sketch),) * 2)
    return lambda positions, is_other: _part(other if is_other else truth, positions, is_square=True)


def _two_kinds(sketch: Sketch, shape: tuple[int, int]) -> list:
    """The second is equal in value to the first, or of its own; sparse beside dense is never equal."""
    first, second = random_matrices(sketch, [shape, shape])
    is_sparse = not isinstance(first, np.ndarray)
    if is_sparse and sketch.chance(0.3):
        second = first.asformat(sketch.pick(("csr", "csc"))).astype(sketch.pick((first.dtype, "f8")))
    return [first, second]


def _part(matrix, positions: list[int], *, is_square: bool = False):
    part = matrix[positions]
    part = part[:, positions] if is_square else part
    return part if isinstance(matrix, np.ndarray) else part.asformat(matrix.format)


def _shared_deep(sketch: Sketch):
    truth, other = (small_numbers(sketch.rng, (_pool_length(sketch), 2, 2), sketch.pick(("?", "i4", "f4"))) for _ in range(2))
    return lambda positions, is_other: (other if is_other else truth)[positions]


def _shared_texts(sketch: Sketch):
    """Refused where names are missing and the merge keeps it."""
    truth, other = (random_texts(sketch, (_pool_length(sketch), 2)) for _ in range(2))
    return lambda positions, is_other: (other if is_other else truth)[positions]
