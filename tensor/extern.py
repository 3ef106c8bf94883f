"""Host routines of ops whose results depend on the order of values: sorting, searching.

Each takes the op's operands, then its attributes, and gives new tensors. NumPy does the work on the
memory of the operands; these ops are `extern` in the registry and counted there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.binding import Argument
from ..ops.dtype import bfloat16, dtype, int32, int64, result_type
from ..ops.errors import ArgumentError, BackendError, DimensionError, DtypeError, ShapeError
from ..ops.philox import uniform64
from .dispatch import cast, copy_elements, routine
from .interop import Array, array_of, element_type
from .layout import dense, strided
from .tensor import Tensor, fresh, wrap


def values_of(tensor: Any) -> Array:
    """The elements for NumPy; bfloat16 as float32, which NumPy can order."""
    return array_of(cast(tensor, _wide(tensor.dtype)) if tensor.dtype is bfloat16 else tensor)


def _wide(kind: dtype) -> dtype:
    from ..ops.dtype import float32

    return float32 if kind is bfloat16 else kind


def tensor_of(values: Any, kind: dtype | None = None) -> Tensor:
    """A new tensor with the elements of an array."""
    values = np.asarray(values)
    made = fresh(dense(kind or element_type(values), values.shape))
    if values.size:
        np.copyto(array_of(made), values, casting="unsafe")
    return made


def wrap_dim(name: str, dim: int, rank: int) -> int:
    """The dim counted from the front.

    Raises:
        IndexError: it is out of range.
    """
    room = max(rank, 1)
    if not -room <= dim < room:
        raise DimensionError(
            f"{name}: Dimension out of range (expected to be in range of [{-room}, "
            f"{room - 1}], but "
            f"got {dim})"
        )
    return dim % room


def _order(values: Array, axis: int, descending: bool) -> Array:
    """Places in stable order, NaN last when rising and first when falling."""
    if not values.ndim:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(values, axis, kind="stable")
    turned = np.flip(values, axis)
    order = np.flip(np.argsort(turned, axis, kind="stable"), axis)
    return values.shape[axis] - 1 - order  # type: ignore[no-any-return]


def _along(values: Array, order: Array, axis: int) -> Array:
    return np.take_along_axis(values, order, axis) if values.ndim else values


@routine("sort")
def _sort(input: Tensor, dim: int, descending: bool, stable: bool) -> Any:
    values, axis = values_of(input), wrap_dim("sort", dim, input.dim())
    order = _order(values, axis, descending)
    return tensor_of(_along(values, order, axis), input.dtype), tensor_of(order, int64)


@routine("argsort")
def _argsort(input: Tensor, dim: int, descending: bool, stable: bool) -> Any:
    order = _order(values_of(input), wrap_dim("argsort", dim, input.dim()), descending)
    return tensor_of(order, int64)


@routine("topk")
def _topk(input: Tensor, k: int, dim: int, largest: bool, sorted: bool) -> Any:
    values, axis = values_of(input), wrap_dim("topk", dim, input.dim())
    extent = values.shape[axis] if values.ndim else 1
    if not 0 <= k <= extent:
        raise BackendError(
            "topk: k must lie between 0 and the extent of dim (selected index k out of range): "
            f"k is {k}, the dim has {extent}"
        )
    order = _order(values, axis, largest)
    if values.ndim:
        order = order.take(range(k), axis)
    return tensor_of(_along(values, order, axis), input.dtype), tensor_of(order, int64)


def _chosen(input: Any, values: Array, place: Array, axis: int, keepdim: bool) -> Any:
    """Elements and places of one element for each row; `place` has extent 1 along the axis."""
    found = _along(values, place, axis)
    if values.ndim and not keepdim:
        found, place = found.squeeze(axis), place.squeeze(axis)
    return tensor_of(found, input.dtype), tensor_of(place, int64)


@routine("kthvalue")
def _kthvalue(input: Tensor, k: int, dim: int, keepdim: bool) -> Any:
    values, axis = values_of(input), wrap_dim("kthvalue", dim, input.dim())
    extent = values.shape[axis] if values.ndim else 1
    if not 1 <= k <= extent:
        raise BackendError(
            f"kthvalue: k must lie between 1 and the extent of dim, which is {extent}, got {k}"
        )
    order = _order(values, axis, False)
    place = order.take([k - 1], axis) if values.ndim else order
    return _chosen(input, values, place, axis, keepdim)


def _median(input: Any, ignore_nan: bool) -> Any:
    flat = values_of(input).reshape(-1)
    if ignore_nan and flat.dtype.kind == "f":
        flat = flat[~np.isnan(flat)]
    if not flat.size:
        return tensor_of(np.array(np.nan), input.dtype)
    if flat.dtype.kind == "f" and np.isnan(flat).any():
        return tensor_of(np.array(np.nan), input.dtype)
    return tensor_of(np.partition(flat, (flat.size - 1) // 2)[(flat.size - 1) // 2], input.dtype)


def _median_along(input: Any, dim: int, keepdim: bool, ignore_nan: bool) -> Any:
    values, axis = values_of(input), wrap_dim("median", dim, input.dim())
    if values.ndim and not values.shape[axis]:
        raise DimensionError(f"median: Expected reduction dim {dim} to have non-zero size.")
    order = _order(values, axis, False)
    if not values.ndim:
        return _chosen(input, values, order, axis, keepdim)
    bad = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    count = values.shape[axis] - bad.sum(axis, keepdims=True)
    middle = np.maximum(count - 1, 0) // 2
    place = np.take_along_axis(order, middle, axis)
    if not ignore_nan:  # a row with NaN gives its first one
        place = np.where(bad.any(axis, keepdims=True), np.argmax(bad, axis, keepdims=True), place)
    return _chosen(input, values, place, axis, keepdim)


@routine("median")
def _median_of_all(input: Tensor) -> Any:
    return _median(input, False)


@routine("nanmedian")
def _nanmedian_of_all(input: Tensor) -> Any:
    return _median(input, True)


@routine("median_along")
def _median_of_dim(input: Tensor, dim: int, keepdim: bool) -> Any:
    return _median_along(input, dim, keepdim, False)


@routine("nanmedian_along")
def _nanmedian_of_dim(input: Tensor, dim: int, keepdim: bool) -> Any:
    return _median_along(input, dim, keepdim, True)


@routine("mode")
def _mode(input: Tensor, dim: int, keepdim: bool) -> Any:
    values, axis = values_of(input), wrap_dim("mode", dim, input.dim())
    if not values.ndim:
        return _chosen(input, values, np.zeros((), np.int64), axis, keepdim)
    rows = np.moveaxis(values, axis, -1)
    place = np.empty(rows.shape[:-1], np.int64)
    for at in np.ndindex(*rows.shape[:-1]):
        row = rows[at]
        different, counts = np.unique(row, return_counts=True)
        place[at] = np.flatnonzero(row == different[np.argmax(counts)])[-1]
    return _chosen(input, values, np.expand_dims(place, axis), axis, keepdim)


@routine("unique")
def _unique(input: Tensor) -> Any:
    values = values_of(input)
    found, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (
        tensor_of(found, input.dtype),
        tensor_of(inverse.reshape(values.shape), int64),
        tensor_of(counts, int64),
    )


@routine("unique_consecutive")
def _unique_consecutive(input: Tensor) -> Any:
    values = values_of(input)
    flat = values.reshape(-1)
    new = np.ones(flat.shape, bool)
    new[1:] = flat[1:] != flat[:-1]
    starts = np.flatnonzero(new)
    inverse = (np.cumsum(new) - 1).reshape(values.shape)
    counts = np.diff(np.append(starts, flat.size))
    return tensor_of(flat[starts], input.dtype), tensor_of(inverse, int64), tensor_of(counts, int64)


@routine("nonzero")
def _nonzero(input: Tensor) -> Any:
    return tensor_of(np.argwhere(array_of(input)), int64)


@routine("masked_select")
def _masked_select(input: Tensor, mask: Tensor) -> Any:
    if mask.dtype.name != "bool":
        raise DtypeError(f"masked_select: expected BoolTensor for mask, got {mask.dtype}")
    try:
        values, holds = np.broadcast_arrays(array_of(input), array_of(mask))
    except ValueError:
        raise ShapeError(
            f"masked_select: input of shape {list(input.shape)} and mask of shape "
            f"{list(mask.shape)} must broadcast together"
        ) from None
    return tensor_of(values[holds], input.dtype)


@routine("searchsorted")
def _searchsorted(sorted_sequence: Tensor, input: Any, out_int32: bool, right: bool) -> Any:
    rows = values_of(sorted_sequence)
    wanted = values_of(input) if isinstance(input, Tensor) else np.asarray(input)
    side: Any = "right" if right else "left"
    if rows.ndim == 1:
        found = np.searchsorted(rows, wanted, side)
    else:
        if rows.shape[:-1] != wanted.shape[:-1]:
            raise ShapeError(
                "searchsorted: sorted_sequence should be 1 dimension or the first N-1 "
                "dimensions of "
                f"sorted_sequence and input must match, got {list(rows.shape)} and "
                f"{list(wanted.shape)}"
            )
        found = np.empty(wanted.shape, np.int64)
        for at in np.ndindex(*rows.shape[:-1]):
            found[at] = np.searchsorted(rows[at], wanted[at], side)
    return tensor_of(found, int32 if out_int32 else int64)


@routine("bucketize")
def _bucketize(input: Any, boundaries: Tensor, out_int32: bool, right: bool) -> Any:
    if boundaries.dim() != 1:
        raise ShapeError(f"bucketize: boundaries must have 1 dim, got {list(boundaries.shape)}")
    return _searchsorted(boundaries, input, out_int32, right)


@routine("randperm")
def _randperm(n: int, seed: int, offset: int) -> Any:
    if n < 0:
        raise BackendError(f"randperm: n must not be negative, got {n}")
    keys = uniform64(seed, offset + 2 * np.arange(n, dtype=np.int64))
    return tensor_of(np.argsort(keys, kind="stable"), int64)


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


@routine("cat")
def _cat(tensors: Any, dim: int) -> Any:
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
    parts = [p for p in parts if p.dim() != 1 or p.numel() or len(parts) == 1] or parts[:1]
    rank = parts[0].dim()
    if any(not p.dim() for p in parts):
        raise ShapeError("cat: zero-dimensional tensor (at position 0) cannot be concatenated")
    axis = wrap_dim("cat", dim, rank)
    first = tuple(parts[0].shape)
    for part in parts:
        own = tuple(part.shape)
        if len(own) != rank or own[:axis] + own[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            raise ShapeError(
                f"cat: Sizes of tensors must match except in dimension {axis}. Expected shapes "
                f"like "
                f"{list(first)}, but got {list(own)}"
            )
    extent = sum(part.shape[axis] for part in parts)
    shape = (*first[:axis], extent, *first[axis + 1 :])
    made = fresh(dense(kind, shape, where))
    start = 0
    for part in parts:
        room = strided(kind, tuple(part.shape), made._layout.strides, where)
        copy_elements(wrap(Tensor, room, made._storage, start * made._layout.strides[axis]), part)
        start += part.shape[axis]
    return made
