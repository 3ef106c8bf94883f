"""Tensor methods that give the tensor itself other elements, another shape or other memory."""

from __future__ import annotations

from typing import Any

from ...ops.errors import ArgumentError, BackendError, DtypeError, ShapeError
from .. import interpreters
from ..base import TensorBase
from ..calls.dispatch import moved
from ..calls.entries import cast_op
from ..calls.fill import before_write, checked, fill_elements
from ..calls.repeating import repeated
from ..calls.targets import resize
from ..calls.writing import write
from ..creation.making import shape_of
from ..devices import CPU
from ..interpreters import modes
from ..layout import dense, span, strided
from ..tensor import Tensor


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """The tensor itself, with the elements of `src`, broadcast and converted."""
    if isinstance(src, (int, float, complex)):
        return fill_(self, src)
    if not isinstance(src, TensorBase):
        raise ArgumentError(f"copy_(): argument 'other' must be Tensor, not {type(src).__name__}")
    source: Any = src
    if source._layout.shape != self._layout.shape:
        try:
            source = source.expand(self.shape)
        except RuntimeError:
            raise ShapeError(
                f"output with shape {list(self.shape)} doesn't match the broadcast shape: the "
                f"source has shape {list(source.shape)}"
            ) from None
    if source._layout.device is not self._layout.device:
        source = moved(source, self._layout.device, non_blocking)
    op = cast_op(self._layout.dtype)
    return write(op, self, (source,))  # type: ignore[no-any-return]


@repeated
def fill_(self: Tensor, value: Any) -> Tensor:
    """The tensor itself, filled with a number."""
    if isinstance(value, TensorBase):
        if value._layout.rank:
            raise BackendError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{value._layout.rank} dimensions."
            )
        return self.copy_(value)
    return _filled(self, value)


@repeated
def zero_(self: Tensor) -> Tensor:
    """The tensor itself, filled with 0."""
    return _filled(self, 0)


def _filled(target: Tensor, value: Any) -> Tensor:
    simple = modes.trace is not None and type(value) in (int, float, bool)
    if simple and target._layout.device is CPU and not target.is_complex():
        numbers = (tuple(target.shape), checked(value, target.dtype), target.dtype)
        return write("full", target, (), numbers)  # type: ignore[no-any-return]
    if not (interpreters.active and modes.stack) and not _has_history(target):
        before_write(target, one_number=True)
        fill_elements(target, value)
        target._storage.version += 1
        return target
    attributes = {
        "size": tuple(target.shape),
        "fill_value": checked(value, target.dtype),
        "dtype": target.dtype,
    }
    return write("full", target, (), attributes)  # type: ignore[no-any-return]


def _has_history(target: Tensor) -> bool:
    return target.requires_grad or (target._base is not None and target._base.requires_grad)


def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """The tensor itself with another shape in C order; new elements are undefined."""
    if self.requires_grad:
        raise BackendError("cannot resize variables that require grad")
    shape = shape_of("resize_", sizes)
    if shape != self.shape:
        resize(self, tuple(shape))
    return self


def resize_as_(self: Tensor, tensor: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself with the shape of another."""
    return resize_(self, tuple(tensor.shape))


def set_(
    self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None
) -> Tensor:
    """The tensor itself over the memory of `source`, a tensor or a storage."""
    if source is None:
        resize(self, (0,))
        return self
    if isinstance(source, TensorBase):
        layout, storage, offset = source._layout, source._storage, source._offset
        if layout.dtype is not self.dtype:
            raise DtypeError(f"set_: expected a tensor of {self.dtype}, got {layout.dtype}")
    else:
        storage, offset = source, 0
        layout = dense(self.dtype, (storage.size // self.itemsize,), storage.device)
    if size is not None:
        shape = tuple(size)
        steps = tuple(stride) if stride is not None else dense(layout.dtype, shape).strides
        layout, offset = strided(layout.dtype, shape, steps, layout.device), storage_offset
        if (offset + span(shape, steps)) * layout.dtype.itemsize > storage.size:
            raise ShapeError(
                f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {offset} "
                f"are out of bounds for storage of size {storage.size}"
            )
    self._layout, self._storage, self._offset = layout, storage, offset
    self._data = storage.address + offset * layout.dtype.itemsize
    return self


METHODS: dict[str, Any] = {
    "copy_": copy_,
    "fill_": fill_,
    "zero_": zero_,
    "resize_": resize_,
    "resize_as_": resize_as_,
    "set_": set_,
}
