"""Images of other sizes, and images read at given points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...tensor import Tensor, arange, call, repeated, stack
from .pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

# Mode -> (op, rank of the input; 0 for any)
_MODES = {
    "nearest": ("resize_nearest", 0),
    "nearest-exact": ("resize_nearest", 0),
    "linear": ("resize_linear", 3),
    "bilinear": ("resize_linear", 4),
    "trilinear": ("resize_linear", 5),
    "bicubic": ("resize_cubic", 4),
}


@repeated
def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """The input with other extents of its spatial dims.

    Args:
        input: Float[B, C, L], [B, C, H, W] or [B, C, D, H, W].
        size: New extents; excludes `scale_factor`.
        scale_factor: New extents relative to the old ones.
        mode: nearest, nearest-exact, linear, bilinear, trilinear, bicubic or area.
        align_corners: The outermost elements keep their places.
        recompute_scale_factor: Use the ratio of the extents in place of `scale_factor`.
        antialias: Must be False.

    Raises:
        ValueError: The mode does not suit the input, or not exactly one of size and scale is given.
        NotImplementedError: The mode is unknown, or `antialias` is wanted.
    """
    rank = input.dim() - 2
    if antialias:
        raise ValueError("interpolate: antialias must be False")
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: "
            "linear | bilinear | bicubic | trilinear"
        )
    sizes, scales = _extents(input, size, scale_factor, rank)
    if mode == "area":
        return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[rank - 1](
            input, sizes
        )
    if mode not in _MODES or _MODES[mode][1] not in (0, rank + 2):
        raise NotImplementedError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported "
            f"(got {rank + 2}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | "
            f"area | nearest-exact (got {mode})"
        )
    if recompute_scale_factor:
        scales = (None,) * rank
    factors = [_doublings(*each) for each in zip(input.shape[2:], sizes, scales)]
    if mode.startswith("nearest") and all(factors):
        return _repeat_elements(input, factors)
    for place in _cheapest_order(input.shape[2:], sizes):
        input = _along(input, 2 + place, sizes[place], scales[place], mode, bool(align_corners))
    return input


def _cheapest_order(owns: Sequence[int], extents: Sequence[int]) -> list[int]:
    """The dims in the order in which they are resized: what shrinks goes first, and the last dim,
    along which neighbours are not read together, is resized while there are few rows."""
    grows = [extent > own for own, extent in zip(owns, extents)]
    shrinking = [place for place, growing in enumerate(grows) if not growing]
    return shrinking + [place for place, growing in enumerate(grows) if growing][::-1]


def _doublings(own: int, extent: int, scale: float | None) -> int:
    """The power of two by which a dim grows; 0 if it grows by another factor.

    With such a factor the place `m * step` has no rounding error: the nearest of m is m // factor.
    """
    factor = extent // own if own else 0
    whole = factor * own == extent and scale in (None, factor)
    return factor if whole and factor.bit_count() == 1 else 0


def _repeat_elements(input: Tensor, factors: Sequence[int]) -> Tensor:
    """Every element as often as the factors say along each spatial dim: one pass over memory."""
    parted: list[int] = list(input.shape[:2])
    wanted, joined = list(parted), list(parted)
    for extent, factor in zip(input.shape[2:], factors):
        parted += [extent, 1]
        wanted += [extent, factor]
        joined.append(extent * factor)
    return input.reshape(parted).expand(wanted).reshape(joined)


def _extents(
    input: Tensor, size: Any, scale_factor: Any, rank: int
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    if (size is None) == (scale_factor is None):
        raise ValueError("only one of size or scale_factor should be defined")
    given = size if size is not None else scale_factor
    values = tuple(given) if isinstance(given, (tuple, list)) else (given,) * rank
    if len(values) != rank:
        raise ValueError(
            f"Input and output must have the same number of spatial dimensions, but got input with "
            f"spatial dimensions of {list(input.shape[2:])} and {values}"
        )
    if size is not None:
        return tuple(int(v) for v in values), (None,) * rank
    extents = tuple(math.floor(n * f) for n, f in zip(input.shape[2:], values))
    return extents, tuple(float(v) for v in values)


def _along(
    input: Tensor, dim: int, extent: int, scale: float | None, mode: str, corners: bool
) -> Tensor:
    """One dim resized."""
    own = input.shape[dim]
    if extent == own and scale in (None, 1.0):
        return input
    step = own / extent if scale is None else 1 / scale
    options: dict[str, Any] = {"size": extent, "step": step, "dim": dim}
    name, _ = _MODES[mode]
    if name == "resize_nearest":
        options["exact"] = mode == "nearest-exact"
    elif corners:
        options["align_corners"] = True
        options["step"] = (own - 1) / (extent - 1) if extent > 1 else 0.0
    return call(name, (input,), options)  # type: ignore[no-any-return]


@repeated
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Images read at given points.

    Args:
        input: Float[B, C, H, W].
        grid: Float[B, OH, OW, 2], horizontal and vertical places from -1 to 1.
        mode: bilinear or nearest.
        padding_mode: zeros or border, what lies beyond the edges.
        align_corners: -1 and 1 are the centers of the outermost elements, not their edges.

    Source:
        Jaderberg et al. 2015, arXiv:1506.02025.
    """
    options = {"mode": mode, "padding_mode": padding_mode, "align_corners": bool(align_corners)}
    return call("grid_sample", (input, grid), options)  # type: ignore[no-any-return]


@repeated
def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The points of an image under affine maps, for `grid_sample`.

    Args:
        theta: Float[B, 2, 3], the maps.
        size: (B, C, H, W) of the output image.
        align_corners: -1 and 1 are the centers of the outermost elements, not their edges.
    """
    _, _, height, width = size

    def places(count: int) -> Tensor:
        steps = arange(count, dtype=theta.dtype, device=theta.device) * 2
        if align_corners:
            return steps / (count - 1) - 1 if count > 1 else steps
        return (steps + 1) / count - 1

    x = places(width).expand(height, width)
    y = places(height).unsqueeze(1).expand(height, width)
    points = stack([x, y, x * 0 + 1], -1).reshape(1, height * width, 3)
    return (points @ theta.transpose(1, 2)).reshape(-1, height, width, 2)


def upsample(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """`interpolate` under its old name."""
    return interpolate(input, size, scale_factor, mode, align_corners)
