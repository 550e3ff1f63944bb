"""Random inputs: a registry of generators, one for each slot of an AnnData.

A generator adds its slot to all inputs of a draw at once, as what may be combined is a matter of all
of them. To carry a new slot, add its generator to `GENERATORS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse

INTEGERS = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")
FLOATS = ("f2", "f4", "f8")
ODD_NAMES = ("gene#1", "50%", "a:b", "a b", "why?", "é", "\uffee", "\U0001f600", "中文", "+", "A", "a", "")
CATEGORIES = ("", "1.5", "1.25", "9", "10", "-1", "B", "a1b", "a01b", "a b", "a_b", "b", "c1", "c2", "c10", "é", "x²", "z")
RELATIONS = ("same", "overlapping", "disjoint", "permuted", "subset", "empty")


@dataclass(frozen=True)
class Sketch:
    """What the inputs of a draw have in common. `names` are each input's (concatenated, alt) axis names."""

    rng: np.random.Generator
    axis: str
    names: list[tuple[list[str], list[str]]]
    fill_value: int | float | None = None

    @property
    def shapes(self) -> list[tuple[int, int]]:
        lengths = [(len(along), len(alt)) for along, alt in self.names]
        return lengths if self.axis == "obs" else [pair[::-1] for pair in lengths]

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]


def make_inputs(sketch: Sketch, slots: list[str]) -> list[ad.AnnData]:
    inputs = []
    for along, alt in sketch.names:
        obs_names, var_names = (along, alt) if sketch.axis == "obs" else (alt, along)
        inputs.append(ad.AnnData(obs=pd.DataFrame(index=_index(obs_names)), var=pd.DataFrame(index=_index(var_names))))
    for slot in slots:
        GENERATORS[slot](sketch, inputs)
    return inputs


def _index(names: list[str]) -> pd.Index:
    return pd.Index(names, dtype=object)


# ---- names


def alt_names(rng: np.random.Generator, relation: str, count: int, size: int) -> list[list[str]]:
    """Names of the alt axis for `count` inputs that relate to each other as `relation` says."""
    pool = [*rng.permutation(ODD_NAMES), *(f"g{number}" for number in rng.permutation(size * count + 5))]
    pool = [str(name) for name in pool]
    base = pool[:size]
    match relation:
        case "same":
            return [base] * count
        case "permuted":
            return [base, *([str(n) for n in rng.permutation(base)] for _ in range(count - 1))]
        case "disjoint":
            return [pool[i * size : (i + 1) * size] for i in range(count)]
        case "subset":
            return [base, *(base[: int(rng.integers(size + 1))] for _ in range(count - 1))]
        case "empty":
            return [base if rng.random() < 0.5 else [] for _ in range(count)]
        case _:
            return [[str(n) for n in rng.permutation(pool[: size + 3])[:size]] for _ in range(count)]


def along_names(sketch_rng: np.random.Generator, length: int, prefix: str) -> list[str]:
    names = [f"{prefix}{number}" for number in range(length)]
    if length and sketch_rng.random() < 0.3:
        names[int(sketch_rng.integers(length))] = str(sketch_rng.choice(ODD_NAMES))
    return names


# ---- X


def add_x(sketch: Sketch, inputs: list[ad.AnnData]) -> None:
    if sketch.chance(0.05):
        return
    kinds = _kinds(sketch, len(inputs))
    dtypes = _number_dtypes(sketch, kinds)
    for a, kind, dtype in zip(inputs, kinds, dtypes, strict=True):
        if kind != "none":
            a.X = random_array(sketch.rng, a.shape, kind, dtype)


def _kinds(sketch: Sketch, count: int) -> list[str]:
    if sketch.chance(0.5):
        return [sketch.pick(("csr", "csc", "dense"))] * count
    kinds = [sketch.pick(("csr", "csc", "dense")) for _ in range(count)]
    if sketch.chance(0.1):
        kinds[sketch.pick(range(count))] = "none"
    return kinds


def _number_dtypes(sketch: Sketch, kinds: list[str]) -> list[str]:
    allowed = ["?", *INTEGERS, *FLOATS]
    if {"csr", "csc"} & set(kinds):
        allowed.remove("f2")  # scipy has no sparse float16
    if sketch.fill_value is not None and sketch.fill_value < 0:
        allowed.remove("u8")  # pandas makes it `object`; no rule says what we do
    if sketch.chance(0.5):
        return [sketch.pick(allowed)] * len(kinds)
    return [sketch.pick(allowed) for _ in kinds]


def random_array(rng: np.random.Generator, shape: tuple[int, int], kind: str, dtype: str):
    if kind == "dense":
        return np.where(rng.random(shape) < 0.5, 0, random_numbers(rng, shape, dtype)).astype(dtype)
    return random_sparse(
        rng, shape, kind, dtype,
        is_unsorted=rng.random() < 0.3,
        has_duplicates=rng.random() < 0.15,
        has_zeros=rng.random() < 0.3,
    )  # fmt: skip


def random_sparse(
    rng: np.random.Generator,
    shape: tuple[int, int],
    kind: str,
    dtype: str,
    *,
    is_unsorted: bool = False,
    has_duplicates: bool = False,
    has_zeros: bool = False,
    density: float = 0.4,
):
    """A compressed matrix with exactly these irregularities in what it stores."""
    major, minor = shape if kind == "csr" else shape[::-1]
    rows = []
    for _ in range(major):
        row = np.flatnonzero(rng.random(minor) < density)
        if has_duplicates and len(row):
            row = np.sort(np.append(row, rng.choice(row)))
        rows.append(rng.permutation(row) if is_unsorted else row)
    indices = np.concatenate([*rows, np.zeros(0, int)]).astype(np.int32)
    indptr = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    data = _small_numbers(rng, len(indices), dtype) if has_duplicates else random_numbers(rng, len(indices), dtype)
    data[data == 0] = 1
    if has_zeros:
        data[rng.random(len(data)) < 0.2] = 0
    matrix_class = sparse.csr_matrix if kind == "csr" else sparse.csc_matrix
    return matrix_class((data, indices, indptr), shape=shape)


def random_numbers(rng: np.random.Generator, shape, dtype: str) -> np.ndarray:
    """Small numbers that are exact in every dtype; now and then the dtype's limits, or NaN."""
    values = _small_numbers(rng, shape, dtype)
    if np.dtype(dtype).kind in "iu" and rng.random() < 0.3:
        limits = np.iinfo(dtype)
        values[rng.random(shape) < 0.2] = limits.max
        values[rng.random(shape) < 0.2] = limits.min + 1
    elif np.dtype(dtype).kind == "f" and rng.random() < 0.3:
        values[rng.random(shape) < 0.1] = np.nan
        values[rng.random(shape) < 0.1] = np.inf
    return values


def _small_numbers(rng: np.random.Generator, shape, dtype: str) -> np.ndarray:
    if dtype == "?":
        return rng.random(shape) < 0.7
    values = rng.integers(0, 9, shape)
    return (values / 2).astype(dtype) if np.dtype(dtype).kind == "f" else values.astype(dtype)


# ---- the concatenated axis' dataframe


def add_along_frame(sketch: Sketch, inputs: list[ad.AnnData]) -> None:
    """Columns of a theme may be combined with each other, and with a column that is missing."""
    frames = [{} for _ in inputs]
    for number in range(int(sketch.rng.integers(5))):
        theme = sketch.pick(list(THEMES))
        name = sketch.pick(("q?", "a b", "50%", "x:y", "é#", "col")) + str(number)
        columns = THEMES[theme](sketch, [len(along) for along, _ in sketch.names])
        may_miss = theme not in NEVER_MISSING and sketch.chance(0.4)
        for frame, column in zip(frames, columns, strict=True):
            if not (may_miss and sketch.chance(0.3)):
                frame[name] = column
    for a, frame in zip(inputs, frames, strict=True):
        order = sketch.rng.permutation(list(frame)) if frame else []
        columns = {str(name): frame[str(name)] for name in order}
        setattr(a, sketch.axis, pd.DataFrame(columns, index=getattr(a, sketch.axis).index))
    _name_indices(sketch, inputs)


def _name_indices(sketch: Sketch, inputs: list[ad.AnnData]) -> None:
    if sketch.chance(0.3):
        names = ["cell_id", "cell_id"] if sketch.chance(0.6) else ["cell_id", None]
        for a in inputs:
            getattr(a, sketch.axis).index.name = sketch.pick(names)


def _numbers(sketch: Sketch, lengths: list[int]) -> list:
    dtypes = [*INTEGERS, *FLOATS]
    chosen = [sketch.pick(dtypes)] * len(lengths) if sketch.chance(0.4) else [sketch.pick(dtypes) for _ in lengths]
    return [random_numbers(sketch.rng, n, dtype) for n, dtype in zip(lengths, chosen, strict=True)]


def _bools(sketch: Sketch, lengths: list[int]) -> list:
    return [sketch.rng.random(n) < 0.5 for n in lengths]


def _bools_and_integers(sketch: Sketch, lengths: list[int]) -> list:
    return [_small_numbers(sketch.rng, n, sketch.pick(("?", *INTEGERS))) for n in lengths]


def _nullable_integers(sketch: Sketch, lengths: list[int]) -> list:
    return [_nullable(sketch, n, sketch.pick(("Int8", "UInt8", "Int32", "Int64", "i4", "u1"))) for n in lengths]


def _nullable_bools(sketch: Sketch, lengths: list[int]) -> list:
    return [_nullable(sketch, n, sketch.pick(("boolean", "?"))) for n in lengths]


def _nullable(sketch: Sketch, length: int, dtype: str):
    if dtype in ("i4", "u1", "?"):
        return _small_numbers(sketch.rng, length, dtype)
    values = pd.array(_small_numbers(sketch.rng, length, "?" if dtype == "boolean" else "i4"), dtype=dtype)
    values[sketch.rng.random(length) < 0.3] = pd.NA
    return values


def _strings(sketch: Sketch, lengths: list[int]) -> list:
    return [_texts(sketch, n, is_nullable=sketch.chance(0.3)) for n in lengths]


def _texts(sketch: Sketch, length: int, *, is_nullable: bool = False):
    values = sketch.rng.choice(np.array([*CATEGORIES, "\U0001f600", "long " * 9], dtype=object), length)
    if not is_nullable:
        return values
    nullable = pd.array(values, dtype="string")
    nullable[sketch.rng.random(length) < 0.3] = pd.NA
    return nullable


def _categoricals(sketch: Sketch, lengths: list[int]) -> list:
    pool = sketch.rng.permutation(np.array(CATEGORIES, dtype=object))[: int(sketch.rng.integers(1, 8))]
    return [_categorical(sketch, n, _some_of(sketch, pool), has_missing=sketch.chance(0.3)) for n in lengths]


def _integer_categoricals(sketch: Sketch, lengths: list[int]) -> list:
    pool = sketch.rng.permutation(12)[:5]
    dtypes = [sketch.pick(("i8", "i8", "f8")) for _ in lengths]
    return [_categorical(sketch, n, _some_of(sketch, pool.astype(dtype))) for n, dtype in zip(lengths, dtypes, strict=True)]


def _categoricals_and_strings(sketch: Sketch, lengths: list[int]) -> list:
    columns = _categoricals_complete(sketch, lengths)
    return [_texts(sketch, n) if sketch.chance(0.5) else c for n, c in zip(lengths, columns, strict=True)]


def _categoricals_complete(sketch: Sketch, lengths: list[int]) -> list:
    return [_categorical(sketch, n, _some_of(sketch, np.array(CATEGORIES, dtype=object))) for n in lengths]


def _ordered(sketch: Sketch, lengths: list[int]) -> list:
    pool = sketch.rng.permutation(np.array(CATEGORIES, dtype=object))[:4]
    has_missing = sketch.chance(0.3)
    return [_categorical(sketch, n, pool, is_ordered=True, has_missing=has_missing) for n in lengths]


def _ordered_differently(sketch: Sketch, lengths: list[int]) -> list:
    pool = np.array(CATEGORIES[:5], dtype=object)
    return [_categorical(sketch, n, _some_of(sketch, pool), is_ordered=sketch.chance(0.7)) for n in lengths]


def _mixed(sketch: Sketch, lengths: list[int]) -> list:
    """Refused where a text and a number meet."""
    return [_texts(sketch, n) if sketch.chance(0.5) else _small_numbers(sketch.rng, n, "i8") for n in lengths]


def _some_of(sketch: Sketch, pool: np.ndarray) -> np.ndarray:
    if sketch.chance(0.4):
        return pool
    return sketch.rng.permutation(pool)[: int(sketch.rng.integers(1, len(pool) + 1))]


def _categorical(sketch: Sketch, length: int, categories, *, is_ordered=False, has_missing=False) -> pd.Categorical:
    codes = sketch.rng.integers(-1 if has_missing else 0, len(categories), length)
    return pd.Categorical.from_codes(codes, categories=categories, ordered=is_ordered)


THEMES: dict[str, Callable[[Sketch, list[int]], list]] = {
    "numbers": _numbers,
    "bools": _bools,
    "bools and integers": _bools_and_integers,
    "nullable integers": _nullable_integers,
    "nullable bools": _nullable_bools,
    "strings": _strings,
    "categoricals": _categoricals,
    "integer categoricals": _integer_categoricals,
    "categoricals and strings": _categoricals_and_strings,
    "ordered": _ordered,
    "ordered differently": _ordered_differently,
    "mixed": _mixed,
}
NEVER_MISSING = ("bools and integers",)


# ---- the alt axis' dataframe


def add_alt_frame(sketch: Sketch, inputs: list[ad.AnnData]) -> None:
    alt = "var" if sketch.axis == "obs" else "obs"
    for a in inputs:
        frame = getattr(a, alt)
        frame["score"] = _small_numbers(sketch.rng, len(frame), "f4")
        frame["group"] = _categorical(sketch, len(frame), np.array(["p", "q"], dtype=object))
    if sketch.chance(0.3):
        for a in inputs:
            getattr(a, alt).index.name = sketch.pick(("gene_id", "gene_id", None))


GENERATORS: dict[str, Callable[[Sketch, list[ad.AnnData]], None]] = {
    "X": add_x,
    "obs": add_along_frame,
    "var": add_alt_frame,
}
