"""Tensors from shapes and numbers: `zeros`, `full`, `empty_like`, `eye` and their kin."""

from __future__ import annotations

from typing import Any

from ...ops.dtype import dtype, get_default_dtype
from ...ops.errors import ArgumentError, ShapeError
from ..calls.dispatch import call
from ..calls.fill import fill_elements
from ..calls.repeating import repeated
from ..devices import usable
from ..interpreters import like_source, modes
from ..layout import dense, strided
from ..tensor import Tensor, fresh, wrap
from .data import leaf
from .making import like, made, number_type, shape_of


@repeated
def empty(
    *size: Any,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
    names: Any = None,
) -> Tensor:
    """A tensor of shape `size` whose elements are undefined."""
    return made("empty", shape_of("empty", size), dtype, device, requires_grad, out)


@repeated
def zeros(
    *size: Any,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Any = None,
) -> Tensor:
    """A tensor of shape `size` filled with 0."""
    return made("zeros", shape_of("zeros", size), dtype, device, requires_grad, out, 0)


@repeated
def ones(
    *size: Any,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Any = None,
) -> Tensor:
    """A tensor of shape `size` filled with 1."""
    return made("ones", shape_of("ones", size), dtype, device, requires_grad, out, 1)


@repeated
def full(
    size: Any,
    fill_value: Any,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Any = None,
) -> Tensor:
    """A tensor of shape `size` filled with `fill_value`, whose type gives the dtype."""
    if not isinstance(size, (tuple, list)):
        raise ArgumentError(
            f"full(): argument 'size' must be tuple of ints, not {type(size).__name__}"
        )
    if fill_value is None:
        raise ArgumentError("full(): argument 'fill_value' must be Number, not NoneType")
    kind = dtype or (None if out is not None else number_type(fill_value))
    shape = shape_of("full", (size,))
    return made("full", shape, kind, device, requires_grad, out, fill_value)


@repeated
def empty_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of the shape of `input` whose elements are undefined."""
    return like(input, dtype, device, requires_grad, memory_format, None)


@repeated
def zeros_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of the shape of `input` filled with 0."""
    return like(input, dtype, device, requires_grad, memory_format, 0)


@repeated
def ones_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of the shape of `input` filled with 1."""
    return like(input, dtype, device, requires_grad, memory_format, 1)


@repeated
def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of the shape of `input` filled with `fill_value`."""
    return like(input, dtype, device, requires_grad, memory_format, fill_value)


@repeated
def new_empty(
    self: Tensor,
    *size: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of shape `size` of this one's dtype and device; its elements are undefined."""
    return _new(self, "new_empty", size, dtype, device, requires_grad, None)


@repeated
def new_zeros(
    self: Tensor,
    *size: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of shape `size` of this one's dtype and device, filled with 0."""
    return _new(self, "new_zeros", size, dtype, device, requires_grad, 0)


@repeated
def new_ones(
    self: Tensor,
    *size: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of shape `size` of this one's dtype and device, filled with 1."""
    return _new(self, "new_ones", size, dtype, device, requires_grad, 1)


@repeated
def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of shape `size` of this one's dtype and device, filled with `fill_value`."""
    return _new(self, "new_full", (size,), dtype, device, requires_grad, fill_value)


def new_empty_strided(
    self: Tensor,
    size: Any,
    stride: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor with these strides, of this one's dtype and device; its elements are undefined."""
    return empty_strided(
        size, stride, dtype=dtype or self.dtype, device=device or self.device,
        requires_grad=requires_grad,
    )  # fmt: skip


def _new(
    source: Tensor, name: str, size: Any, kind: Any, place: Any, requires_grad: bool, value: Any
) -> Tensor:
    where = source.device if place is None else place
    size = size if size else ((),)
    found = made(name, shape_of(name, size), kind or source.dtype, where, False, None, value)
    return leaf(like_source(source, found), requires_grad)


def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor with these strides whose elements are undefined.

    Raises:
        RuntimeError: sizes and strides differ in number, or a stride is negative.
    """
    shape, strides = shape_of("empty_strided", (size,)), tuple(int(step) for step in stride)
    if len(shape) != len(strides):
        raise ShapeError(
            f"empty_strided: dimensionality of sizes ({len(shape)}) must match dimensionality of "
            f"strides ({len(strides)})"
        )
    if any(step < 0 for step in strides):
        raise ShapeError(f"empty_strided: strides must not be negative, got {list(strides)}")
    kind, where = dtype or get_default_dtype(), usable(device)
    reach = 1 + sum((n - 1) * step for n, step in zip(shape, strides)) if 0 not in shape else 0
    room = fresh(dense(kind, (reach,), where))
    found: Tensor = wrap(Tensor, strided(kind, shape, strides, where), room._storage)
    return leaf(found, requires_grad)


@repeated
def eye(
    n: int,
    m: int | None = None,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A matrix with ones on the diagonal and zeros elsewhere."""
    shape = shape_of("eye", (n, n if m is None else m))
    if modes.trace is not None and out is None and not requires_grad and shape[0] == shape[1]:
        ones_there = made("eye", shape[:1], dtype, device, False, None, 1)
        return call("diag_embed", (ones_there,), {"offset": 0})  # type: ignore[no-any-return]
    result = made("eye", shape, dtype, device, False, out, 0)
    rows, columns = result._layout.strides
    line = strided(result.dtype, (min(shape),), (rows + columns,), result.device)
    fill_elements(wrap(Tensor, line, result._storage, result._offset), 1)
    return leaf(result, requires_grad)


__all__ = [
    "empty", "empty_like", "empty_strided", "eye", "full", "full_like", "ones", "ones_like",
    "zeros", "zeros_like",
]  # fmt: skip
