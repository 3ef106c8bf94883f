"""Process-wide settings: the default dtype and tensor type, deterministic mode, denormals."""

from __future__ import annotations

import warnings
from typing import Any

from ..backends import precision
from ..ops import dtype as dtypes
from ..ops.dtype import dtype
from ..ops.errors import ArgumentError
from .entries import forget_plans
from .repeating import change_settings

precision.changed.append(forget_plans)


def get_default_dtype() -> dtype:
    """The dtype of float results that no argument decides."""
    return dtypes.get_default_dtype()


def set_default_dtype(d: dtype) -> None:
    """Makes `d`, a floating-point dtype, the one of float results that no argument decides."""
    dtypes.set_default_dtype(d)
    forget_plans()
    change_settings()


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
        from .creation import empty, shape_of
        from .data import tensor

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
    f"{name}Tensor": TensorType(f"{name}Tensor", kind)
    for name, kind in (
        ("Float", dtypes.float32), ("Double", dtypes.float64), ("Half", dtypes.float16),
        ("BFloat16", dtypes.bfloat16), ("Long", dtypes.int64), ("Int", dtypes.int32),
        ("Short", dtypes.int16), ("Char", dtypes.int8), ("Byte", dtypes.uint8),
        ("Bool", dtypes.bool_),
    )
}  # fmt: skip

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


_deterministic = False


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accepted: every op is deterministic."""
    global _deterministic
    _deterministic = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` set."""
    return _deterministic


def set_flush_denormal(mode: bool) -> bool:
    """Whether denormal numbers can be flushed to zero here: they cannot."""
    return False
