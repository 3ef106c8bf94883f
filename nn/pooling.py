"""Pooling layers: windows reduced to one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor
from . import functional as F
from .convolution import spread
from .module import Module

Extents = int | Sequence[int]


class _Pool(Module):
    """Calls a pooling function with the module's options.

    Args:
        options: Keyword arguments of the function, kept as attributes.
    """

    function: str

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._options = tuple(options)
        for name, value in options.items():
            setattr(self, name, value)

    def forward(self, input: Tensor) -> Any:
        return getattr(F, self.function)(
            input, **{name: getattr(self, name) for name in self._options}
        )


class _MaxPool(_Pool):
    """Largest value in each window.

    Args:
        kernel_size: Extent of the window.
        stride: Step of the window; the kernel size if None.
        padding: Minus infinity added on both sides; at most half the window.
        dilation: Distance between elements of the window.
        return_indices: Give the positions of the largest values too.
        ceil_mode: Let a last window hang over the edge.
    """

    def __init__(
        self,
        kernel_size: Extents,
        stride: Extents | None = None,
        padding: Extents = 0,
        dilation: Extents = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(
            kernel_size=kernel_size,
            stride=kernel_size if stride is None else stride,
            padding=padding,
            dilation=dilation,
            ceil_mode=ceil_mode,
            return_indices=return_indices,
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    __doc__ = _MaxPool.__doc__
    function = "max_pool1d"


class MaxPool2d(_MaxPool):
    __doc__ = _MaxPool.__doc__
    function = "max_pool2d"


class MaxPool3d(_MaxPool):
    __doc__ = _MaxPool.__doc__
    function = "max_pool3d"


class AvgPool1d(_Pool):
    """Mean of each window of [..., C, L].

    Args:
        kernel_size: Extent of the window.
        stride: Step of the window; the kernel size if None.
        padding: Zeros added on both sides.
        ceil_mode: Let a last window hang over the edge.
        count_include_pad: Count the padding in the mean.
    """

    function = "avg_pool1d"

    def __init__(
        self,
        kernel_size: Extents,
        stride: Extents | None = None,
        padding: Extents = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(
            kernel_size=spread(kernel_size, 1, "kernel_size"),
            stride=spread(kernel_size if stride is None else stride, 1, "stride"),
            padding=spread(padding, 1, "padding"),
            ceil_mode=ceil_mode,
            count_include_pad=count_include_pad,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPool(_Pool):
    """Mean of each window.

    Args:
        kernel_size: Extent of the window.
        stride: Step of the window; the kernel size if None.
        padding: Zeros added on both sides.
        ceil_mode: Let a last window hang over the edge.
        count_include_pad: Count the padding in the mean.
        divisor_override: Divide by this instead of the number of elements.
    """

    def __init__(
        self,
        kernel_size: Extents,
        stride: Extents | None = None,
        padding: Extents = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(
            kernel_size=kernel_size,
            stride=kernel_size if stride is None else stride,
            padding=padding,
            ceil_mode=ceil_mode,
            count_include_pad=count_include_pad,
            divisor_override=divisor_override,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPool):
    __doc__ = _AvgPool.__doc__
    function = "avg_pool2d"


class AvgPool3d(_AvgPool):
    __doc__ = _AvgPool.__doc__
    function = "avg_pool3d"


class _LPPool(_Pool):
    """Power norm of each window.

    Args:
        norm_type: The power.
        kernel_size: Extent of the window.
        stride: Step of the window; the kernel size if None.
        ceil_mode: Let a last window hang over the edge.
    """

    def __init__(
        self,
        norm_type: float,
        kernel_size: Extents,
        stride: Extents | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(
            norm_type=norm_type, kernel_size=kernel_size, stride=stride, ceil_mode=ceil_mode
        )

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    __doc__ = _LPPool.__doc__
    function = "lp_pool1d"


class LPPool2d(_LPPool):
    __doc__ = _LPPool.__doc__
    function = "lp_pool2d"


class LPPool3d(_LPPool):
    __doc__ = _LPPool.__doc__
    function = "lp_pool3d"


class _MaxUnpool(Module):
    """Values put back to where max pooling found them; the other elements are zero.

    Args:
        kernel_size: Extent of the window that was pooled.
        stride: Step of the window; the kernel size if None.
        padding: That was added on both sides.
    """

    rank: int

    def __init__(
        self, kernel_size: Extents, stride: Extents | None = None, padding: Extents = 0
    ) -> None:
        super().__init__()
        self.kernel_size = spread(kernel_size, self.rank, "kernel_size")
        self.stride = spread(kernel_size if stride is None else stride, self.rank, "stride")
        self.padding = spread(padding, self.rank, "padding")

    def forward(
        self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None
    ) -> Tensor:
        function = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[self.rank - 1]
        return function(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    __doc__ = _MaxUnpool.__doc__
    rank = 1


class MaxUnpool2d(_MaxUnpool):
    __doc__ = _MaxUnpool.__doc__
    rank = 2


class MaxUnpool3d(_MaxUnpool):
    __doc__ = _MaxUnpool.__doc__
    rank = 3


class _AdaptiveAvgPool(_Pool):
    """Means of windows whose number, not size, is given.

    Args:
        output_size: Extents of the output; None keeps the input's.
    """

    def __init__(self, output_size: Any) -> None:
        super().__init__(output_size=output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    __doc__ = _AdaptiveAvgPool.__doc__
    function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    __doc__ = _AdaptiveAvgPool.__doc__
    function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    __doc__ = _AdaptiveAvgPool.__doc__
    function = "adaptive_avg_pool3d"


class _AdaptiveMaxPool(_Pool):
    """Largest values of windows whose number, not size, is given.

    Args:
        output_size: Extents of the output; None keeps the input's.
        return_indices: Give the positions of the largest values too.
    """

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size=output_size, return_indices=return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    __doc__ = _AdaptiveMaxPool.__doc__
    function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    __doc__ = _AdaptiveMaxPool.__doc__
    function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    __doc__ = _AdaptiveMaxPool.__doc__
    function = "adaptive_max_pool3d"
