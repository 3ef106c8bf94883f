"""The gradient of a view, from its map of shape, strides and offset."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..ops.calls.views import view_map
from ..ops.language.op import Op
from ..tensor.creation.sequences import arange
from ..tensor.layout import Layout, dense_strides, is_dense
from .invoke import VIEW_ADJOINT, invoke

Ints = tuple[int, ...]
SHIFTS = 16  # of a dim, each a pass over all places; more elements are added one by one


def view_gradient(
    op: Op, attributes: tuple[Any, ...], source: Layout, place: int, gradient: Any, prefix: int = 0
) -> Any:
    """The gradient of a view's operand: that of the view at the places it shows, zero elsewhere.

    Args:
        source: Layout of the operand; the gradient has its shape, in C order.
        place: Offset of the operand in its storage, for views with an absolute offset.
        gradient: Of the view.
        prefix: Leading dims of the gradient that the view does not know of.
    """
    shape = tuple(source.shape)
    absolute = op.name == "as_strided"
    strides = source.strides if absolute else dense_strides(shape)
    values = {spec.name: value for spec, value in zip(op.attributes, attributes)}
    size, steps, offset = view_map(op, shape, strides, values, place if absolute else 0)
    if absolute and not is_dense(shape, strides):
        return _strided_gradient(source, tuple(size), tuple(steps), offset, gradient, prefix)
    return scatter_to(shape, tuple(size), tuple(steps), offset, gradient, prefix)


def part_of(op: Op, attributes: tuple[Any, ...], source: Layout) -> tuple[Ints, Ints, int] | None:
    """Shape, strides and offset of what a view shows of an operand in C order; None where that is
    all of it, two of its elements are one, or the strides are absolute.
    """
    if op.name == "as_strided":
        return None
    shape = tuple(source.shape)
    values = {spec.name: value for spec, value in zip(op.attributes, attributes)}
    size, steps, offset = view_map(op, shape, dense_strides(shape), values, 0)
    if prod(size) in (0, prod(shape)) or _overlaps(tuple(size), tuple(steps)):
        return None
    return tuple(size), tuple(steps), offset


def scatter_to(
    shape: Ints, size: Ints, steps: Ints, offset: int, gradient: Any, prefix: int = 0
) -> Any:
    """Zeros of a shape with the gradient added at a strided view of them.

    Expanded dims are summed; a rearrangement of all elements is a permutation and a reshape; of the
    rest elements that do not overlap are copied, others added one by one.
    """
    expanded = [d for d, (n, step) in enumerate(zip(size, steps)) if step == 0 and n > 1]
    if expanded:
        gradient = gradient.sum([prefix + d for d in expanded], True)
        size = tuple(1 if d in expanded else n for d, n in enumerate(size))
    lead = tuple(gradient.shape[:prefix])
    if not prod(size) or not prod(shape):
        return gradient.new_zeros(lead + shape)
    if offset == 0 and prod(size) == prod(shape):
        if is_dense(size, steps):
            return gradient.reshape(lead + shape)
        order = sorted(range(len(size)), key=lambda d: (-steps[d], d))
        if is_dense([size[d] for d in order], [steps[d] for d in order]):
            turned = gradient.permute([*range(prefix), *(prefix + d for d in order)])
            return turned.reshape(lead + shape)
    if _overlaps(size, steps):
        return _add_at(shape, size, steps, offset, gradient, prefix)
    return invoke(VIEW_ADJOINT, (gradient,), (shape, size, steps, offset), prefix)


def _overlaps(size: Sequence[int], steps: Sequence[int]) -> bool:
    """Two indices may mean one place."""
    return bool(_at_odds(size, steps))


def _at_odds(size: Sequence[int], steps: Sequence[int], left_out: int = -1) -> list[int]:
    """Dims up to the first whose step is within reach of those of smaller steps; none if no two
    indices mean one place."""
    reach = 0
    seen: list[int] = []
    some = [d for d, n in enumerate(size) if n > 1 and d != left_out]
    for dim in sorted(some, key=lambda d: abs(steps[d])):
        seen.append(dim)
        if abs(steps[dim]) <= reach:
            return seen
        reach += abs(steps[dim]) * (size[dim] - 1)
    return []


def _add_at(shape: Ints, size: Ints, steps: Ints, offset: int, gradient: Any, prefix: int) -> Any:
    """Adds overlapping elements: shift after shift of one dim if it is short, else all of them by
    their places."""
    among = _at_odds(size, steps)
    enough = [dim for dim in among if not _at_odds(size, steps, dim)]
    dim = min(enough or among, key=lambda d: size[d])
    if size[dim] > SHIFTS:
        return _add_by_places(shape, size, steps, offset, gradient, prefix)
    total: Any = None
    rest = size[:dim] + size[dim + 1 :]
    rest_steps = steps[:dim] + steps[dim + 1 :]
    for place in range(size[dim]):
        part = gradient.select(prefix + dim, place)
        added = scatter_to(shape, rest, rest_steps, offset + place * steps[dim], part, prefix)
        total = added if total is None else total + added
    return total


def _add_by_places(
    shape: Ints, size: Ints, steps: Ints, offset: int, gradient: Any, prefix: int
) -> Any:
    """Adds elements one by one, in their order."""
    lead, count = tuple(gradient.shape[:prefix]), prod(shape)
    places = arange(count, device=gradient.device).as_strided(size, steps, offset).reshape(-1)
    memory = gradient.new_zeros((*lead, count))
    added = memory.index_add(prefix, places, gradient.reshape(*lead, -1))
    return added.reshape(*lead, *shape)


def _strided_gradient(
    source: Layout, size: Ints, steps: Ints, offset: int, gradient: Any, prefix: int
) -> Any:
    """As `scatter_to` for an operand with gaps or permuted dims: through its memory."""
    lead = tuple(gradient.shape[:prefix])
    if 0 in source.shape:
        return gradient.new_zeros(lead + tuple(source.shape))
    reach = 1 + sum((n - 1) * step for n, step in zip(source.shape, source.strides))
    reach = max(reach, 1 + offset + sum((n - 1) * step for n, step in zip(size, steps)))
    memory = scatter_to((reach,), size, steps, offset, gradient, prefix).contiguous()
    strides = dense_strides(lead + (reach,))[:prefix] + tuple(source.strides)
    return memory.as_strided(lead + tuple(source.shape), strides, memory.storage_offset())
