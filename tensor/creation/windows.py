"""Windows for spectra: Hann, Hamming, Blackman, Bartlett."""

from __future__ import annotations

import math
from typing import Any

from ..tensor import Tensor
from .creation import zeros
from .sequences import arange


def _window(length: int, periodic: bool, shape: Any, options: dict[str, Any]) -> Tensor:
    if length == 0:
        return zeros(0, **options)
    if length == 1:
        return zeros(1, **options) + 1
    points: Any = (
        arange(length, **options) if "dtype" in options else arange(float(length), **options)
    )
    return shape(points * (2 * math.pi / (length if periodic else length - 1)))  # type: ignore[no-any-return]


def hann_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """Hann's window: one period of a raised cosine."""
    return _window(window_length, periodic, lambda t: 0.5 - 0.5 * t.cos(), _plain(options))


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    **options: Any,
) -> Tensor:
    """Hamming's window: a cosine of height `beta` on `alpha`."""
    return _window(window_length, periodic, lambda t: alpha - beta * t.cos(), _plain(options))


def blackman_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """Blackman's window: a constant and two cosines."""
    return _window(
        window_length,
        periodic,
        lambda t: 0.42 - 0.5 * t.cos() + 0.08 * (2 * t).cos(),
        _plain(options),
    )


def bartlett_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """Bartlett's window: a triangle."""
    return _window(window_length, periodic, lambda t: 1 - (t / math.pi - 1).abs(), _plain(options))


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in ("dtype", "device")}
