"""Random `uns`: nested dicts of everything that anndata writes, often equal among the inputs."""

from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd

from elements import CATEGORIES, Sketch, random_array, random_numbers

NAMES = ("a", "b b", "50%", "é#", "q?", "z")


def random_uns(sketch: Sketch, inputs: list[ad.AnnData]) -> None:
    for a, tree in zip(inputs, _trees(sketch, len(inputs), depth=0), strict=True):
        a.uns = tree


def _trees(sketch: Sketch, count: int, depth: int) -> list[dict]:
    """A dict for each input; under one key lie dicts for all of them, or other values for all of them."""
    trees: list[dict] = [{} for _ in range(count)]
    for key in sketch.rng.permutation(NAMES)[: int(sketch.rng.integers(5 - 2 * depth))]:
        missing = sketch.pick((0, 0, 0.4))
        is_dict = depth < 2 and sketch.chance(0.3)
        values = _trees(sketch, count, depth + 1) if is_dict else _leaves(sketch, count)
        for tree, value in zip(trees, values, strict=True):
            if not sketch.chance(missing):
                tree[str(key)] = value
    return [sketch.shuffled(tree) for tree in trees]


def _leaves(sketch: Sketch, count: int) -> list:
    """Equal values, values of one kind, or of two."""
    kinds = [sketch.pick(LEAVES) for _ in range(2)]
    first, second = kinds[0](sketch), kinds[int(sketch.chance(0.3))](sketch)
    differing = sketch.pick((0, 0, 0.4))
    return [second if sketch.chance(differing) else first for _ in range(count)]


def _number(sketch: Sketch):
    return sketch.pick((0, 1, 1.0, True, False, -7, 2**62, 0.1, 1e300, float("nan"), float("inf"), np.float32(0.5), np.int8(3)))


def _text(sketch: Sketch) -> str:
    return sketch.pick(("", "1", "True", "é\U0001f600", "two\nlines", "long " * 30))


def _none(_sketch: Sketch) -> None:
    return None


def _numbers(sketch: Sketch) -> np.ndarray:
    shape = sketch.pick(((0,), (1,), (3,), (2, 2), (2, 0), (2, 1, 2)))
    return random_numbers(sketch.rng, shape, sketch.pick(("?", "i1", "u1", "i4", "u8", "i8", "f4", "f8")))


def _texts(sketch: Sketch) -> np.ndarray:
    return sketch.rng.choice(np.array(CATEGORIES, dtype=object), sketch.pick(((0,), (1,), (3,), (2, 2))))


def _structured(sketch: Sketch) -> np.ndarray:
    """As scanpy keeps the ranks of genes: a field for each group."""
    values = np.zeros(int(sketch.rng.integers(1, 4)), dtype=[("g0", "f4"), ("g 1", "i8")])
    values["g0"], values["g 1"] = (random_numbers(sketch.rng, len(values), dtype) for dtype in ("f4", "i8"))
    return values


def _structured_texts(sketch: Sketch) -> np.ndarray:
    texts = sketch.rng.choice(["a", "long name", "é"], (2, 2))
    return np.array([tuple(row) for row in texts], dtype=[("g0", "U12"), ("g1", "U12")])


def _sparse(sketch: Sketch):
    return random_array(sketch.rng, (3, 4), sketch.pick(("csr", "csc")), sketch.pick(("i4", "f4", "f8")))


def _frame(sketch: Sketch) -> pd.DataFrame:
    length = int(sketch.rng.integers(4))
    columns = {
        "n": random_numbers(sketch.rng, length, "i8"),
        "s": sketch.rng.choice(np.array(CATEGORIES, dtype=object), length),
        "c": pd.Categorical.from_codes(sketch.rng.integers(-1, 2, length), categories=["p", "q"]),
        "b": pd.array(sketch.rng.random(length) < 0.5, dtype=sketch.pick(("bool", "boolean"))),
    }
    return pd.DataFrame(columns, index=pd.Index([f"r{row}" for row in range(length)], dtype=object))


def _mapping(_sketch: Sketch) -> dict:
    """A mapping beside something else is never equal to it."""
    return {"inner": 1}


LEAVES: tuple[Callable[[Sketch], object], ...] = (
    *(_number, _number, _text, _none, _numbers, _numbers, _texts),
    *(_structured, _structured_texts, _sparse, _frame, _mapping),
)
