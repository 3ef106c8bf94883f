"""Tensors of a shape, or of the shape of another tensor, filled with one number."""

from __future__ import annotations

from typing import Any

from ...ops.dtype import bool_, dtype, get_default_dtype, int64
from ...ops.errors import ArgumentError, ShapeError
from ..base import TensorBase
from ..calls.dispatch import call
from ..calls.fill import checked, fill_elements
from ..calls.normalize import as_dtype
from ..calls.targets import fit
from ..devices import CPU, usable
from ..interpreters import like_source, modes
from ..layout import Layout, Size, dense, like_strides, strided
from ..tensor import Tensor, fresh
from .data import leaf


def shape_of(name: str, size: tuple[Any, ...]) -> Size:
    """The shape that a user gave as one sequence or as several numbers.

    Raises:
        TypeError: something in it is not an integer.
        RuntimeError: an extent is negative.
    """
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    shape = []
    for place, extent in enumerate(size):
        if isinstance(extent, float) or not hasattr(extent, "__index__"):
            raise ArgumentError(
                f"{name}(): argument 'size' must be tuple of ints, but found element of type "
                f"{type(extent).__name__} at pos {place}"
            )
        shape.append(extent.__index__())
    if any(extent < 0 for extent in shape):
        raise ShapeError(
            f"{name}: Trying to create tensor with negative dimension {min(shape)}: {shape}"
        )
    return Size(shape)


def made(
    name: str,
    shape: tuple[int, ...],
    kind: Any,
    place: Any,
    requires_grad: bool,
    out: Tensor | None,
    value: Any = None,
) -> Tensor:
    """A tensor of a shape, filled with `value` if there is one; or `out`, resized and filled."""
    if out is not None:
        layout = dense(out._layout.dtype if kind is None else as_dtype(kind), shape, out.device)
        fit(name, out, layout)
        result = out
        if value is not None:
            fill_elements(out, value)
            out._storage.version += 1
    else:
        layout = dense(as_dtype(kind) or get_default_dtype(), shape, usable(place))
        result = filled(layout, value)
    return leaf(result, requires_grad) if requires_grad else result


def delivered(name: str, result: Tensor, out: Tensor | None, requires_grad: bool) -> Tensor:
    """A result as a leaf; or `out`, resized and with its elements."""
    if out is not None:
        fit(name, out, result._layout)
        return out.copy_(result)
    return leaf(result, requires_grad)


def filled(layout: Layout, value: Any) -> Tensor:
    """A new tensor of a layout, its elements `value`, or undefined if that is None."""
    if modes.trace is not None and _is_repeated(layout, value):
        if value is None:
            return modes.trace.fresh(fresh(layout))  # type: ignore[no-any-return]
        numbers = (tuple(layout.shape), checked(value, layout.dtype), layout.dtype)
        return call("full", (), numbers, place=CPU)  # type: ignore[no-any-return]
    result = fresh(layout)
    if value is not None:
        fill_elements(result, value)
    return result


def _is_repeated(layout: Layout, value: Any) -> bool:
    """An op, or memory from the pool, makes such a tensor."""
    if layout.device is not CPU or not layout.contiguous or not layout.numel:
        return False
    return value is None or (type(value) in (int, float, bool) and not layout.dtype.is_complex)


def number_type(value: Any) -> dtype:
    """The dtype of a tensor that is made of a number."""
    if isinstance(value, TensorBase):
        return value._layout.dtype
    if isinstance(value, bool):
        return bool_
    if isinstance(value, complex):
        return get_default_dtype().to_complex()
    return get_default_dtype() if isinstance(value, float) else int64


def like(
    source: Any, kind: Any, place: Any, requires_grad: bool, memory_format: Any, value: Any
) -> Tensor:
    """A tensor of the shape (and, without gaps, the order in memory) of another."""
    own = source._layout
    layout = dense(
        as_dtype(kind) or own.dtype, own.shape, own.device if place is None else usable(place)
    )
    if not own.contiguous and str(memory_format) not in ("contiguous_format",):
        layout = strided(
            layout.dtype, own.shape, like_strides(own.shape, own.strides), layout.device
        )
    result = like_source(source, filled(layout, value))
    return leaf(result, requires_grad) if requires_grad else result
