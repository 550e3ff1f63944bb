"""X: kinds, dtypes, fill values, irregular storage, empty stores."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from elements import FLOATS, INTEGERS
from scipy import sparse
from stores import Style

from .recipe import Recipe, cells, random_x, recipe

NAMES = {
    "same": (list("dabce"), list("dabce")),
    "overlapping": (list("dabce"), list("fcbgd")),
    "disjoint": (list("dab"), list("xyzu")),
    "permuted": (list("dabce"), list("ecbad")),
    "subset": (list("cab"), list("ca")),
}
SHARDED = (Style(chunk=2, shard=8), Style(chunk=3, shard=8))
"""Several chunks in few files."""
CHUNKED = (Style(zarr_format=2, chunk=4, codec="blosc-lz4"), SHARDED[0])


def recipes() -> Iterator[Recipe]:
    yield from kind_pairs()
    yield from relations()
    yield from promotions()
    yield from fills()
    yield from irregular()
    yield from empties()
    yield from missing_x()


def pair(kinds, dtypes, relation: str, axis: str = "obs", seed: str = "pair", styles=SHARDED, **irregular_x) -> list:
    """Two inputs of 5 and 4 cells, in several chunks."""
    inputs = []
    for number, (kind, dtype, alt, rows) in enumerate(zip(kinds, dtypes, NAMES[relation], (5, 4), strict=True)):
        shape = (rows, len(alt)) if axis == "obs" else (len(alt), rows)
        x = random_x(f"{seed}{number}", shape, kind, dtype, **irregular_x)
        inputs.append((cells(x, along="cd"[number], alt=alt, axis=axis), styles[number]))
    return inputs


def kind_pairs() -> Iterator[Recipe]:
    joins = {"csr": "inner", "csc": "outer", "dense": "outer"}
    for axis in ("obs", "var"):
        for first in ("csr", "csc", "dense"):
            for second in ("csr", "csc", "dense"):
                join = joins[second] if first != "dense" else "inner" if second == "dense" else "outer"
                styles = CHUNKED if axis == "obs" else SHARDED
                inputs = pair((first, second), ("f4", "f4"), "overlapping", axis, f"{first}{second}{axis}", styles)
                yield recipe(
                    f"x_{first}_{second}_{axis}_{join}",
                    f"{first} and {second}, overlapping names, several chunks",
                    inputs,
                    axis=axis,
                    join=join,
                )


def relations() -> Iterator[Recipe]:
    chosen = [
        ("same", "inner", ("csr", "csc")),
        ("disjoint", "inner", ("csr", "csc")),
        ("disjoint", "outer", ("csr", "csr")),
        ("disjoint", "outer", ("dense", "dense")),
        ("permuted", "inner", ("dense", "dense")),
        ("permuted", "outer", ("csr", "csr")),
        ("subset", "inner", ("csc", "csc")),
        ("subset", "outer", ("csr", "dense")),
    ]
    for relation, join, kinds in chosen:
        inputs = pair(kinds, ("i4", "i4"), relation, seed=relation)
        name = f"names_{relation}_{join}_{'_'.join(kinds)}"
        yield recipe(name, f"{relation} names, {' and '.join(kinds)}", inputs, join=join)
    for layout, other in (("csr", "csc"), ("csc", "csr")):
        inputs = pair(("csr", "csc"), ("f4", "f4"), "overlapping", seed=layout)
        yield recipe(f"layout_{layout}_obs_outer", "the layout is forced", inputs, join="outer", sparse_layout=layout)
        inputs = pair((layout, layout), ("f4", "f4"), "permuted", "var", seed=layout)
        yield recipe(f"layout_{other}_var_inner", "the layout is forced", inputs, axis="var", sparse_layout=other)


def promotions() -> Iterator[Recipe]:
    pairs = [
        ("i4", "f4", "csr"),
        ("i4", "f4", "dense"),
        ("u1", "i1", "csr"),
        ("u8", "i8", "csr"),
        ("u8", "i8", "dense"),
        ("?", "u1", "csr"),
        ("?", "u1", "dense"),
        ("f4", "f8", "csr"),
        ("i8", "u4", "dense"),
    ]
    for first, second, kind in pairs:
        inputs = pair((kind, kind), (first, second), "permuted", seed=f"{first}{second}")
        yield recipe(f"dtype_{_word(first)}_{second}_{kind}", "promotion as numpy's result_type", inputs)
    halves = [("f2", "u2", "outer"), ("f2", "f2", "outer"), ("c8", "c8", "inner")]
    for first, second, join in halves:
        inputs = pair(("dense", "dense"), (first, second), "overlapping", seed=first)
        yield recipe(f"dtype_{first}_{second}_dense_{join}", "float16 and complex64", inputs, join=join)
    yield recipe("dtype_every_csr", "one csr input of every dtype", _every_dtype("csr", ["?", *INTEGERS, "f4", "f8"]))
    dense = _every_dtype("dense", [*INTEGERS, *FLOATS])
    yield recipe("dtype_every_dense", "one dense input of every dtype", dense, join="outer")
    for dtype in ("i8", "u8"):
        x = np.array([[2**53 + 1, 0], [2**63 - 1, 7]], dtype)
        inputs = [cells(sparse.csr_matrix(x), along="a"), cells(x, along="b")]
        yield recipe(f"dtype_{dtype}_beyond_2_53", "integers beyond 2^53 are kept exactly", inputs)


def _every_dtype(kind: str, dtypes: list[str]) -> list:
    return [cells(random_x(dtype, (2, 3), kind, dtype), along=[f"{dtype}_0", f"{dtype}_1"]) for dtype in dtypes]


def fills() -> Iterator[Recipe]:
    chosen = [("i4", None), ("i4", 0), ("i4", 1), ("i4", 1.5), ("?", None), ("?", 1), ("f4", None), ("f4", 1.5)]
    for dtype, fill in chosen:
        inputs = pair(("dense", "dense"), (dtype, dtype), "overlapping", seed=f"fill{dtype}")
        name = f"fill_{str(fill).replace('.', '_')}_{_word(dtype)}_dense"
        yield recipe(name, "missing cells of dense arrays", inputs, join="outer", fill_value=fill)
    for fill in (1, 1.5):
        for axis in ("obs", "var"):
            inputs = pair(("csr", "csc"), ("i4", "f4"), "overlapping", axis, seed="fill")
            name = f"fill_{str(fill).replace('.', '_')}_sparse_{axis}"
            yield recipe(name, "a fill value makes missing cells stored", inputs, axis=axis, join="outer", fill_value=fill)
    inputs = pair(("dense", "csr"), ("i4", "u1"), "overlapping", seed="beside")
    yield recipe("fill_dense_beside_sparse", "a dense input beside a sparse one is filled with 0", inputs, join="outer")
    inputs = pair(("dense", "dense"), ("u1", "u1"), "overlapping", seed="wide")
    yield recipe("fill_300_u1_dense", "a fill value that the dtype cannot hold", inputs, join="outer", fill_value=300)
    inputs = pair(("csr", "dense"), ("f4", "f4"), "overlapping", seed="ignored")
    yield recipe("fill_ignored_inner", "the fill value counts only for outer", inputs, fill_value=3)


def irregular() -> Iterator[Recipe]:
    for kind in ("csr", "csc"):
        for relation in ("same", "permuted"):
            inputs = pair((kind, kind), ("f4", "f4"), relation, seed="messy", is_unsorted=True, has_duplicates=True, has_zeros=True)
            yield recipe(f"messy_{kind}_{relation}", "unsorted indices, duplicate entries, explicit zeros", inputs)
    inputs = pair(("csc", "csc"), ("i2", "i2"), "overlapping", "var", seed="zeros", has_zeros=True)
    yield recipe("zeros_csc_var_outer", "explicit zeros are kept", inputs, axis="var", join="outer")
    wide = [(a, Style(wide_indices=True, chunk=4)) for a, _ in pair(("csr", "csc"), ("f4", "f4"), "overlapping", seed="wide")]
    yield recipe("indices_int64", "int64 indices and indptr come out as int32", wide, join="outer")


def empties() -> Iterator[Recipe]:
    full = random_x("full", (3, 4), "csr", "f4")
    for kind in ("csr", "csc", "dense"):
        none = random_x("none", (0, 4), kind, "f4")
        x = full if kind != "dense" else full.toarray()
        yield recipe(f"empty_cells_{kind}", "an input without cells", [cells(none, along="e"), cells(x)], join="outer", label="b")
        bare = random_x("bare", (2, 0), kind, "i4")
        integers = x.astype("i4")
        yield recipe(f"empty_genes_{kind}_outer", "an input without genes: its X counts as float64", [cells(integers), cells(bare, along="e")], join="outer")
    yield recipe("empty_all", "no cells in any input", [cells(random_x("n", (0, 2)), along="a"), cells(random_x("n", (0, 2)), along="b")])
    yield recipe("empty_nothing", "an input of 0 x 0", [cells(random_x("n", (0, 0)), along="a"), cells(full)], join="outer")
    yield recipe("empty_nnz", "sparse inputs that store nothing", [cells(sparse.csr_matrix((3, 2), dtype="f4"), along="a"), cells(sparse.csc_matrix((2, 2), dtype="f4"), along="b")])


def missing_x() -> Iterator[Recipe]:
    nothing = cells(along=list("xyz"), alt=[f"g{i}" for i in range(4)])
    for kind in ("csr", "dense"):
        x = random_x("some", (3, 4), kind, "f4")
        yield recipe(f"x_missing_{kind}_outer", "an input without X is filled", [cells(x), nothing], join="outer")
    yield recipe("x_missing_inner", "an input without X: no X", [cells(random_x("some", (3, 4))), nothing])
    yield recipe("x_missing_all", "no X in any input", [nothing, nothing])


def _word(dtype: str) -> str:
    return "bool" if dtype == "?" else dtype
