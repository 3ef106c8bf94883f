"""The partial inverse of max pooling: values put back to where they were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...tensor import Tensor
from .extents import spread


def _unpool(
    rank: int,
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    size: Any,
) -> Tensor:
    kernel = spread(kernel_size, rank)
    steps = kernel if stride is None else spread(stride, rank)
    borders = spread(padding, rank)
    default = tuple(
        (extent - 1) * step - 2 * border + window
        for extent, step, border, window in zip(input.shape[-rank:], steps, borders, kernel)
    )
    extents = default if size is None else tuple(size)[-rank:]
    for extent, usual, step in zip(extents, default, steps):
        if not usual - step < extent < usual + step:
            raise ValueError(
                f"invalid output_size {extents} (dims must be between "
                f"{[u - s for u, s in zip(default, steps)]} and "
                f"{[u + s for u, s in zip(default, steps)]})"
            )
    lead = input.shape[:-rank]
    count = 1
    for extent in extents:
        count *= extent
    flat = input.new_zeros((*lead, count))
    filled = flat.scatter(-1, indices.flatten(-rank), input.flatten(-rank))
    return filled.reshape(*lead, *extents)


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """The inverse of `max_pool1d` with `indices`; elements that were not largest are zero."""
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """The inverse of `max_pool2d` with `indices`; elements that were not largest are zero."""
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """The inverse of `max_pool3d` with `indices`; elements that were not largest are zero."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)
