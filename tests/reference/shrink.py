"""Makes a failing draw smaller while it still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace

import anndata as ad

from draw import Draw
from stores import Style

MAXIMAL_RUNS = 150
MAPPINGS = ("layers", "obsm", "varm", "obsp", "varp", "uns")


def shrink(draw: Draw, problems: Callable[[Draw], list[str]]) -> Draw:
    """The smallest draw found that fails in any way."""
    runs = 0
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for candidate in _smaller(draw):
            runs += 1
            if runs > MAXIMAL_RUNS:
                return draw
            if problems(candidate):
                draw, is_smaller = candidate, True
                break
    return draw


def _smaller(draw: Draw) -> Iterator[Draw]:
    yield from _fewer_inputs(draw)
    yield from _fewer_options(draw)
    yield from _plainer_styles(draw)
    yield from _fewer_elements(draw)
    yield from _fewer_columns(draw)
    yield from _fewer_names(draw)


def _fewer_inputs(draw: Draw) -> Iterator[Draw]:
    for number in range(len(draw.inputs) if len(draw.inputs) > 1 else 0):
        keys = draw.options.keys
        fewer_keys = None if keys is None else (*keys[:number], *keys[number + 1 :])
        yield replace(
            draw,
            inputs=draw.inputs[:number] + draw.inputs[number + 1 :],
            options=replace(draw.options, keys=fewer_keys),
        )


def _fewer_options(draw: Draw) -> Iterator[Draw]:
    for name in draw.options.changed():
        yield replace(draw, options=draw.options.without(name))


def _plainer_styles(draw: Draw) -> Iterator[Draw]:
    for number, (adata, style) in enumerate(draw.inputs):
        for field in fields(Style):
            if getattr(style, field.name) != field.default:
                plainer = replace(style, **{field.name: field.default})
                if plainer.zarr_format == 3 or field.name != "zarr_format":
                    yield _with_input(draw, number, adata, plainer)


def _fewer_elements(draw: Draw) -> Iterator[Draw]:
    for slot in MAPPINGS:
        for key in sorted({key for a, _ in draw.inputs for key in getattr(a, slot)}):
            yield _changed(draw, lambda a: getattr(a, slot).pop(key, None))
    if any(a.raw is not None for a, _ in draw.inputs):
        yield _changed(draw, lambda a: setattr(a, "raw", None))


def _changed(draw: Draw, change: Callable[[ad.AnnData], object]) -> Draw:
    inputs = [(adata.copy(), style) for adata, style in draw.inputs]
    for adata, _ in inputs:
        change(adata)
    return replace(draw, inputs=inputs)


def _fewer_columns(draw: Draw) -> Iterator[Draw]:
    for axis in ("obs", "var"):
        for name in sorted({name for a, _ in draw.inputs for name in getattr(a, axis).columns}):
            yield _changed(draw, lambda a: setattr(a, axis, getattr(a, axis).drop(columns=name, errors="ignore")))


def _fewer_names(draw: Draw) -> Iterator[Draw]:
    for number, (adata, style) in enumerate(draw.inputs):
        for half in _halves(adata.n_obs):
            yield _with_input(draw, number, adata[half].copy(), style)
        for half in _halves(adata.n_vars):
            yield _with_input(draw, number, adata[:, half].copy(), style)


def _halves(length: int) -> list[slice]:
    middle = (length + 1) // 2
    return [slice(0, middle), slice(middle, length)] if length > 1 else []


def _with_input(draw: Draw, number: int, adata: ad.AnnData, style: Style) -> Draw:
    return replace(draw, inputs=[*draw.inputs[:number], (adata, style), *draw.inputs[number + 1 :]])
