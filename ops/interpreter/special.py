"""Special functions on NumPy arrays in float64: what the interpreter needs and NumPy lacks.

Accurate to about 1e-14 relative. Slow and plain: kernels have their own approximations.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

# B_{2k} of the asymptotic series (Abramowitz and Stegun 6.3.18 and 23.2)
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
    -174611 / 330,
)  # fmt: skip
_SERIES_START = 14.0


def _elementwise(function: Callable[[float], float]) -> Callable[[Any], Array]:
    """A function of one float, applied to every element."""
    apply = np.frompyfunc(function, 1, 1)

    def over(x: Any) -> Array:
        return np.asarray(apply(np.asarray(x, np.float64)), np.float64)

    return over


def _lgamma(x: float) -> float:
    """log |gamma(x)|, infinite at the poles."""
    if math.isinf(x):
        return math.inf
    try:
        return math.lgamma(x)
    except ValueError:
        return math.inf
    except OverflowError:
        return math.inf


erf = _elementwise(math.erf)
erfc = _elementwise(math.erfc)
lgamma = _elementwise(_lgamma)


def cospi(x: Any) -> Array:
    """cos(pi x), exact where it is 0, 1 or -1."""
    x = np.asarray(x)
    x = x - 2 * np.rint(x / 2)
    quarters = np.rint(2 * x)
    angle = np.pi * (x - quarters / 2)
    value = np.where(quarters % 2 == 0, np.cos(angle), np.sin(angle))
    return np.asarray(np.where((quarters == 1) | (abs(quarters) == 2), -value, value))


def erfinv(x: Any) -> Array:
    """The inverse of erf on [-1, 1]; NaN outside, infinite at the ends.

    Giles 2012 ("Approximating the erfinv function") gives the start, Halley steps on erf, or on
    erfc in the tails where erf is flat, the rest.
    """
    x = np.asarray(x, np.float64)
    a = np.abs(x)
    with np.errstate(all="ignore"):
        w = -np.log((1 - a) * (1 + a))
        small = w < 5
        s = np.where(small, w - 2.5, np.sqrt(w) - 3)
        low = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
               -0.00125372503, -0.00417768164, 0.246640727, 1.50140941)  # fmt: skip
        high = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                -0.0076224613, 0.00943887047, 1.00167406, 2.83297682)  # fmt: skip
        y = np.where(small, np.polyval(low, s), np.polyval(high, s)) * a
        for _ in range(6):  # the start is for float32: the far tail needs some more
            error = np.where(a < 0.5, erf(y) - a, (1 - a) - erfc(y))
            step = error / (2 / math.sqrt(math.pi) * np.exp(-y * y))
            correction = step / (1 + y * step)
            y = np.where(np.isfinite(correction), y - correction, y)
        y = np.where(a == 1, np.inf, np.where(a > 1, np.nan, y))
    return np.asarray(np.copysign(y, x))


def digamma(x: Any) -> Array:
    """The derivative of log gamma: reflection below 0, recurrence up to 14, then the series.

    At 0 it is -inf with the sign of the zero turned around; at the other poles NaN, as in PyTorch.
    """
    x = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        reflected = x < 0
        z = np.where(reflected, 1 - x, x)
        shift = np.zeros_like(z)
        for _ in range(int(_SERIES_START)):
            low = z < _SERIES_START
            shift = np.where(low, shift + 1 / z, shift)
            z = np.where(low, z + 1, z)
        square = 1 / (z * z)
        series = np.zeros_like(z)
        for k in range(len(_BERNOULLI), 0, -1):
            series = (series + _BERNOULLI[k - 1] / (2 * k)) * square
        value = np.log(z) - 0.5 / z - series - shift
        fraction = x - np.round(x)  # tan(pi x) from the fraction alone: exact near the poles
        value = np.where(reflected, value - np.pi / np.tan(np.pi * fraction), value)
        value = np.where(reflected & (x == np.floor(x)), np.nan, value)
        value = np.where(x == 0, -np.copysign(np.inf, x), value)
    return np.where(x == np.inf, np.inf, value)


def polygamma(order: Any, x: Any) -> Array:
    """The derivative of digamma of an integer order >= 0 (order 0 is digamma itself).

    (-1)**(n + 1) n! zeta(n + 1, x), the Hurwitz zeta function by Euler-Maclaurin summation.
    """
    n, x = np.broadcast_arrays(np.asarray(order, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        sign = np.where(n % 2 == 1, 1.0, -1.0)
        factorial = np.exp(lgamma(n + 1)) if np.any(n > 20) else _elementwise(math.gamma)(n + 1)
        value = sign * factorial * _hurwitz_zeta(np.maximum(n + 1, 2), x)
    return np.where(n == 0, digamma(x), value)


def _hurwitz_zeta(s: Array, a: Array) -> Array:
    """sum((a + k)**-s for k >= 0) for integers s >= 2; infinite where a is a pole."""
    start = np.maximum(_SERIES_START, s)
    pole = (a <= 0) & (a == np.floor(a))
    z = np.where(np.isfinite(a) & ~pole, a, 1.0).astype(np.float64)
    partial = np.zeros_like(z)
    while np.any(z < start):
        low = z < start
        partial = np.where(low, partial + z**-s, partial)
        z = np.where(low, z + 1, z)
    tail = z ** (1 - s) / (s - 1) + 0.5 * z**-s
    factor = s * z ** (-s - 1) / 2  # s (s + 1) ... / (2k)! z**(-s - 2k + 1)
    for k in range(1, len(_BERNOULLI) + 1):
        tail = tail + _BERNOULLI[k - 1] * factor
        factor = factor * (s + 2 * k - 1) * (s + 2 * k) / ((2 * k + 1) * (2 * k + 2)) / (z * z)
    total = partial + tail
    total = np.where(a == np.inf, 0.0, np.where(np.isnan(a) | (a == -np.inf), np.nan, total))
    return np.where(pole, np.inf, total)
