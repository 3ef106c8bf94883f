"""Which rows are walked in strips: those that lie side by side, of elements far from each other.

A strip is a few elements of all rows of a block: whole lines of memory, one after the other. Every
pass over the rows goes strip by strip, where a pass over one vector of rows would touch a line of
memory, or two, on each of many pages; see `emit/strip.py`.
"""

from __future__ import annotations

from ...ops.language.expression import Call, Expression, Read, Size
from ..emit.shape import Moments, Pass
from ..ir.kinds import Kind
from ..program.program import size_extent
from .space import NestSpace

STRIPPED_ROWS, STRIPPED_LENGTH = 512, 64
"""Rows side by side, and elements of each, from which on they are walked in strips."""

STRIP_LANES = 512
"""Rows side by side that are walked together: two lines of a page or more from each element on."""

PIECE_LANES = 2048
"""Likewise where rows are cut into pieces, which are enough to share out: the longer a line of
memory is walked, the less often the processor has to guess anew what comes next."""

WRITTEN_LANES = 256
"""Likewise of rows of which each element is written, which are not cut: enough blocks for all."""


def least_lanes(nest: NestSpace) -> int:
    """Rows side by side that are walked together at least."""
    if nest.cut is not None:
        return PIECE_LANES
    return WRITTEN_LANES if any(one.stores for one in nest.passes) else STRIP_LANES


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
    kept = {
        f"{name}#{number}": kind
        for one in nest.passes
        for name in one.folds
        for number, kind in enumerate(nest.reduction(name).components)
    }
    found = find_moments(nest)
    if found is not None:
        kept[found.kept] = nest.reduction(found.total).accumulator
    return kept


def find_moments(nest: NestSpace) -> Moments | None:
    """A sum and the squared distances from its mean, if the first passes fold nothing else but
    the distances themselves."""
    if len(nest.passes) < 2 or nest.partial:
        return None
    first, second = nest.passes[:2]
    if first.stores or first.saves or second.stores or second.saves:
        return None
    if len(first.folds) != 1 or len(second.folds) > 2:
        return None
    total, squares, *more = (nest.steps[name] for name in (*first.folds, *second.folds))
    if {(step.form, step.kind) for step in (total, squares, *more)} != {("reduce", "sum")}:
        return None
    match squares.value:
        case Call("mul", (Call("sub", (value, center)) as distance, other)):
            kind = nest.reduction(total.target).accumulator
            alike = other == distance and value == total.value and kind.category == 2
            known = alike and all(step.value == distance for step in more)
            if known and _is_mean(nest, center, total.target) and _has_kind(nest, center, kind):
                third = more[0].target if more else None
                return Moments(total.target, squares.target, third, center, distance)
    return None


def _has_kind(nest: NestSpace, value: Expression, kind: Kind) -> bool:
    return nest.context.inference.expression(value).scalar == kind.scalar


def _is_mean(nest: NestSpace, value: Expression, total: str) -> bool:
    """A value is a sum of all elements of a row by how many there are."""
    if isinstance(value, Read) and value.tensor in nest.steps:
        step = nest.steps[value.tensor]
        value = step.value if step.form == "map" else value
    match value:
        case Call("div", (Read(name), count)) if name == total:
            return _count(nest, count) == nest.total(nest.inner_variables)
    return False


def _count(nest: NestSpace, value: Expression) -> int:
    """A product of sizes; 0 for anything else."""
    match value:
        case Size(name):
            return size_extent(name, nest.context.binding.sizes)
        case Call("mul", (first, second)):
            return _count(nest, first) * _count(nest, second)
    return 0
