"""Classes of sizes and of layouts: how the operands of a sample become those of other calls.

Which kernels a call needs depends on where its sizes lie between the bounds that schedules look at,
and on how its operands lie in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

WIDEST = 1 << 24  # elements of a wide operand
LONG = 1 << 17  # elements of a row that is shared out

Shape = tuple[int, ...]
Resize = Callable[[Shape], Shape]


def _each(extent: Callable[[int], int]) -> Resize:
    return lambda shape: tuple(map(extent, shape))


def _small(shapes: list[Shape]) -> Resize:
    return lambda shape: shape


def _ragged(shapes: list[Shape]) -> Resize:
    return _each(lambda extent: 5 * extent if extent > 1 else extent)


def _wide(shapes: list[Shape]) -> Resize:
    """Many elements along each dim, as far as an operand of many dims stays below 16 million."""
    factors = (32, 16, 8)
    fits = (f for f in factors if max(map(_scaled(f), shapes), default=0) <= WIDEST)
    factor = next(fits, factors[-1])
    return _each(lambda extent: factor * extent if extent > 1 else extent)


def _scaled(factor: int) -> Callable[[Shape], int]:
    return lambda shape: prod(factor * n if n > 1 else n for n in shape)


def _long_rows(shapes: list[Shape]) -> Resize:
    last = next((shape[-1] for shape in shapes if shape and shape[-1] > 1), 0)
    return _each(lambda extent: LONG if extent == last else extent)


def _long_columns(shapes: list[Shape]) -> Resize:
    first = next((shape[0] for shape in shapes if shape and shape[0] > 1), 0)
    return _each(lambda extent: LONG if extent == first else extent)


def _layers(shapes: list[Shape]) -> Resize:
    """Many channels and places under windows that stay small, where fewer products pay."""
    return _layer(channels=32, places=8)


def _deep_layers(shapes: list[Shape]) -> Resize:
    """So many channels that a sum over them goes block by block."""
    return _layer(channels=128, places=4)


def _layer(channels: int, places: int) -> Resize:
    def resize(shape: Shape) -> Shape:
        first = len(shape) - 2 if len(shape) > 2 else len(shape)  # of the places in a plane
        outer = (channels * n if n > 1 else n for n in shape[:first])
        return (*outer, *(places * n if n > 3 else n for n in shape[first:]))

    return resize


SIZES: dict[str, Callable[[list[Shape]], Resize]] = {
    "small": _small, "ragged": _ragged, "wide": _wide, "long rows": _long_rows,
    "long columns": _long_columns, "layers": _layers, "deep layers": _deep_layers,
}  # fmt: skip
"""From the shapes of a sample to what each of them becomes."""

# -- layouts ---------------------------------------------------------------------------------------


def _transposed(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.zeros(x.shape[::-1], x.dtype).T


def _turned(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Transposed, but a dim of one element lies as in dense memory: where all dims but one are
    such, dense memory is transposed memory."""
    moved, dense = _transposed(x), np.empty(x.shape, x.dtype).strides
    strides = [d if n == 1 else s for n, d, s in zip(x.shape, dense, moved.strides)]
    return np.lib.stride_tricks.as_strided(moved, strides=strides)


def _strided(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Elements apart, and rows apart by another step."""
    return np.zeros((*x.shape[:-1], 2 * x.shape[-1] + 1), x.dtype)[..., 1::2] if x.ndim else x


def _every_other(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Elements apart by one step in all of the memory."""
    return np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)[..., ::2] if x.ndim else x


def _rows_apart(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if x.ndim < 2:
        return x
    return np.zeros((*x.shape[:-1], x.shape[-1] + 1), x.dtype)[..., :-1]


def _channels_last(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if x.ndim < 3:
        return x
    moved = np.zeros((x.shape[0], *x.shape[2:], x.shape[1]), x.dtype)
    return np.moveaxis(moved, -1, 1)


LAYOUTS: dict[str, Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]] = {
    "contiguous": lambda x: np.zeros(x.shape, x.dtype),
    "transposed": _transposed,
    "turned": _turned,
    "strided": _strided,
    "every other": _every_other,
    "rows apart": _rows_apart,
    "channels last": _channels_last,
}
"""Arrays of the same shape, in other memory."""
