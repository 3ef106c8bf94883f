"""How far an index reaches that an attribute shifts or stretches: known only once it is called.

What sizes alone decide is refused when an entry is read, and what is read from a tensor is looked
at while a kernel runs. Between them are indices like `n + k` of a call with a given `k`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from ...ops.errors import IndexRangeError
from ...ops.language.expression import Call, Expression, Read, free_indices, has_attribute
from ...ops.language.text import print_expression
from ..program.context import Context
from ..program.layout import Space
from ..program.program import Step


def check_reach(context: Context, steps: Iterable[Step], indices: tuple[str, ...]) -> None:
    """Refuses a call whose attributes lead an index outside of its axis.

    Reads under a condition on indices are left alone: the condition is what keeps them inside.

    Args:
        context: The call.
        steps: Those of a nest.
        indices: Over which it runs.

    Raises:
        IndexError: An element would be read that is not there.
    """
    found = [
        read
        for step in steps
        for read in _unconditional(step.value)
        if any(map(has_attribute, read.indices))
    ]
    if not found:
        return
    space = Space(context.binding, context.program, context.strides)
    for index in indices:
        space.add(index)
    for read in found:
        _check(context, space, read)


def _unconditional(value: Expression) -> Iterable[Read]:
    """Reads that no condition on indices guards."""
    parts = value.children
    if isinstance(value, Call) and value.function == "select":
        condition, *others = value.arguments
        parts = (condition, *(() if free_indices(condition) else others))
    if isinstance(value, Read):
        yield value
    for part in parts:
        yield from _unconditional(part)


def _check(context: Context, space: Space, read: Read) -> None:
    tensor = context.program.tensors[read.tensor]
    for axis, index in zip(tensor.axes, read.indices):
        form = space.value_form(index) if has_attribute(index) else None
        if form is None or len(axis) != 1:
            continue
        least, most = form.span(space.extents)
        extent = prod(space.size_dims(axis[0]))
        if least >= 0 and most < extent:
            continue
        if all(space.extents.values()):
            raise IndexRangeError(
                f"{context.name}: the index {print_expression(index)} of {read.tensor} goes from "
                f"{least} to {most}, but its axis has {extent} places"
            )
