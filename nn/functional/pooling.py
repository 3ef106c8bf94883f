"""Pooling with a choice of results: values, or values and where they were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...tensor import Tensor, call, repeated

Extents = int | Sequence[int]


def _max_pool(
    rank: int,
    input: Tensor,
    kernel_size: Extents,
    stride: Extents | None,
    padding: Extents,
    dilation: Extents,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    # An empty stride is how PyTorch's C++ signature says "as the kernel size".
    step = kernel_size if stride is None or stride in ([], ()) else stride
    name = f"max_pool{rank}d_with_indices" if return_indices else f"max_pool{rank}d"
    return call(name, (input,), (kernel_size, step, padding, dilation, ceil_mode))


@repeated
def max_pool1d(
    input: Tensor,
    kernel_size: Extents,
    stride: Extents | None = None,
    padding: Extents = 0,
    dilation: Extents = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Largest value in each window of [..., L]; with `return_indices` also its position."""
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@repeated
def max_pool2d(
    input: Tensor,
    kernel_size: Extents,
    stride: Extents | None = None,
    padding: Extents = 0,
    dilation: Extents = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Largest value in each window of [..., H, W]; with `return_indices` also its flat position."""
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@repeated
def max_pool3d(
    input: Tensor,
    kernel_size: Extents,
    stride: Extents | None = None,
    padding: Extents = 0,
    dilation: Extents = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Largest value in each window of [..., D, H, W]; with `return_indices` its place too."""
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _filled(output_size: Any, input: Tensor, rank: int) -> tuple[int, ...]:
    """One extent for each spatial dim; None stands for the input's."""
    sizes = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * rank
    if len(sizes) != rank:
        raise RuntimeError(
            f"adaptive pooling: output_size must have {rank} elements, got {len(sizes)}"
        )
    return tuple(
        input.shape[i - rank] if size is None else int(size) for i, size in enumerate(sizes)
    )


def _adaptive_max_pool(rank: int, input: Tensor, output_size: Any, return_indices: bool) -> Any:
    values, indices = call(
        f"adaptive_max_pool{rank}d", (input,), (_filled(output_size, input, rank),)
    )
    return (values, indices) if return_indices else values


@repeated
def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Largest value in each of `output_size` windows of [..., L]."""
    return _adaptive_max_pool(1, input, output_size, return_indices)


@repeated
def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Largest value in each of `output_size` windows of [..., H, W]."""
    return _adaptive_max_pool(2, input, output_size, return_indices)


@repeated
def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Largest value in each of `output_size` windows of [..., D, H, W]."""
    return _adaptive_max_pool(3, input, output_size, return_indices)


def _adaptive_avg_pool(rank: int, input: Tensor, output_size: Any) -> Tensor:
    """Means of windows; those of whole planes are one mean over memory as it lies."""
    sizes = _filled(output_size, input, rank)
    planes = rank <= input.dim() and 0 not in input.shape[-rank:]
    if planes and input.is_floating_point() and sizes == (1,) * rank:
        return input.mean(tuple(range(-rank, 0)), keepdim=True)
    return call(f"adaptive_avg_pool{rank}d", (input,), (sizes,))  # type: ignore[no-any-return]


@repeated
def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """Mean of each of `output_size` windows of [..., L]."""
    return _adaptive_avg_pool(1, input, output_size)


@repeated
def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Mean of each of `output_size` windows of [..., H, W]."""
    return _adaptive_avg_pool(2, input, output_size)


@repeated
def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """Mean of each of `output_size` windows of [..., D, H, W]."""
    return _adaptive_avg_pool(3, input, output_size)
