"""Random columns of dataframes, by theme: the columns of a theme may be combined with each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from elements import CATEGORIES, FLOATS, INTEGERS, Sketch, random_numbers, small_numbers


def random_columns(sketch: Sketch, lengths: list[int], *, largest: int = 4, may_be_refused: bool = True) -> list[dict]:
    """The columns of a frame for each length; a column may be missing in some, and their orders differ."""
    frames: list[dict] = [{} for _ in lengths]
    themes = [theme for theme in THEMES if may_be_refused or theme not in OFTEN_REFUSED]
    for number in range(int(sketch.rng.integers(largest + 1))):
        theme = sketch.pick(themes)
        name = sketch.pick(("q?", "a b", "50%", "x:y", "é#", "col")) + str(number)
        may_miss = theme not in NEVER_MISSING and sketch.chance(0.4)
        for frame, column in zip(frames, THEMES[theme](sketch, lengths), strict=True):
            if not (may_miss and sketch.chance(0.3)):
                frame[name] = column
    return [sketch.shuffled(frame) for frame in frames]


def _numbers(sketch: Sketch, lengths: list[int]) -> list:
    dtypes = [*INTEGERS, *FLOATS]
    chosen = [sketch.pick(dtypes)] * len(lengths) if sketch.chance(0.4) else [sketch.pick(dtypes) for _ in lengths]
    return [random_numbers(sketch.rng, n, dtype) for n, dtype in zip(lengths, chosen, strict=True)]


def _bools(sketch: Sketch, lengths: list[int]) -> list:
    return [sketch.rng.random(n) < 0.5 for n in lengths]


def _bools_and_integers(sketch: Sketch, lengths: list[int]) -> list:
    return [small_numbers(sketch.rng, n, sketch.pick(("?", *INTEGERS))) for n in lengths]


def _nullable_integers(sketch: Sketch, lengths: list[int]) -> list:
    return [_nullable(sketch, n, sketch.pick(("Int8", "UInt8", "Int32", "Int64", "i4", "u1"))) for n in lengths]


def _nullable_bools(sketch: Sketch, lengths: list[int]) -> list:
    return [_nullable(sketch, n, sketch.pick(("boolean", "?"))) for n in lengths]


def _nullable(sketch: Sketch, length: int, dtype: str):
    if dtype in ("i4", "u1", "?"):
        return small_numbers(sketch.rng, length, dtype)
    values = pd.array(small_numbers(sketch.rng, length, "?" if dtype == "boolean" else "i4"), dtype=dtype)
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
    return [_texts(sketch, n) if sketch.chance(0.5) else small_numbers(sketch.rng, n, "i8") for n in lengths]


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
OFTEN_REFUSED = ("mixed",)
