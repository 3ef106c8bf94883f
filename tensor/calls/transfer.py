"""Copies of tensors on another device, without history; `dispatch.moved` has it."""

from __future__ import annotations

from typing import Any

from ...ops.errors import BackendError
from ..base import TensorBase
from ..devices import CPU, device
from ..layout import dense, is_packed, like_strides, strided
from ..storage import copy_bytes, new_storage, pinned_storage
from ..tensor import Tensor, fresh, wrap
from .entries import cast_op, entry_of
from .launching import find, launch


def transferred(source: Any, where: device, non_blocking: bool = False) -> Any:
    """A copy of the elements on another device, without history."""
    layout = source._layout
    if layout.device is where:
        return source
    if where.type == "meta":
        return wrap(Tensor, dense(layout.dtype, layout.shape, where), new_storage(0, where))
    if layout.device.type == "meta":
        raise BackendError("Cannot copy out of meta tensor; no data!")
    if layout.numel and not is_packed(layout.shape, layout.strides):
        source = packed(source)
        layout = source._layout
    there = strided(layout.dtype, layout.shape, layout.strides, where, layout.conj)
    host = non_blocking and where is CPU
    storage = pinned_storage(layout.nbytes) if host else new_storage(layout.nbytes, where)
    made = wrap(Tensor, there, storage)
    copy_bytes(made, source, layout.nbytes, wait=not non_blocking)
    return made


def packed(source: Any) -> Any:
    """A copy of the elements without gaps, which keeps conjugates as they are in memory."""
    layout = source._layout
    plain = strided(layout.dtype, layout.shape, layout.strides, layout.device)
    steps = like_strides(layout.shape, layout.strides)
    made = fresh(strided(layout.dtype, layout.shape, steps, layout.device))
    operand = wrap(Tensor, plain, source._storage, source._offset)
    entry = entry_of(cast_op(layout.dtype))
    plan, _ = find(entry, (operand,), (), 0, None, (made._layout,), None)
    launch(plan, (operand,), (), (made,))
    kept = strided(layout.dtype, layout.shape, steps, layout.device, layout.conj)
    return wrap(Tensor, kept, made._storage)


def host_of(tensor: Any) -> Any:
    """The tensor, or a copy of it on the CPU; without history."""
    if tensor._layout.device.type != "cuda":
        return tensor
    return transferred(tensor, CPU)


def on_host(value: Any) -> Any:
    """A value of a call with its tensors on the CPU."""
    if isinstance(value, TensorBase):
        return host_of(value)
    if type(value) in (tuple, list):
        return type(value)([on_host(each) for each in value])
    return value


# Devices as numbers, which attributes of ops are: -1 is the CPU, -2 `meta`, others CUDA devices.


def number_of(place: device) -> int:
    """The number of a device."""
    if place.type == "cuda":
        assert place.index is not None
        return place.index
    return -1 if place.type == "cpu" else -2


def device_of(number: int) -> device:
    """The device of a number."""
    return device("cuda", number) if number >= 0 else CPU if number == -1 else device("meta")
