"""Tensors read as Python values: numbers, lists, truth, lengths, iteration."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...ops import dtype as dtypes
from ...ops.dtype import dtype
from ...ops.errors import ArgumentError, ArgumentValueError, BackendError
from ..arrays import array_of
from ..base import TensorBase
from ..calls.transfer import host_of
from ..devices import CPU
from ..interpreters import modes
from ..native.attach import in_front
from ..native.solved import note_geometry
from ..shrunk import SHRUNK
from ..tensor import Tensor


@in_front("call_number")
def item(self: Tensor) -> Any:
    """The only element as a Python number.

    Raises:
        RuntimeError: the tensor does not have exactly one element.
    """
    layout = self._layout
    if layout.numel != 1:
        raise BackendError(f"a Tensor with {layout.numel} elements cannot be converted to Scalar")
    number = NUMBERS.get(layout.dtype)
    if number is not None and layout.device is CPU and modes.trace is None and not SHRUNK:
        note_geometry(layout)
        return number.from_address(self._data).value
    if layout.device.type == "meta":
        raise BackendError("Tensor.item() cannot be called on meta tensors")
    return array_of(host_of(self)).item()


NUMBERS: dict[dtype, Any] = {
    dtypes.float32: ctypes.c_float, dtypes.float64: ctypes.c_double, dtypes.bool_: ctypes.c_bool,
    dtypes.int64: ctypes.c_int64, dtypes.int32: ctypes.c_int32, dtypes.int16: ctypes.c_int16,
    dtypes.int8: ctypes.c_int8, dtypes.uint8: ctypes.c_uint8,
}  # fmt: skip
"""How Python reads an element of these dtypes where it lies."""


@in_front("call_tolist")
def tolist(self: Tensor) -> Any:
    """The elements as nested lists; of a 0-dim tensor the number."""
    note_geometry(self._layout)
    values = array_of(host_of(self))
    if self.dtype is dtypes.bfloat16:
        values = values.astype(np.float32)
    return values.tolist()


@in_front("call_bool")
def _bool_of(self: Tensor) -> bool:
    if self._layout.numel != 1:
        if not self._layout.numel:
            raise BackendError("Boolean value of Tensor with no values is ambiguous")
        raise BackendError("Boolean value of Tensor with more than one value is ambiguous")
    return bool(self.item())


def _number(name: str, function: Any) -> Any:
    def convert(self: Tensor) -> Any:
        if self._layout.numel != 1:
            raise ArgumentValueError(
                "only one element tensors can be converted to Python scalars, got shape "
                f"{list(self.shape)}"
            )
        return function(self.item())

    convert.__name__ = name
    return convert


def _index_of(self: Tensor) -> int:
    if self._layout.dtype.kind not in ("int", "bool") or self._layout.numel != 1:
        raise ArgumentError("only integer tensors of a single element can be converted to an index")
    return int(self.item())


def _len_of(self: Tensor) -> int:
    if not self._layout.rank:
        raise ArgumentError("len() of a 0-d tensor")
    return self._layout.shape[0]  # type: ignore[no-any-return]


def _iter_of(self: Tensor) -> Iterator[Any]:
    if not self._layout.rank:
        raise ArgumentError("iteration over a 0-d tensor")
    return iter(self.unbind(0))


def _contains_of(self: Tensor, element: Any) -> bool:
    if isinstance(element, (TensorBase, int, float, bool, complex)):
        return bool((self == element).any().item())
    raise BackendError(
        f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
    )


def _format_of(self: Tensor, spec: str) -> str:
    if not self._layout.rank and self.device.type != "meta":
        return format(self.item(), spec)
    return object.__format__(self, spec)


METHODS: dict[str, Any] = {
    "item": item,
    "tolist": tolist,
    "__bool__": _bool_of,
    "__index__": _index_of,
    "__len__": _len_of,
    "__iter__": _iter_of,
    "__contains__": _contains_of,
    "__format__": _format_of,
    "__float__": in_front("call_float")(_number("__float__", float)),
    "__int__": in_front("call_int")(_number("__int__", int)),
    "__complex__": _number("__complex__", complex),
}
