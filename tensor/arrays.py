"""NumPy arrays over the memory of tensors, and tensors over the memory of arrays."""

from __future__ import annotations

import ctypes
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
