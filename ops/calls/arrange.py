"""Arrays in the user's order of dims <-> batch axes first, then the core axes of the type.

In the arranged form every operand has all batch axes of the call, with extent 1 where it is
broadcast, and groups (`*S`, `Axes(N)` over several dims) are one axis.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..language.op import Axis, Input, Op, Output, TensorType
from .binding import Binding, Place

Array = np.ndarray[Any, np.dtype[Any]]


def operands(op: Op) -> list[Input | Output]:
    """The tensors of an op, inputs first."""
    return [*op.inputs, *op.outputs]


def extent(axis: Axis, binding: Binding) -> int:
    """Number of elements along a core axis."""
    return math.prod(f if isinstance(f, int) else binding.sizes[f] for f in axis.factors)


def arranged(array: Array, kind: TensorType, place: Place, binding: Binding) -> Array:
    """An operand with batch axes first and one axis for each core axis; a view where possible."""
    batch = list(place.batch) + [None] * (len(binding.batch) - len(place.batch))
    slots: list[int | None] = batch + [dim for dims in place.core for dim in dims]
    placed = [dim for dim in slots if dim is not None]
    kept = sorted(placed)
    array = array.reshape([array.shape[dim] for dim in kept])  # the other dims are kept ones of 1
    array = array.transpose([kept.index(dim) for dim in placed])
    sources = iter(array.shape)
    extents = [1 if dim is None else next(sources) for dim in slots]
    shape, position = extents[: len(batch)], len(batch)
    full, merged = list(shape), list(shape)
    for axis, dims in zip(kind.axes, place.core):
        own = extents[position : position + len(dims)]
        position += len(dims)
        whole = extent(axis, binding)
        if len(dims) > 1:
            own = list(binding.groups[str(axis.factors[0])])
        elif math.prod(own) == 1 and whole != 1:  # `B?` that is missing, or has extent 1
            if not dims:
                extents.insert(position, 1)
                position += 1
            own = [whole]
        full += own
        merged.append(math.prod(own))
    return np.broadcast_to(array.reshape(extents), full).reshape(merged)


def restored(array: Array, kind: TensorType, place: Place, name: str, binding: Binding) -> Array:
    """A result in the user's order of dims, from batch axes first."""
    batch = list(place.batch) + [None] * (len(binding.batch) - len(place.batch))
    extents = [1 if dim is None else n for dim, n in zip(batch, binding.batch)]
    slots: list[int | None] = list(batch)
    # an axis that the operand lacks: its cotangent is the sum over it
    lacking = tuple(i for i, dims in enumerate(place.core, len(batch)) if not dims)
    array = array.sum(lacking, array.dtype, keepdims=True) if lacking else array
    core = array.shape[len(batch) :]
    array = np.broadcast_to(array, (*extents, *core))
    for axis, dims, size in zip(kind.axes, place.core, core):
        slots += dims
        if len(dims) > 1:
            extents += binding.groups[str(axis.factors[0])]
        elif dims:
            extents.append(size)
    array = array.reshape(extents)
    missing = tuple(position for position, dim in enumerate(slots) if dim is None)
    present = [dim for dim in slots if dim is not None]
    array = np.squeeze(array, missing).transpose(np.argsort(present))
    return array.reshape(binding.shapes[name])
