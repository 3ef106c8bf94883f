"""`Tensor(...)` and `FloatTensor(...)`: types that are called with a shape or with data."""

from __future__ import annotations

import warnings
from typing import Any

from ...ops.dtype import DTYPES, dtype, get_default_dtype, type_name
from ...ops.errors import ArgumentError
from ..base import TensorBase
from ..calls.defaults import set_default_dtype
from ..layout import Size, dense
from ..storage import Storage
from ..tensor import Tensor, wrap
from .creation import empty
from .data import tensor
from .making import shape_of


def construct(cls: type[Any], *arguments: Any, device: Any = None) -> Any:
    """`Tensor(...)`: of a shape, undefined; or of data; always of the default dtype."""
    kind = get_default_dtype()
    if len(arguments) == 1 and isinstance(arguments[0], TensorBase):
        found = arguments[0].to(kind)
        return found.as_subclass(cls) if type(found) is not cls else found
    if len(arguments) == 1 and isinstance(arguments[0], Storage):
        storage = arguments[0]
        return wrap(cls, dense(kind, (storage.size // kind.itemsize,), storage.device), storage)
    if len(arguments) == 1 and not hasattr(arguments[0], "__index__"):
        if isinstance(arguments[0], Size):
            return _typed(cls, empty(arguments[0], device=device))
        return _typed(cls, tensor(arguments[0], dtype=kind, device=device))
    return _typed(cls, empty(*(arguments or (0,)), device=device))


def _typed(cls: type[Any], found: Tensor) -> Any:
    return found if cls is Tensor else wrap(cls, found._layout, found._storage)


class TensorType:
    """The old name of a dtype, as in `FloatTensor`; calling it makes a tensor of that dtype.

    Args:
        name: `FloatTensor`.
        kind: The dtype.
        place: The type of the device that such tensors are on.
    """

    def __init__(self, name: str, kind: dtype, place: str = "cpu") -> None:
        self.__name__ = name
        self.dtype, self.place = kind, place
        self.__doc__ = f"Tensors of {kind} on a device of type {place}; calling it makes one."

    def __call__(self, *arguments: Any) -> Any:
        if len(arguments) == 1 and not hasattr(arguments[0], "__index__"):
            return tensor(arguments[0], dtype=self.dtype, device=self._device())
        shape = shape_of(self.__name__, arguments or (0,))
        return empty(shape, dtype=self.dtype, device=self._device())

    def _device(self) -> str | None:
        return None if self.place == "cpu" else self.place

    def __instancecheck__(self, value: object) -> bool:
        if getattr(value, "dtype", None) is not self.dtype:
            return False
        return bool(getattr(value, "is_cuda", False)) == (self.place == "cuda")

    def __repr__(self) -> str:
        room = "" if self.place == "cpu" else f"{self.place}."
        return f"<class 'tensorsmith.{room}{self.__name__}'>"


TYPES = {
    f"{type_name(kind)}Tensor": TensorType(f"{type_name(kind)}Tensor", kind)
    for kind in DTYPES
    if not kind.is_complex
}

CUDA_TYPES = {name: TensorType(name, each.dtype, "cuda") for name, each in TYPES.items()}


def set_default_tensor_type(t: Any) -> None:
    """Makes the dtype of an old tensor type the default. Deprecated: use `set_default_dtype`."""
    warnings.warn(
        "tensorsmith.set_default_tensor_type() is deprecated, please use "
        "tensorsmith.set_default_dtype() and tensorsmith.set_default_device() as alternatives.",
        UserWarning,
        stacklevel=2,
    )
    if isinstance(t, str):
        t = TYPES.get(t.rpartition(".")[2])
    if not isinstance(t, TensorType):
        raise ArgumentError("set_default_tensor_type: a tensor type such as FloatTensor is needed")
    set_default_dtype(t.dtype)
