"""Tensors that results are written into: what must hold, and how they are made to fit."""

from __future__ import annotations

import warnings
from typing import Any

from ...ops.dtype import can_cast, type_name
from ...ops.errors import ArgumentError, BackendError, DeviceError, DtypeError, ShapeError
from ..base import TensorBase
from ..interpreters import modes
from ..layout import Layout, dense, overlaps_itself, strided
from ..storage import Storage
from ..tensor import Tensor, wrap


def check_tensor(name: str, argument: str, value: object) -> None:
    """Raises TypeError unless the argument is a tensor."""
    if not isinstance(value, TensorBase):
        name, kind = name.partition("{")[0], type(value).__name__
        raise ArgumentError(f"{name}(): argument '{argument}' must be Tensor, not {kind}")


def check_target(name: str, result: Layout, target: Any) -> None:
    """Raises RuntimeError unless a result of this layout may be written into the tensor."""
    layout = target._layout
    if result.device is not layout.device and result.device.type != "meta":
        raise DeviceError(
            f"{name}: Expected all tensors to be on the same device, but found at least two "
            f"devices, {result.device} and {layout.device}!"
        )
    if result.shape != layout.shape:
        raise ShapeError(
            f"{name}: output with shape {list(layout.shape)} doesn't match the broadcast shape "
            f"{list(result.shape)}"
        )
    if not can_cast(result.dtype, layout.dtype):
        raise DtypeError(
            f"{name}: result type {type_name(result.dtype)} can't be cast to the desired output "
            f"type {type_name(layout.dtype)}"
        )
    check_writable(target)


def check_dtype(name: str, result: Layout, target: Any) -> None:
    """Raises RuntimeError unless the tensor has the dtype of a result of this layout."""
    if target._layout.dtype is not result.dtype:
        raise DtypeError(
            f"{name}: Expected out tensor to have dtype {result.dtype.name}, but got "
            f"{target._layout.dtype.name} instead"
        )


def check_writable(target: Any, one_number: bool = False) -> None:
    """Raises RuntimeError for an expanded tensor, as one write would show at several places
    (unless all of them get one number), and outside of inference mode for one that was made there.
    """
    if target._storage.version < 0 and not modes.inference:
        raise BackendError(
            "Inplace update to inference tensor outside InferenceMode is not allowed. You can make "
            "a clone to get a normal tensor before doing inplace update."
        )
    if not one_number and overlaps_itself(target._layout.shape, target._layout.strides):
        raise BackendError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            "single memory location. Please clone() the tensor before performing the operation."
        )


def broadcast(source: Any, shape: tuple[int, ...]) -> Any:
    """A view of the tensor, expanded to a shape, without history.

    Raises:
        RuntimeError: the shape is not one that it can be broadcast to.
    """
    layout = source._layout
    missing = len(shape) - layout.rank
    strides = [0] * max(missing, 0)
    for extent, own, stride in zip(shape[max(missing, 0) :], layout.shape, layout.strides):
        if own != extent and own != 1:
            missing = -1
        strides.append(stride if own == extent else 0)
    if missing < 0:
        raise ShapeError(
            f"The expanded size of the tensor must match the existing size: shape "
            f"{list(layout.shape)} cannot be broadcast to {list(shape)}"
        )
    wide = strided(layout.dtype, tuple(shape), tuple(strides), layout.device)
    return wrap(Tensor, wide, source._storage, source._offset, source)


def fit(name: str, target: Any, layout: Layout) -> None:
    """Gives an `out=` tensor the shape of the result, as PyTorch does.

    Raises:
        RuntimeError: the dtype of the result cannot be written into it.
    """
    if target._layout.shape != layout.shape:
        if target._layout.numel:
            warnings.warn(
                f"An output with one or more elements was resized since it had shape "
                f"{list(target._layout.shape)}, which does not match the required output shape "
                f"{list(layout.shape)}. This behavior is deprecated.",
                UserWarning,
                stacklevel=5,
            )
        resize(target, tuple(layout.shape))
    check_target(name, layout, target)


def resize(target: Any, shape: tuple[int, ...]) -> None:
    """Gives a tensor another shape in C order; its storage grows where it is too small."""
    layout = dense(target._layout.dtype, shape, target._layout.device)
    storage: Storage = target._storage
    needed = layout.nbytes + target._offset * layout.dtype.itemsize
    if needed > storage.size:
        storage.resize_(needed)
    target._layout = layout
    target._data = storage.address + target._offset * layout.dtype.itemsize
