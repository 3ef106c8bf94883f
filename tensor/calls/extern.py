"""The host routine of the op that no statement describes: joining lists of tensors.

It takes the op's operands, then its attributes, and gives a new tensor; the op is `extern` in the
registry and counted there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.calls.binding import Argument
from ...ops.dtype import bfloat16, dtype, float32, result_type
from ...ops.errors import ArgumentError, ShapeError
from ..arrays import Array, array_of, element_type
from ..devices import CPU, device
from ..layout import dense, strided
from ..tensor import Tensor, fresh, wrap
from .composition import Composition, Piece, composer
from .dispatch import cast
from .entries import routine
from .into import copy_elements
from .ordering import wrap_dim
from .solving import common_device
from .transfer import host_of, transferred


def values_of(tensor: Any) -> Array:
    """The elements for NumPy; bfloat16 as float32, which NumPy can order."""
    tensor = host_of(tensor)
    return array_of(cast(tensor, _wide(tensor.dtype)) if tensor.dtype is bfloat16 else tensor)


def _wide(kind: dtype) -> dtype:
    return float32 if kind is bfloat16 else kind


def tensor_of(values: Any, kind: dtype | None = None, place: device = CPU) -> Any:
    """A new tensor with the elements of an array, on a device."""
    values = np.asarray(values)
    made = fresh(dense(kind or element_type(values), values.shape))
    if values.size:
        np.copyto(array_of(made), values, casting="unsafe")
    return transferred(made, place)


@composer("cat")
def _joined(tensors: Any, dim: int) -> Composition:
    """Where the elements of tensors lie that are joined along a dim."""
    parts = list(tensors)
    if not parts:
        raise ShapeError("cat: expected a non-empty list of Tensors")
    for place, part in enumerate(parts):
        if not isinstance(part, Tensor):
            raise ArgumentError(
                f"cat: expected Tensor as element {place} in argument 0, but got "
                f"{type(part).__name__}"
            )
    kind = result_type(Argument(tuple(part.shape), part.dtype) for part in parts)
    where = parts[0].device
    common_device("cat", [part._layout for part in parts])
    kept = [i for i, p in enumerate(parts) if p.dim() != 1 or p.numel()] or [0]
    chosen = [parts[i] for i in kept]
    rank = chosen[0].dim()
    if any(not p.dim() for p in chosen):
        raise ShapeError("cat: zero-dimensional tensor (at position 0) cannot be concatenated")
    axis = wrap_dim("cat", dim, rank)
    first = tuple(chosen[0].shape)
    for part in chosen:
        own = tuple(part.shape)
        if len(own) != rank or own[:axis] + own[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            raise ShapeError(
                f"cat: Sizes of tensors must match except in dimension {axis}. Expected shapes "
                f"like {list(first)}, but got {list(own)}"
            )
    extent = sum(part.shape[axis] for part in chosen)
    layout = dense(kind, (*first[:axis], extent, *first[axis + 1 :]), where)
    pieces: list[Piece] = []
    start = 0
    for number, part in zip(kept, chosen):
        if part.numel():
            room = strided(kind, tuple(part.shape), layout.strides, where)
            pieces.append(Piece(number, room, start * layout.strides[axis]))
        start += part.shape[axis]
    return Composition(layout, tuple(pieces))


@routine("cat", anywhere=True)
def _cat(tensors: Any, dim: int) -> Any:
    found = _joined(tensors, dim)
    made = fresh(found.layout)
    for piece in found.pieces:
        room = wrap(Tensor, piece.room, made._storage, piece.start)
        copy_elements(room, tensors[piece.number])
    return made
