"""Which rows are walked in strips: those that lie side by side, of elements far from each other.

A strip is a few elements of all rows of a block: whole lines of memory, one after the other. Every
pass over the rows goes strip by strip, where a pass over one vector of rows would touch a line of
memory, or two, on each of many pages; see `emit_strip.py`.
"""

from __future__ import annotations

from .kinds import Kind
from .nest_space import NestSpace
from .shape import Pass

STRIPPED_ROWS, STRIPPED_LENGTH = 512, 64
"""Rows side by side, and elements of each, from which on they are walked in strips."""

STRIP_LANES = 512
"""Rows side by side that are walked together: two lines of a page or more from each element on."""

WRITTEN_LANES = 128
"""Likewise of rows of which each element is written, which are not cut into pieces: enough blocks
to share out."""


def is_stripped(nest: NestSpace) -> bool:
    """The rows of a nest are walked a few elements at a time, in all passes."""
    lane = nest.lane
    if lane is None or lane not in nest.outer_variables or nest.tiling is not None:
        return False
    if not nest.passes or len(nest.inner_variables) != 1:
        return False
    (inner,) = nest.inner_variables
    if nest.forms.extents[lane] < STRIPPED_ROWS or not all(_walks(nest, p) for p in nest.passes):
        return False
    accesses = nest.forms.accesses.values()
    if any(a.form.coefficient(lane) == 2 for a in accesses):
        return False  # the last vector of rows reaches back, which would fold them twice
    length = nest.cut[1] if nest.cut is not None else nest.forms.extents[inner]
    return (
        length >= STRIPPED_LENGTH
        and bool(nest.passes[0].folds)
        and any(
            a.form.coefficient(lane) == 1 and a.form.coefficient(inner) >= STRIPPED_ROWS
            for a in accesses
        )
    )


def _walks(nest: NestSpace, one: Pass) -> bool:
    """A pass can go strip by strip: forwards, and what it carries has a place in memory."""
    scatters = any(nest.steps[name].form == "scatter" for name in one.stores)
    kept = all(_has_accumulators(nest, name) for name in one.folds)
    return kept and not scatters and not one.reverse


def _has_accumulators(nest: NestSpace, name: str) -> bool:
    """The accumulators of a fold lie in memory as they are: none is a truth value."""
    step = nest.steps[name]
    return step.form in ("reduce", "scan") and all(
        kind.category for kind in nest.reduction(name).components
    )


def accumulators(nest: NestSpace) -> dict[str, Kind]:
    """Scratch memory of what the rows of a nest that is walked in strips fold -> its kind."""
    return {
        f"{name}#{number}": kind
        for one in nest.passes
        for name in one.folds
        for number, kind in enumerate(nest.reduction(name).components)
    }
