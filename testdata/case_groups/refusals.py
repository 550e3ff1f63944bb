"""What must be refused before anything is written, with a message that names the trouble."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from .along import category, frames
from .recipe import Recipe, cells, random_x, recipe


def recipes() -> Iterator[Recipe]:
    first = cells(random_x("r0", (2, 3)), along="a", alt=["g1", "g2", "g1"])
    second = cells(random_x("r1", (2, 3)), along="b", alt=["g1", "g1", "g2"])
    for join in ("inner", "outer"):
        yield recipe(f"refuse_duplicate_genes_{join}", "duplicate names and other indices", [first, second], join=join, error="g1")
    plain = [cells(random_x(f"r{n}", (2, 2)), along="abc"[n]) for n in range(3)]
    yield recipe("refuse_repeated_keys", "repeated keys", plain, keys=("x", "y", "x"), label="b", error="(?i)key.*x")
    yield recipe("refuse_few_keys", "fewer keys than inputs", plain, keys=("x", "y"), label="b", error="(?i)key")
    number, text = np.array([1, 2]), np.array(["a", "b"], object)
    mixtures = {
        "string_int": (text, number),
        "int_nullable_string": (number, pd.array(["a", None], dtype="string")),
        "int64_bool": (pd.array([1, None], dtype="Int64"), np.array([True, False])),
        "categories_int_string": (category([1, 2]), category(["a", "b"])),
        "category_string_int": (category(["a", "b"]), number),
        "ordered_int_categories": (category([1, 2], ordered=True), category([2, 3], ordered=True)),
    }
    for name, columns in mixtures.items():
        inputs = frames(*({"mixed": column} for column in columns))
        yield recipe(f"refuse_{name}", "a column with no common type", inputs, error="mixed")
    inputs = frames({"mixed": np.array([True, False])}, {"mixed": number}, {})
    yield recipe("refuse_bool_int_missing", "bool, int and missing", inputs, join="outer", error="mixed")
