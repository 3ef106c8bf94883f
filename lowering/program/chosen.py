"""Scatters to the chosen element of each window, turned into maps over all elements of windows.

`best[o] = argmax[k](x[o*K + k])` and `d[o*K + best[o]] += v[o]` say `d[o*K + k] = v[o] if best[o]
== k else 0` where every element of `d` lies in exactly one window: each is written once, zeros
included, in the pass after the one that finds `best`, and no place is computed or divided.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from ...ops.calls.binding import Binding
from ...ops.dataclass import dataclass
from ...ops.language.algebra import add, call, mul
from ...ops.language.expression import (
    Call,
    Constant,
    Expression,
    Index,
    Read,
    Size,
    free_indices,
    reads,
    transform,
    walk,
)
from .gather import Contribution
from .layout import Form, Space
from .program import Factors, Program, Step, rewrite_reads, size_extent, substitute


@dataclass(frozen=True)
class Spread:
    """The element at `places` is `value`; together the places are the whole target."""

    places: tuple[Expression, ...]
    value: Expression


def spread(
    contribution: Contribution, axes: tuple[Factors, ...], program: Program, binding: Binding
) -> Spread | None:
    """What a target that nothing else is added to gets from a scatter; None if elements that are
    not chosen have no place of their own, or some element has none."""
    if contribution.bound:
        return None
    steps = program.defining()
    places = tuple(_written_out(index, steps) for index in contribution.indices)
    choices = dict.fromkeys(read for place in places for read in reads(place))
    if len(choices) != 1:
        return None
    (choice,) = choices
    step = steps.get(choice.tensor)
    if step is None or step.kind not in ("argmax", "argmin"):
        return None
    outer = dict.fromkeys(name for place in places for name in free_indices(place))
    if not outer.keys().isdisjoint(step.bound) or {*free_indices(contribution.value)} - {*outer}:
        return None
    element = _position(step.bound)
    space = Space(binding, program, {})
    for name in (*outer, *step.bound):
        space.add(name)
    places = tuple(_divided(_replaced(place, choice, element), space) for place in places)
    if not _covers(places, axes, space):
        return None
    value = call("select", call("eq", choice, element), contribution.value, Constant(0))
    return Spread(places, value)


def _written_out(expression: Expression, steps: Mapping[str, Step]) -> Expression:
    """The expression with intermediate values in the places where they are read."""

    def visit(read: Read) -> Expression:
        step = steps.get(read.tensor)
        if step is None or step.form != "map":
            return read
        names = [place.name for place in step.indices if isinstance(place, Index)]
        if len(names) < len(step.indices):
            return read
        return _written_out(substitute(step.value, dict(zip(names, read.indices))), steps)

    return rewrite_reads(expression, visit)


def _replaced(expression: Expression, read: Read, value: Expression) -> Expression:
    return rewrite_reads(expression, lambda other: value if other == read else other)


def _position(indices: tuple[str, ...]) -> Expression:
    """The position in the flattened space of indices."""
    result: Expression = Constant(0)
    for name in indices:
        result = add(mul(result, Size(Index(name).size)), Index(name))
    return result


def _divided(place: Expression, space: Space) -> Expression:
    """The place with quotients of flattened positions taken apart, and bounds that it keeps left
    out."""

    def visit(node: Expression) -> Expression:
        match node:
            case Call("floordiv", (value, Call("mul", (first, second)))):
                return visit(Call("floordiv", (visit(Call("floordiv", (value, second))), first)))
            case Call("floordiv", (position, Size(name))):
                parts = _parts(position, name)
                return node if parts is None else parts[0]
            case Call("mod", (position, Size(name))):
                parts = _parts(position, name)
                return node if parts is None else parts[1]
            case Call("maximum", (value, Constant(0))):
                form = space.value_form(value)
                return value if form is not None and form.span(space.extents)[0] >= 0 else node
            case Call("maximum", (value, Call("mod", (start, step)))):
                return value if _is_reached(value, start, step, space) else node
        return node

    return transform(place, visit)


def _is_reached(value: Expression, start: Expression, step: Expression, space: Space) -> bool:
    """The value is not negative and lies a whole number of steps from the start, which makes it at
    least `start % step`."""
    forms = [space.value_form(each) for each in (value, start, step)]
    here, first, width = forms
    if here is None or first is None or width is None or width.terms:
        return False
    way = here.plus(first, -1)
    whole = all(each % width.offset == 0 for each in (way.offset, *(c for _, c in way.terms)))
    return whole and here.span(space.extents)[0] >= 0


def _parts(position: Expression, size: str) -> tuple[Expression, Expression] | None:
    """Quotient and remainder by a size of a position that ends in an index over it."""
    match position:
        case Call("add", (Call("mul", (quotient, Size(name))), Index() as index)):
            return (quotient, index) if name == size == index.size else None
        case Index() as index if index.size == size:
            return Constant(0), index
    return None


def _covers(places: tuple[Expression, ...], axes: tuple[Factors, ...], space: Space) -> bool:
    """Every element of the axes is at the places exactly once."""
    seen: list[str] = []
    for place, axis in zip(places, axes):
        if any(isinstance(node, Read) for node in walk(place)):
            return False
        form = space.value_form(place)
        extent = prod(size_extent(factor, space.binding.sizes) for factor in axis)
        if form is None or not _counts(form, extent, space.extents):
            return False
        seen += [name for name, _ in form.terms]
    wide = {name for name, extent in space.extents.items() if extent != 1}
    return len(seen) == len(set(seen)) and wide <= set(seen)


def _counts(form: Form, extent: int, extents: Mapping[str, int]) -> bool:
    """The form takes every value from 0 to `extent` once."""
    step = 1
    for name, coefficient in sorted(form.terms, key=lambda term: term[1]):
        if extents[name] == 1:
            continue
        if coefficient != step:
            return False
        step *= extents[name]
    return form.offset == 0 and step == extent
