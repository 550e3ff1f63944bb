"""What a case is made from, and short ways to say it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import anndata as ad
import numpy as np
import pandas as pd
from elements import random_numbers, random_sparse
from options import Options
from stores import Style


@dataclass(frozen=True)
class Recipe:
    name: str
    description: str
    inputs: list[tuple[ad.AnnData, Style]]
    options: Options = Options()
    carries: list[str] = field(default_factory=lambda: ["X", "obs", "var"])
    error: str | None = None


def recipe(name: str, description: str, inputs: list, style: Style = Style(), **rest) -> Recipe:
    """`inputs` holds AnnData, or pairs of AnnData and style; the other keywords are options, `carries` or `error`."""
    styled = [entry if isinstance(entry, tuple) else (entry, style) for entry in inputs]
    special = {key: rest.pop(key) for key in ("carries", "error") if key in rest}
    return Recipe(name, description, styled, Options(**rest), **special)


def seeded(text: str) -> np.random.Generator:
    """A generator that depends on nothing but `text`."""
    return np.random.default_rng(zlib.crc32(text.encode()))


def cells(x=None, *, along=None, alt=None, obs: dict | None = None, axis: str = "obs", **slots) -> ad.AnnData:
    """An AnnData whose concatenated axis has the names `along` and the columns `obs`, the other the names `alt`.

    X is given as it lies in memory: for axis var its rows are the alt axis.
    """
    lengths = (len(along or ()), len(alt or ())) if x is None else x.shape[:: 1 if axis == "obs" else -1]
    along_frame = pd.DataFrame(obs or {}, index=_names(along, "c", lengths[0]))
    alt_frame = pd.DataFrame(index=_names(alt, "g", lengths[1]))
    frames = (along_frame, alt_frame) if axis == "obs" else (alt_frame, along_frame)
    return ad.AnnData(x, obs=frames[0], var=frames[1], **slots)


def _names(given, prefix: str, length: int) -> pd.Index:
    if isinstance(given, pd.Index):
        return given
    if isinstance(given, str) and len(given) == 1:
        given, prefix = None, given
    return pd.Index([f"{prefix}{i}" for i in range(length)] if given is None else list(given), dtype=object)


def random_x(seed: str, shape: tuple[int, int], kind: str = "csr", dtype: str = "f4", **irregular):
    rng = seeded(seed)
    if kind != "dense":
        return random_sparse(rng, shape, kind, dtype, **irregular)
    return np.where(rng.random(shape) < 0.4, 0, random_numbers(rng, shape, dtype)).astype(dtype)
