"""Tensors from Python data: nested sequences, numbers, arrays and other tensors."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...ops.dtype import bool_, dtype, get_default_dtype, int64, numpy_dtype
from ...ops.errors import ArgumentError, ArgumentValueError, BackendError
from ..arrays import Array, array_of, over_array
from ..base import TensorBase
from ..calls.dispatch import detached_copy
from ..calls.fill import LIMITS
from ..calls.into import copy_elements
from ..calls.normalize import as_dtype
from ..calls.transfer import transferred
from ..devices import CPU, usable
from ..devices import device as Device
from ..interchange.device_interface import from_interface
from ..interchange.dlpack import from_dlpack
from ..interchange.interop import frombuffer
from ..layout import dense
from ..native.attach import in_front
from ..native.elements import DOUBLES, TRUTHS, WHOLE
from ..native.solved import note_shape
from ..tensor import Tensor, alias, fresh
from .nested import array_from


@in_front("call_tensor")
def tensor(
    data: Any,
    *,
    dtype: dtype | None = None,
    device: Device | str | int | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new leaf tensor with a copy of `data`.

    Args:
        data: A number, a nested sequence, an array or a tensor.
        dtype: Type of the elements; None infers it from the data.
        device: Where they lie.
        requires_grad: Gradients of it are wanted.
        pin_memory: Accepted; `Tensor.pin_memory` gives a copy in pinned memory.

    Raises:
        ValueError: sequences of one dim differ in length.
        TypeError: an element is not a number.
    """
    if isinstance(data, TensorBase):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use "
            "sourceTensor.detach().clone() or sourceTensor.detach().clone().requires_grad_(True), "
            "rather than tensorsmith.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    made = copied(data, dtype, device)
    if type(data) in (list, tuple, float, int, bool) and dtype is None and device is None:
        learn_lists(made._layout)
    return leaf(made, requires_grad)


def learn_lists(layout: Any) -> None:
    """Lets native code make such tensors of numbers in nested lists."""
    kinds = {bool_: TRUTHS, int64: WHOLE, get_default_dtype(): DOUBLES}
    if layout.device is CPU and layout.dtype in kinds:
        note_shape(layout, kinds[layout.dtype])


def leaf(made: Tensor, requires_grad: bool) -> Tensor:
    """The tensor with `requires_grad` set."""
    if requires_grad:
        made.requires_grad = True
    return made


def copied(data: Any, kind: dtype | None, place: Any) -> Tensor:
    """A new tensor without history that holds a copy of the data."""
    if isinstance(data, TensorBase):
        where = data._layout.device if place is None else usable(place)
        return transferred(detached_copy(data, kind), where)  # type: ignore[no-any-return]
    if hasattr(data, "__cuda_array_interface__"):
        return copied(from_interface(data), kind, place)
    where = usable(place)
    kind = as_dtype(kind)
    values, found = array_from(data, kind)
    kind = kind or found
    if kind.kind == "int" and values.dtype.kind == "f" and not hasattr(data, "__array__"):
        _check_whole(values, kind)
    made = fresh(dense(kind, values.shape, where))
    if where.type != "meta" and values.size:
        fill_from(made, values)
    return made


def _check_whole(values: Array, kind: dtype) -> None:
    """Refuses numbers that an integer dtype does not hold once their fractions are cut off."""
    limits = np.iinfo(numpy_dtype(kind))
    most = values < 2.0**63 if kind.itemsize == 8 else values <= limits.max
    if not (most & (values >= limits.min)).all():
        raise BackendError(f"value cannot be converted to type {kind.name} without overflow")


def fill_from(made: Any, values: Array) -> None:
    """Copies an array's elements into a tensor of the same shape.

    Raises:
        RuntimeError: an integer does not fit into the dtype.
    """
    kind = made._layout.dtype
    if values.dtype.kind == "c" and not kind.is_complex:
        raise ArgumentError(
            "value cannot be converted to a real dtype without dropping its imaginary part"
        )
    if kind.kind == "int" and values.dtype.kind in "iu" and values.dtype.itemsize > kind.itemsize:
        least, most = LIMITS[kind.name]
        if int(values.min()) < least or int(values.max()) > most:
            raise BackendError(f"value cannot be converted to type {kind.name} without overflow")
    place = made._layout.device
    inside = made if place is CPU else fresh(dense(kind, made._layout.shape))
    with np.errstate(over="ignore", invalid="ignore"):
        np.copyto(array_of(inside), values, casting="unsafe")
    if place is not CPU:
        copy_elements(made, inside)


def as_tensor(data: Any, dtype: dtype | None = None, device: Any = None) -> Tensor:
    """`data` as a tensor, sharing memory (and keeping history) where it can.

    Args:
        data: A tensor, an array, a number or a nested sequence.
        dtype: Type of the elements; None keeps or infers it.
        device: Where they lie.
    """
    if isinstance(data, TensorBase):
        return data.to(device=device, dtype=dtype)  # type: ignore[no-any-return]
    if isinstance(data, np.ndarray) and usable(device).type == "cpu" and _sharable(data):
        made = over_array(data)
        return made if dtype in (None, made.dtype) else detached_copy(made, dtype)
    if hasattr(data, "__cuda_array_interface__"):
        made = from_interface(data)
        return made.to(device=device, dtype=dtype)
    return copied(data, dtype, device)


def _sharable(array: Array) -> bool:
    size = array.dtype.itemsize
    return array.dtype.isnative and all(step >= 0 and step % size == 0 for step in array.strides)


def asarray(
    obj: Any,
    *,
    dtype: dtype | None = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """`obj` as a tensor.

    Args:
        obj: A tensor, an array, a DLPack exporter, a buffer, a number or a nested sequence.
        dtype: Type of the elements; None keeps or infers it.
        device: Where they lie.
        copy: True always copies, False never, None where needed.
        requires_grad: Gradients of it are wanted.

    Raises:
        ValueError: `copy=False`, and a copy is needed.
    """
    made, shared = _shared(obj, dtype)
    if made is None:
        if copy is False:
            raise ArgumentValueError(f"asarray: {type(obj).__name__} cannot be used without a copy")
        return leaf(copied(obj, dtype, device), requires_grad)
    same = dtype in (None, made.dtype)
    if not shared and same and copy is not True:
        return leaf(made, requires_grad)
    if same and copy is not True:
        return leaf(alias(made), requires_grad) if requires_grad else made.detach()
    if copy is False:
        raise ArgumentValueError(f"can't alias {made.dtype} as {dtype}: a copy is needed")
    return leaf(copied(made, dtype, usable(device) if device else made.device), requires_grad)


def _shared(obj: Any, kind: dtype | None) -> tuple[Tensor | None, bool]:
    """A tensor over the object's memory, if it has memory; and whether it is really shared."""
    if isinstance(obj, TensorBase):
        return obj, True  # type: ignore[return-value]
    if isinstance(obj, np.ndarray):
        return (over_array(obj), True) if _sharable(obj) else (copied(obj, None, None), False)
    if hasattr(obj, "__dlpack__"):
        return from_dlpack(obj), True
    if hasattr(obj, "__cuda_array_interface__"):
        return from_interface(obj), True
    if not isinstance(obj, (list, tuple, np.generic)):
        try:
            memoryview(obj)
        except TypeError:
            return None, False
        return frombuffer(obj, dtype=kind or get_default_dtype()), True
    return None, False
