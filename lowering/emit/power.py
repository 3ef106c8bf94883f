"""Powers -> instructions: those with some exponents are products, quotients and roots."""

from __future__ import annotations

from ..ir.builder import Builder
from ..ir.loops import Value, Vector

WHOLE_POWERS = (2, 3)
QUICK_POWERS = (2, 3, -1, 0.5)
"""Exponents with which a power of integers, or of any numbers, is computed otherwise."""


def power(b: Builder, x: Value, exponent: Value, likely: tuple[float, ...] = QUICK_POWERS) -> Value:
    """A power of floating-point numbers whose exponent is known only at run time.

    Args:
        b: Takes the instructions.
        x: One number, or a vector.
        exponent: The same for all lanes.
        likely: Exponents that are asked for first.
    """
    if not likely:
        if isinstance(x.type, Vector):
            exponent = b.broadcast(exponent, x.type.lanes)
        return b.math("powf", x, exponent)
    number, *others = likely
    same = b.compare("oeq", exponent, b.constant(float(number), exponent.type))
    branch = b.branch(same, [x.type])
    with b.inside(branch.then) as yields:
        yields.append(quick_power(b, x, number))
    with b.inside(branch.otherwise) as yields:
        yields.append(power(b, x, exponent, tuple(others)))
    return branch.results[0]


def quick_power(b: Builder, x: Value, number: float) -> Value:
    """A power with one of the exponents `QUICK_POWERS`."""
    if number == 0.5:
        return b.math("sqrt", x)
    if number == -1:
        return b.add("arith.divf", [b.constant(1.0, x.type), x], x.type)
    square = b.times(x, x)
    return square if number == 2 else b.times(square, x)
