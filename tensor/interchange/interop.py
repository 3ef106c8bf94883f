"""Memory shared with NumPy and with objects that have the buffer protocol or an array interface."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...ops.dtype import bfloat16, dtype
from ...ops.errors import ArgumentError, ArgumentValueError, BackendError
from ..arrays import Array, array_of, over_array
from ..calls.transfer import host_of
from ..devices import CPU
from ..interpreters import modes
from ..layout import strided
from ..storage import Foreign, Storage
from ..tensor import Tensor, wrap


def numpy_of(tensor: Any, force: bool = False) -> Array:
    """`Tensor.numpy`: an array that shares memory with the tensor.

    Raises:
        RuntimeError: the tensor requires grad, operations are recorded and `force` is not set.
        TypeError: NumPy has no such dtype, or the tensor is not on the CPU.
    """
    if modes.grad and tensor.requires_grad and not force:
        raise BackendError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
        )
    place = tensor._layout.device
    if place is not CPU:
        tensor = _brought_here(tensor, place, force)
    if tensor._layout.dtype is bfloat16:
        raise ArgumentError("Got unsupported ScalarType BFloat16")
    return array_of(tensor)


def _brought_here(tensor: Any, place: Any, force: bool) -> Any:
    """A tensor of another device as one on the CPU, where that may be done."""
    if place.type == "cuda" and force:
        return host_of(tensor)
    if place.type == "cuda":
        raise ArgumentError(
            f"can't convert {place} device type tensor to numpy. Use Tensor.cpu() to copy the "
            "tensor to host memory first."
        )
    if place.type == "meta":
        raise ArgumentError("can't convert meta device type tensor to numpy.")
    return tensor


def to_array(tensor: Any, kind: Any = None, copy: bool | None = None) -> Array:
    """`Tensor.__array__`."""
    array = numpy_of(tensor)
    if kind is not None and array.dtype != np.dtype(kind):
        if copy is False:
            raise ArgumentValueError(f"__array__: a copy is needed to convert to {np.dtype(kind)}")
        return array.astype(kind)
    return array.copy() if copy else array


def array_interface(tensor: Any) -> dict[str, Any]:
    """`Tensor.__array_interface__`."""
    return dict(numpy_of(tensor).__array_interface__)


def from_numpy(ndarray: Any) -> Tensor:
    """A tensor that shares memory with a NumPy array.

    Raises:
        TypeError: it is not an array, or its dtype has no counterpart.
        ValueError: it has strides that are negative or not a multiple of the element size.
    """
    if not isinstance(ndarray, np.ndarray):
        raise ArgumentError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and tensors are always writable: writing to "
            "the tensor is undefined. Copy the array to protect its data.",
            UserWarning,
            stacklevel=2,
        )
    return over_array(ndarray)


def frombuffer(
    buffer: Any, *, dtype: dtype, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A 1-d tensor over an object with the buffer protocol.

    Args:
        buffer: The object.
        dtype: How its bytes are read.
        count: Number of elements; -1 for as many as there are.
        offset: Bytes to skip.
        requires_grad: Gradients of it are wanted.

    Raises:
        ValueError: the buffer is too short, empty or not a whole number of elements.
    """
    view = memoryview(buffer)
    if view.readonly:
        warnings.warn(
            "The given buffer is not writable, and tensors are always writable: writing to the "
            "tensor is undefined. Copy the buffer to protect its data.",
            UserWarning,
            stacklevel=2,
        )
    raw = np.frombuffer(view, np.uint8)
    size = dtype.itemsize
    if not raw.size or count == 0:
        raise ArgumentValueError(
            f"both buffer length ({raw.size}) and count ({count}) must not be 0"
        )
    if not 0 <= offset < raw.size:
        raise ArgumentValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length "
            f"({raw.size} bytes) minus 1"
        )
    left = raw.size - offset
    if count < 0:
        if left % size:
            raise ArgumentValueError(
                f"buffer length ({left} bytes) after offset ({offset} bytes) must be a multiple of "
                f"element size ({size})"
            )
        count = left // size
    if offset + count * size > raw.size:
        raise ArgumentValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must "
            f"not be greater than actual buffer length ({raw.size} bytes)"
        )
    address = raw.__array_interface__["data"][0] + offset
    storage = Storage(Foreign(address, count * size, (raw, view)), count * size)
    made: Tensor = wrap(Tensor, strided(dtype, (count,), (1,)), storage)
    made.requires_grad = requires_grad
    return made


def is_shared(tensor: Any) -> bool:
    """`Tensor.is_shared`: other processes see the memory."""
    return bool(tensor._storage.is_shared())
