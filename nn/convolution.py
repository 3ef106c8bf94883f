"""Convolutions and transposed convolutions over one to three spatial dims."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor, empty
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter

Extents = int | Sequence[int]

# nn's names of padding modes -> those of functional.pad
_PADDING_MODES = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "replicate",
    "circular": "circular",
}


def spread(value: Extents, rank: int, name: str) -> tuple[int, ...]:
    """One integer for each spatial dim.

    Raises:
        ValueError: A sequence of another length was given.
    """
    if isinstance(value, int):
        return (value,) * rank
    values = tuple(int(v) for v in value)
    if len(values) != rank:
        raise ValueError(f"{name} must be an int or {rank} ints, got {values}")
    return values


class _Convolution(Module):
    """What all convolutions share: parameters, their initial values, and how they print."""

    rank: int
    transposed = False
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Extents,
        stride: Extents,
        padding: Extents | str,
        dilation: Extents,
        output_padding: Extents,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        if padding_mode not in _PADDING_MODES:
            raise ValueError(
                f"padding_mode must be one of {sorted(_PADDING_MODES)}, but got "
                f"padding_mode='{padding_mode}'"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = spread(kernel_size, self.rank, "kernel_size")
        self.stride = spread(stride, self.rank, "stride")
        self.dilation = spread(dilation, self.rank, "dilation")
        self.output_padding = spread(output_padding, self.rank, "output_padding")
        self.groups = groups
        self.padding_mode = padding_mode
        self.padding = self._check_padding(padding)
        channels = (
            (in_channels, out_channels // groups)
            if self.transposed
            else (out_channels, in_channels // groups)
        )
        self.weight = Parameter(empty((*channels, *self.kernel_size), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _check_padding(self, padding: Extents | str) -> tuple[int, ...] | str:
        if not isinstance(padding, str):
            return spread(padding, self.rank, "padding")
        if padding not in ("same", "valid"):
            raise ValueError(
                f"Invalid padding string {padding!r}, should be one of 'same', 'valid'"
            )
        if padding == "same" and any(s != 1 for s in self.stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
        return padding

    def reset_parameters(self) -> None:
        """Draw new initial values: uniform in +-1/sqrt(fan_in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = self.weight.size(1) * math.prod(self.kernel_size)
            if fan_in:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def _padded(self, input: Tensor) -> tuple[Tensor, tuple[int, ...] | str]:
        """The input with its non-zero padding applied, and the padding that is left to do."""
        if self.padding_mode == "zeros":
            return input, self.padding
        amounts: list[int] = []
        for dim in reversed(range(self.rank)):
            if isinstance(self.padding, str):
                total = (
                    self.dilation[dim] * (self.kernel_size[dim] - 1)
                    if self.padding == "same"
                    else 0
                )
                amounts += [total // 2, total - total // 2]
            else:
                amounts += [self.padding[dim]] * 2
        return F.pad(input, amounts, mode=_PADDING_MODES[self.padding_mode]), (0,) * self.rank

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}"
        text += f", kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * self.rank:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self.rank:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * self.rank:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _ForwardConvolution(_Convolution):
    """Cross-correlation of a batch of signals with a bank of filters.

    Args:
        in_channels: Channels of the input.
        out_channels: Filters, channels of the output.
        kernel_size: Extent of a filter in each spatial dim.
        stride: Step of the window.
        padding: Zeros (or `padding_mode`) on both sides; or 'same', 'valid'.
        dilation: Distance between filter taps.
        groups: Groups of channels that do not mix.
        bias: Add a learned value to each output channel.
        padding_mode: zeros, reflect, replicate or circular.
        device, dtype: Of the parameters.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Extents,
        stride: Extents = 1,
        padding: Extents | str = 0,
        dilation: Extents = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _convolve(self, function: Any, input: Tensor) -> Tensor:
        input, padding = self._padded(input)
        return function(  # type: ignore[no-any-return]
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )


class Conv1d(_ForwardConvolution):
    __doc__ = _ForwardConvolution.__doc__
    rank = 1

    def forward(self, input: Tensor) -> Tensor:
        return self._convolve(F.conv1d, input)


class Conv2d(_ForwardConvolution):
    __doc__ = _ForwardConvolution.__doc__
    rank = 2

    def forward(self, input: Tensor) -> Tensor:
        return self._convolve(F.conv2d, input)


class Conv3d(_ForwardConvolution):
    __doc__ = _ForwardConvolution.__doc__
    rank = 3

    def forward(self, input: Tensor) -> Tensor:
        return self._convolve(F.conv3d, input)


class _TransposedConvolution(_Convolution):
    """The transpose of a convolution: each input element adds a scaled filter to the output.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Extent of a filter in each spatial dim.
        stride: Distance between the filters' places in the output.
        padding: Elements cut off on both sides of the output.
        output_padding: Elements added at the far side of the output; less than stride or dilation.
        groups: Groups of channels that do not mix.
        bias: Add a learned value to each output channel.
        dilation: Distance between filter taps.
        padding_mode: Only zeros.
        device, dtype: Of the parameters.
    """

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Extents,
        stride: Extents = 1,
        padding: Extents = 0,
        output_padding: Extents = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Extents = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _extra_output(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """Output padding that gives a wanted output size."""
        if output_size is None:
            return self.output_padding
        wanted = tuple(output_size)[-self.rank :]
        padding = self.padding
        assert not isinstance(padding, str), "a transposed convolution has numeric padding"
        extra = []
        for i in range(self.rank):
            smallest = (
                (input.size(i - self.rank) - 1) * self.stride[i]
                - 2 * padding[i]
                + self.dilation[i] * (self.kernel_size[i] - 1)
                + 1
            )
            largest = smallest + max(self.stride[i], self.dilation[i]) - 1
            if not smallest <= wanted[i] <= largest:
                raise ValueError(
                    f"requested an output size of {list(wanted)}, but dim {i} must be from "
                    f"{smallest} to {largest} (for an input of {list(input.shape[-self.rank :])})"
                )
            extra.append(wanted[i] - smallest)
        return tuple(extra)

    def _convolve(self, function: Any, input: Tensor, output_size: Sequence[int] | None) -> Tensor:
        extra = self._extra_output(input, output_size)
        return function(  # type: ignore[no-any-return]
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            extra,
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(_TransposedConvolution):
    __doc__ = _TransposedConvolution.__doc__
    rank = 1

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self._convolve(F.conv_transpose1d, input, output_size)


class ConvTranspose2d(_TransposedConvolution):
    __doc__ = _TransposedConvolution.__doc__
    rank = 2

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self._convolve(F.conv_transpose2d, input, output_size)


class ConvTranspose3d(_TransposedConvolution):
    __doc__ = _TransposedConvolution.__doc__
    rank = 3

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self._convolve(F.conv_transpose3d, input, output_size)
