"""Memory shared with NumPy and with objects that have the buffer protocol or an array interface."""

from __future__ import annotations

import ctypes
import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from ..ops.dtype import bfloat16, dtype, from_numpy_dtype, numpy_dtype
from ..ops.errors import ArgumentError, ArgumentValueError, BackendError
from .devices import CPU
from .interpreters import modes
from .layout import Layout, span, strided
from .shrunk import SHRUNK, check_within
from .storage import Foreign, Storage
from .tensor import Tensor, wrap
from .transfer import host_of

Array = np.ndarray[Any, np.dtype[Any]]


@lru_cache(maxsize=4096)
def _as_numpy(layout: Layout) -> tuple[Any, tuple[int, ...], Array | Any, tuple[int, ...]]:
    """How NumPy sees tensors of a layout: type of their memory, shape, dtype, steps in bytes."""
    kind = np.dtype(np.uint16) if layout.dtype is bfloat16 else numpy_dtype(layout.dtype)
    width = layout.dtype.itemsize
    memory = ctypes.c_char * (span(layout.shape, layout.strides) * width)
    return memory, tuple(layout.shape), kind, tuple(step * width for step in layout.strides)


def array_of(tensor: Any) -> Array:
    """A NumPy array over the tensor's memory, whatever its history."""
    if modes.trace is not None:  # what a composite does may depend on elements
        modes.trace.broken = True
    if SHRUNK:
        check_within((tensor,))
    layout = tensor._layout
    if layout.device is not CPU and layout.device.type != "cpu":
        raise BackendError(_without_memory(layout.device))
    if not layout.numel:
        return np.empty(layout.shape, numpy_dtype(layout.dtype))
    kind, shape, element, steps = _as_numpy(layout)
    memory = kind.from_address(tensor._data)
    memory.owner = tensor._storage  # which lives as long as the array
    array: Array = np.ndarray(shape, element, memory, 0, steps)
    if layout.conj:
        return np.conj(array)
    return array.view(numpy_dtype(bfloat16)) if layout.dtype is bfloat16 else array


def _without_memory(place: Any) -> str:
    """Why NumPy cannot see the elements of a tensor on a device."""
    if place.type == "meta":
        return "a tensor on the device meta has no elements"
    return f"elements on {place} must be copied to the CPU before NumPy can see them"


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


def over_array(array: Array) -> Tensor:
    """A tensor over an array's memory, writable or not."""
    layout, size = _layout_of(array.dtype, array.shape, array.strides)
    storage = Storage(Foreign(_address_of(array), size, array), size)
    return wrap(Tensor, layout, storage)  # type: ignore[no-any-return]


def _address_of(array: Array) -> int:
    """Where an array's elements begin."""
    try:  # the quick way, for arrays in C order that may be written to
        return ctypes.addressof(ctypes.c_char.from_buffer(array.data))
    except (TypeError, ValueError, BufferError):
        return int(array.__array_interface__["data"][0])


@lru_cache(maxsize=4096)
def _layout_of(
    element: np.dtype[Any], shape: tuple[int, ...], steps: tuple[int, ...]
) -> tuple[Layout, int]:
    """The layout of a tensor over an array, and the bytes that it reaches over."""
    kind = _counterpart(element)
    if not element.isnative:
        raise ArgumentValueError("given numpy array has byte order different from the native one")
    if any(step < 0 for step in steps):
        raise ArgumentValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array with array.copy().)"
        )
    if any(step % kind.itemsize for step in steps):
        raise ArgumentValueError("given numpy array strides not a multiple of the element size.")
    layout = strided(kind, shape, tuple(step // kind.itemsize for step in steps))
    return layout, span(layout.shape, layout.strides) * kind.itemsize


def element_type(array: Array) -> dtype:
    """The dtype of an array's elements.

    Raises:
        TypeError: there is no counterpart.
    """
    return _counterpart(array.dtype)


def _counterpart(element: np.dtype[Any]) -> dtype:
    try:
        return from_numpy_dtype(element)
    except TypeError:
        raise ArgumentError(
            f"can't convert np.ndarray of type {element}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint8, "
            "and bool."
        ) from None


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
