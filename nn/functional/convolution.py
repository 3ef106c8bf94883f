"""Convolutions with padding in words: 'same' keeps the extents, 'valid' adds nothing."""

from __future__ import annotations

from ...tensor import Tensor, call, repeated
from .extents import Extents, spread
from .padding import pad


def _convolve(
    rank: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Extents,
    padding: Extents | str,
    dilation: Extents,
    groups: int,
) -> Tensor:
    if isinstance(padding, str):
        input, padding = _resolve(
            rank, input, weight, spread(stride, rank), padding, spread(dilation, rank)
        )
    return call(f"conv{rank}d", (input, weight, bias), (stride, padding, dilation, groups))  # type: ignore[no-any-return]


def _resolve(
    rank: int,
    input: Tensor,
    weight: Tensor,
    stride: tuple[int, ...],
    word: str,
    dilation: tuple[int, ...],
) -> tuple[Tensor, tuple[int, ...]]:
    """The input and the numeric padding that a word means."""
    if word == "valid":
        return input, (0,) * rank
    if word != "same":
        raise RuntimeError(f"Invalid padding string: '{word}'")
    if any(step != 1 for step in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(dilation, weight.shape[-rank:])]
    # Where the total is odd, the far side gets the extra element.
    extra = [t % 2 for t in total]
    if any(extra):
        input = pad(input, [width for e in reversed(extra) for width in (0, e)])
    return input, tuple(t // 2 for t in total)


@repeated
def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Extents = 1,
    padding: Extents | str = 0,
    dilation: Extents = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of signals [..., C, L] with filters [F, C / groups, K]."""
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


@repeated
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Extents = 1,
    padding: Extents | str = 0,
    dilation: Extents = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of images [..., C, H, W] with filters [F, C / groups, KH, KW]."""
    return _convolve(2, input, weight, bias, stride, padding, dilation, groups)


@repeated
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Extents = 1,
    padding: Extents | str = 0,
    dilation: Extents = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of volumes [..., C, D, H, W] with filters [F, C / groups, KD, KH, KW]."""
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)
