"""Host routines of ops that no statement describes: joining lists of tensors, drawing places.

Each takes the op's operands, then its attributes, and gives new tensors; these ops are `extern` in
the registry and counted there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.binding import Argument
from ..ops.dtype import bfloat16, dtype, int64, result_type
from ..ops.errors import ArgumentError, BackendError, ShapeError
from ..ops.philox import uniform64
from .composition import Composition, Piece, composer
from .devices import CPU, device
from .dispatch import cast, copy_elements, routine
from .interop import Array, array_of, element_type
from .layout import dense, strided
from .ordering import wrap_dim
from .solving import common_device
from .tensor import Tensor, fresh, wrap
from .transfer import host_of, transferred


def values_of(tensor: Any) -> Array:
    """The elements for NumPy; bfloat16 as float32, which NumPy can order."""
    tensor = host_of(tensor)
    return array_of(cast(tensor, _wide(tensor.dtype)) if tensor.dtype is bfloat16 else tensor)


def _wide(kind: dtype) -> dtype:
    from ..ops.dtype import float32

    return float32 if kind is bfloat16 else kind


def tensor_of(values: Any, kind: dtype | None = None, place: device = CPU) -> Any:
    """A new tensor with the elements of an array, on a device."""
    values = np.asarray(values)
    made = fresh(dense(kind or element_type(values), values.shape))
    if values.size:
        np.copyto(array_of(made), values, casting="unsafe")
    return transferred(made, place)


@routine("multinomial")
def _multinomial(input: Tensor, num_samples: int, replacement: bool, seed: int, offset: int) -> Any:
    weights = values_of(input).astype(np.float64)
    if weights.ndim not in (1, 2):
        raise ShapeError(f"multinomial: prob_dist must be 1 or 2 dim, got {weights.ndim}")
    if (weights < 0).any() or not np.isfinite(weights).all():
        raise BackendError(
            "multinomial: probability tensor contains either `inf`, `nan` or element < 0"
        )
    total = weights.sum(-1, keepdims=True)
    if (total <= 0).any():
        raise BackendError(
            "multinomial: invalid multinomial distribution (sum of probabilities <= 0)"
        )
    extent = weights.shape[-1]
    rule = "num_samples must be positive, and without replacement at most N"
    if num_samples <= 0:
        raise BackendError(f"multinomial: {rule}: cannot sample num_samples <= 0 samples")
    if not replacement:
        if num_samples > extent:
            raise BackendError(
                f"multinomial: {rule}: cannot sample num_samples > prob_dist.size(-1) samples "
                "without replacement"
            )
        draws = uniform64(seed, offset + 2 * np.arange(weights.size, dtype=np.int64))
        with np.errstate(divide="ignore"):  # an exponential race: the first to arrive are drawn
            times = -np.log1p(-draws.reshape(weights.shape)) / weights
        return tensor_of(np.argsort(times, -1, kind="stable")[..., :num_samples], int64)
    shape = (*weights.shape[:-1], num_samples)
    count = int(np.prod(shape))
    draws = uniform64(seed, offset + 2 * np.arange(count, dtype=np.int64)).reshape(shape)
    bounds = np.cumsum(weights / total, -1)
    bounds /= bounds[..., -1:]
    found = (draws[..., :, None] >= bounds[..., None, :]).sum(-1)
    return tensor_of(found, int64)


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
                f"like "
                f"{list(first)}, but got {list(own)}"
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
