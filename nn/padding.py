"""Padding layers."""

from __future__ import annotations

from collections.abc import Sequence

from ..tensor import Tensor
from . import functional as F
from .module import Module


class _Pad(Module):
    """Elements added on both sides of the spatial dims.

    Args:
        padding: Widths, the last dim first: (before, after, ...); an int for all.
    """

    rank: int
    mode: str

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        widths = (padding,) * (2 * self.rank) if isinstance(padding, int) else tuple(padding)
        if len(widths) != 2 * self.rank:
            raise ValueError(f"padding must be an int or {2 * self.rank} ints, got {widths}")
        self.padding = widths

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    """A constant added on both sides of the spatial dims.

    Args:
        padding: Widths, the last dim first: (before, after, ...); an int for all.
        value: The constant.
    """

    mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    """Zeros added on both sides of the spatial dims.

    Args:
        padding: Widths, the last dim first: (before, after, ...); an int for all.
    """

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad1d(_ConstantPad):
    __doc__ = _ConstantPad.__doc__
    rank = 1


class ConstantPad2d(_ConstantPad):
    __doc__ = _ConstantPad.__doc__
    rank = 2


class ConstantPad3d(_ConstantPad):
    __doc__ = _ConstantPad.__doc__
    rank = 3


class ZeroPad1d(_ZeroPad):
    __doc__ = _ZeroPad.__doc__
    rank = 1


class ZeroPad2d(_ZeroPad):
    __doc__ = _ZeroPad.__doc__
    rank = 2


class ZeroPad3d(_ZeroPad):
    __doc__ = _ZeroPad.__doc__
    rank = 3


class ReflectionPad1d(_Pad):
    """The input mirrored at its edges, without repeating them, for [B, C, L]."""

    rank = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """The input mirrored at its edges, without repeating them, for [B, C, H, W]."""

    rank = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """The input mirrored at its edges, without repeating them, for [B, C, D, H, W]."""

    rank = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """The edges of the input repeated, for [B, C, L]."""

    rank = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """The edges of the input repeated, for [B, C, H, W]."""

    rank = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """The edges of the input repeated, for [B, C, D, H, W]."""

    rank = 3
    mode = "replicate"


class CircularPad1d(_Pad):
    """The input continued periodically, for [B, C, L]."""

    rank = 1
    mode = "circular"


class CircularPad2d(_Pad):
    """The input continued periodically, for [B, C, H, W]."""

    rank = 2
    mode = "circular"


class CircularPad3d(_Pad):
    """The input continued periodically, for [B, C, D, H, W]."""

    rank = 3
    mode = "circular"
