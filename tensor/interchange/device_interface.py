"""`__cuda_array_interface__`, version 3: memory of a GPU shared with libraries that know no DLPack.

Source:
    Numba documentation, CUDA Array Interface (Version 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...ops.dtype import bfloat16, from_numpy_dtype, numpy_dtype
from ...ops.errors import ArgumentError, ArgumentValueError, BackendError
from ..devices import device, usable
from ..layout import dense_strides, span, strided
from ..shrunk import check_within
from ..storage import Foreign, Storage, backend_at
from ..tensor import Tensor, wrap

VERSION = 3


def cuda_array_interface(tensor: Any) -> dict[str, Any]:
    """`Tensor.__cuda_array_interface__`.

    Raises:
        AttributeError: it is not on a CUDA device.
        RuntimeError: it requires grad.
    """
    layout = tensor._layout
    if layout.device.type != "cuda":
        raise AttributeError(
            f"Can't get __cuda_array_interface__ on non-CUDA tensor type: {tensor.type()} If CUDA "
            "data is required use tensor.cuda() to copy tensor to device memory."
        )
    if tensor.requires_grad:
        raise BackendError(
            "Can't get __cuda_array_interface__ on Variable that requires grad. If gradients "
            "aren't required, use var.detach() to get Variable that doesn't require grad."
        )
    check_within((tensor,))
    size = layout.dtype.itemsize
    return {
        "version": VERSION,
        "shape": tuple(layout.shape),
        "typestr": "<V2" if layout.dtype is bfloat16 else np.dtype(numpy_dtype(layout.dtype)).str,
        "strides": None if layout.contiguous else tuple(n * size for n in layout.strides),
        "data": (tensor._data if layout.numel else 0, False),
        "stream": backend_at(layout.device).stream_number(),
    }


def from_interface(array: Any) -> Tensor:
    """A tensor over the memory of an object with `__cuda_array_interface__`, on the current device.

    What is queued here from now on comes after all that the stream has to do which it names.

    Raises:
        TypeError: its dtype has no counterpart, it has a mask, or its bytes are swapped.
        ValueError: it has strides that are negative or not a multiple of the element size.
    """
    given: Mapping[str, Any] = array.__cuda_array_interface__
    shape, kind = tuple(given["shape"]), np.dtype(given["typestr"])
    if given.get("mask") is not None:
        raise ArgumentError("__cuda_array_interface__: arrays with a mask are not supported")
    try:
        element = from_numpy_dtype(kind)
    except TypeError:
        element = None
    if element is None or not kind.isnative:
        raise ArgumentError(f"__cuda_array_interface__: the type {given['typestr']} is not known")
    steps = given.get("strides")
    strides = dense_strides(shape) if steps is None else tuple(n // kind.itemsize for n in steps)
    if steps is not None and any(n < 0 or n % kind.itemsize for n in steps):
        raise ArgumentValueError(
            "__cuda_array_interface__: strides must be multiples of the element size and not "
            f"negative, got {tuple(steps)} bytes"
        )
    place = usable(device("cuda"))
    if given.get("stream") is not None:
        backend_at(place).wait_for_stream(given["stream"])
    size = span(shape, strides) * kind.itemsize
    storage = Storage(Foreign(given["data"][0], size, (array, given)), size, place)
    return wrap(Tensor, strided(element, shape, strides, place), storage)  # type: ignore[no-any-return]
