"""Names of memory formats and layouts, and the limits of dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.dtype import bfloat16, dtype, get_default_dtype, numpy_dtype
from ..ops.errors import ArgumentError


class memory_format:  # noqa: N801  (PyTorch's spelling)
    """In which order the dims of a tensor lie in memory."""

    __module__ = "tensorsmith"  # the public name, which files hold

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"tensorsmith.{self.name}"

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return self.name


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")


class layout:  # noqa: N801  (PyTorch's spelling)
    """How a tensor keeps its elements: always with strides."""

    __module__ = "tensorsmith"

    def __repr__(self) -> str:
        return "tensorsmith.strided"

    def __reduce__(self) -> str:
        return "strided"


strided = layout()


def _limits(kind: dtype) -> Any:
    if kind is bfloat16:
        import ml_dtypes

        return ml_dtypes.finfo(ml_dtypes.bfloat16)  # type: ignore[no-untyped-call]
    return np.finfo(numpy_dtype(kind.to_real()))


class finfo:  # noqa: N801  (PyTorch's spelling)
    """Limits of a floating-point dtype.

    Raises:
        TypeError: the dtype is not a floating-point one.
    """

    __module__ = "tensorsmith"

    def __init__(self, type: dtype | None = None) -> None:
        kind = get_default_dtype() if type is None else type
        if not kind.is_floating_point and not kind.is_complex:
            raise ArgumentError(
                f"finfo() requires a floating point input type. Use iinfo to handle '{kind}'"
            )
        found = _limits(kind)
        self.bits = kind.to_real().itemsize * 8
        self.eps = float(found.eps)
        self.max = float(found.max)
        self.min = float(found.min)
        self.tiny = self.smallest_normal = float(found.smallest_normal)
        self.resolution = float(found.resolution)
        self.dtype = kind.to_real().name

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, "
            f"eps={self.eps:g}, smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, "
            f"dtype={self.dtype})"
        )


class iinfo:  # noqa: N801  (PyTorch's spelling)
    """Limits of an integer dtype.

    Raises:
        TypeError: the dtype is not an integer one.
    """

    __module__ = "tensorsmith"

    def __init__(self, type: dtype) -> None:
        if type.kind != "int":
            raise ArgumentError(
                f"iinfo() requires an integer input type. Use finfo to handle '{type}'"
            )
        found = np.iinfo(numpy_dtype(type))
        self.bits, self.min, self.max = int(found.bits), int(found.min), int(found.max)
        self.dtype = type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
