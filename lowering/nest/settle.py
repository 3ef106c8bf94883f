"""Conditions that hold for every element of a nest, left out: windows without padding have them.

Sizes decide it, so that a group may have one more kernel; nothing is asked inside of its loops.
"""

from __future__ import annotations

from dataclasses import replace

from ...ops.language.expression import Call, Constant, Expression, transform
from ..program.context import Context
from ..program.gather import integer
from ..program.layout import Space
from ..program.program import Step, conjunction, conjuncts


def settle(context: Context, steps: dict[str, Step], indices: tuple[str, ...]) -> dict[str, Step]:
    """The steps of a nest over some indices, without conditions that always hold there."""
    space = Space(context.binding, context.program, context.strides)
    for index in indices:
        space.add(index)
    return {name: replace(s, value=_settled(s.value, space)) for name, s in steps.items()}


def _settled(value: Expression, space: Space) -> Expression:
    def visit(node: Expression) -> Expression:
        match node:
            case Call("select", (condition, inside, outside)):
                left = [part for part in conjuncts(condition) if not _holds(part, space)]
                if not left:
                    return inside
                return Call("select", (conjunction(left), inside, outside))
        return node

    return transform(value, visit)


def _holds(condition: Expression, space: Space) -> bool:
    """Whether a bound of an affine place is kept wherever the loops run."""
    match condition:
        case Call("ge", (place, Constant(0))):
            span = _span(place, space)
            return span is not None and span[0] >= 0
        case Call("lt", (place, extent)):
            span, limit = _span(place, space), integer(extent, space.binding)
            return span is not None and limit is not None and span[1] < limit
    return False


def _span(place: Expression, space: Space) -> tuple[int, int] | None:
    """Least and greatest value of a place; None if it is not affine."""
    form = space.value_form(place)
    return None if form is None else form.span(space.extents)
