"""What random inputs are made of: what a draw's inputs share, names, dense and sparse arrays."""

from __future__ import annotations

from dataclasses import dataclass

import anndata as ad
import numpy as np
from scipy import sparse

INTEGERS = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")
FLOATS = ("f2", "f4", "f8")
ODD_NAMES = ("gene#1", "50%", "a:b", "a b", "why?", "é", "\uffee", "\U0001f600", "中文", "+", "A", "a", "")
CATEGORIES = ("", "1.5", "1.25", "9", "10", "-1", "B", "a1b", "a01b", "a b", "a_b", "b", "c1", "c2", "c10", "é", "x²", "z")
KEYS = ("X_pca", "a b", "50%", "é#", "q?")
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

    @property
    def alt_axis(self) -> str:
        return "var" if self.axis == "obs" else "obs"

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def shuffled(self, mapping: dict) -> dict:
        names = list(mapping)
        return {names[position]: mapping[names[position]] for position in self.rng.permutation(len(names))}


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


# ---- arrays


def random_kinds(sketch: Sketch, count: int, missing: float = 0.1) -> list[str]:
    """How each input stores an element; `none`: not at all, which happens with the probability `missing`."""
    kinds = [sketch.pick(("csr", "csc", "dense")) for _ in range(count)]
    if sketch.chance(0.5):
        kinds = kinds[:1] * count
    if sketch.chance(missing):
        kinds[sketch.pick(range(count))] = "none"
    return kinds


def random_dtypes(sketch: Sketch, kinds: list[str]) -> list[str]:
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
    data = small_numbers(rng, len(indices), dtype) if has_duplicates else random_numbers(rng, len(indices), dtype)
    data[data == 0] = 1
    if has_zeros:
        data[rng.random(len(data)) < 0.2] = 0
    matrix_class = sparse.csr_matrix if kind == "csr" else sparse.csc_matrix
    return matrix_class((data, indices, indptr), shape=shape)


def random_numbers(rng: np.random.Generator, shape, dtype: str) -> np.ndarray:
    """Small numbers that are exact in every dtype; now and then the dtype's limits, or NaN."""
    values = small_numbers(rng, shape, dtype)
    if np.dtype(dtype).kind in "iu" and rng.random() < 0.3:
        limits = np.iinfo(dtype)
        values[rng.random(shape) < 0.2] = limits.max
        values[rng.random(shape) < 0.2] = limits.min + 1
    elif np.dtype(dtype).kind == "f" and rng.random() < 0.3:
        values[rng.random(shape) < 0.1] = np.nan
        values[rng.random(shape) < 0.1] = np.inf
    return values


def small_numbers(rng: np.random.Generator, shape, dtype: str) -> np.ndarray:
    if dtype == "?":
        return rng.random(shape) < 0.7
    values = rng.integers(0, 9, shape)
    return (values / 2).astype(dtype) if np.dtype(dtype).kind == "f" else values.astype(dtype)


def random_texts(sketch: Sketch, shape: tuple[int, ...]) -> np.ndarray:
    return sketch.rng.choice(np.array([*CATEGORIES, "\U0001f600"], dtype=object), shape)


def random_matrices(sketch: Sketch, shapes: list[tuple[int, int]], missing: float = 0.0) -> list:
    """A matrix of any kind for each input; None where it is missing."""
    kinds = random_kinds(sketch, len(shapes), missing)
    dtypes = random_dtypes(sketch, kinds)
    return [
        None if kind == "none" else random_array(sketch.rng, shape, kind, dtype)
        for shape, kind, dtype in zip(shapes, kinds, dtypes, strict=True)
    ]


# ---- mappings


def random_keys(sketch: Sketch) -> list[str]:
    return [str(key) for key in sketch.rng.permutation(KEYS)[: int(sketch.rng.choice([0, 1, 1, 2]))]]


def set_elements(sketch: Sketch, inputs: list[ad.AnnData], slot: str, elements: dict[str, list]) -> None:
    """`elements` holds, for each key, a value for each input, None where it is missing."""
    for number, a in enumerate(inputs):
        present = {key: values[number] for key, values in elements.items() if values[number] is not None}
        for key, value in sketch.shuffled(present).items():
            getattr(a, slot)[key] = value
