"""Numbers with 50 digits that know how far a computation in floats may be from them.

A `Bounded` is an exact value and a bound on the error of computing it, in units of the roundoff u
(half a unit of the last place of 1). Each operation adds what it rounds and passes on what its
operands carry: a running error analysis. A sum of n terms adds (n - 1) u sum |terms|, which holds
for any order of adding.

Source: Higham 2002, Accuracy and Stability of Numerical Algorithms, sections 3.3 and 4.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

ROUNDINGS: dict[str, float] = {
    "neg": 0, "abs": 0, "sign": 0, "maximum": 0, "minimum": 0, "floor": 0, "ceil": 0, "trunc": 0,
    "round": 0, "copysign": 0, "add": 1, "sub": 1, "mul": 1, "div": 1, "sqrt": 1, "rsqrt": 3,
    "floordiv": 1, "mod": 1, "remainder_trunc": 1, "pow": 8, "lgamma": 16,
    "digamma": 16, "polygamma": 64, "erfinv": 8,
}  # fmt: skip
"""Roundings of the result of a primitive, in units of u; `OTHERS` for the elementary functions."""
OTHERS = 4.0

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "neg": lambda a: -a, "add": lambda a, b: a + b, "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b, "div": lambda a, b: a / b, "abs": abs, "pow": mpmath.power,
    "exp": mpmath.exp, "expm1": mpmath.expm1, "log": mpmath.log, "log1p": mpmath.log1p,
    "log2": lambda a: mpmath.log(a, 2), "sqrt": mpmath.sqrt, "rsqrt": lambda a: 1 / mpmath.sqrt(a),
    "sin": mpmath.sin, "cos": mpmath.cos, "cospi": mpmath.cospi, "asin": mpmath.asin,
    "atan": mpmath.atan, "atan2": mpmath.atan2, "tanh": mpmath.tanh, "erf": mpmath.erf,
    "erfc": mpmath.erfc, "erfinv": mpmath.erfinv,
    "lgamma": lambda a: mpmath.log(abs(mpmath.gamma(a))),
    "digamma": mpmath.digamma, "sign": mpmath.sign, "floor": mpmath.floor, "ceil": mpmath.ceil,
    "trunc": lambda a: mpmath.floor(a) if a >= 0 else mpmath.ceil(a), "round": mpmath.nint,
    "floordiv": lambda a, b: mpmath.floor(a / b), "mod": lambda a, b: a - b * mpmath.floor(a / b),
    "remainder_trunc": lambda a, b: mpmath.sign(a) * mpmath.fmod(abs(a), abs(b)),
    "polygamma": lambda n, x: mpmath.polygamma(int(n), x),
    "maximum": max, "minimum": min, "copysign": lambda a, b: abs(a) if b >= 0 else -abs(a),
}  # fmt: skip
"""Primitives on numbers of mpmath."""

TESTS: dict[str, Callable[..., bool]] = {
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b, "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b, "eq": lambda a, b: a == b, "ne": lambda a, b: a != b,
    "and": lambda a, b: bool(a) and bool(b), "or": lambda a, b: bool(a) or bool(b),
    "not": lambda a: not a,
}  # fmt: skip
"""Primitives that are true or false."""


class NotMeasuredError(Exception):
    """The op is not one whose error is measured here."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """An exact value, and the bound on the error of computing it in units of u."""

    value: Any
    error: Any = 0


def of(value: Any) -> Bounded:
    """A number of an entry or of a call: what no float holds is rounded once."""
    if isinstance(value, Bounded):
        return value
    exact = mpmath.mpf(value)
    whole = isinstance(value, int) or float(value).is_integer()
    return Bounded(exact, 0 if whole or not mpmath.isfinite(exact) else abs(exact))


def apply(function: str, operands: Sequence[Bounded], roundoff: Any) -> Bounded:
    """A primitive on numbers.

    Args:
        roundoff: u, by which errors are measured.

    Raises:
        NotMeasuredError: mpmath has no such function.
    """
    found = FUNCTIONS.get(function)
    if found is None:
        raise NotMeasuredError(f"mpmath has no {function}")
    values = [each.value for each in operands]
    value = _computed(found, values)
    error = abs(value) * ROUNDINGS.get(function, OTHERS)
    for place, operand in enumerate(operands):
        if operand.error:
            error += _carried(function, found, values, place, operand.error, roundoff)
    return Bounded(value, error)


def _computed(function: Callable[..., Any], values: Sequence[Any]) -> Any:
    """A value; NaN where there is none, or it is not real."""
    try:
        value = function(*values)
    except (ZeroDivisionError, ValueError, OverflowError):
        return mpmath.nan
    return value if isinstance(value, mpmath.mpf) else mpmath.nan


def _carried(
    name: str,
    function: Callable[..., Any],
    values: Sequence[Any],
    place: int,
    error: Any,
    roundoff: Any,
) -> Any:
    """What the error of one operand makes of the result: how far that moves if the operand does."""
    if name in ("add", "sub", "neg", "abs", "maximum", "minimum"):
        return error
    if name == "mul":
        return error * abs(values[1 - place])
    here = function(*values) if name != "div" or values[1] else mpmath.nan
    moved = []
    for step in (error * roundoff, -error * roundoff):
        there = [*values]
        there[place] = there[place] + step
        moved.append(abs(_computed(function, there) - here))
    return max(moved, key=lambda x: math.inf if mpmath.isnan(x) else x) / roundoff


def total(terms: Sequence[Bounded]) -> Bounded:
    """The sum of terms, in any order."""
    size = mpmath.fsum(abs(each.value) for each in terms)
    carried = mpmath.fsum(each.error for each in terms)
    value = mpmath.fsum(each.value for each in terms)
    return Bounded(value, carried + max(len(terms) - 1, 0) * size)


def product(factors: Sequence[Bounded], roundoff: Any) -> Bounded:
    """The product of factors."""
    found = Bounded(mpmath.mpf(1))
    for each in factors:
        found = apply("mul", (found, each), roundoff)
    return found


def logarithm_of_sum(values: Sequence[Bounded], roundoff: Any) -> Bounded:
    """The logarithm of the sum of exponentials."""
    powers = [apply("exp", (each,), roundoff) for each in values]
    return apply("log", (total(powers),), roundoff)


def extreme(kind: str, values: Sequence[Bounded]) -> Bounded:
    """The largest or the smallest of some values: as far off as the worst of them."""
    if not values:
        return Bounded(mpmath.mpf("-inf" if kind == "max" else "inf"))
    choose = max if kind == "max" else min
    found = choose(values, key=lambda each: each.value)
    return Bounded(found.value, max(each.error for each in values))
