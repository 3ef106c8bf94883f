"""Integers of a text as kernels can hold them: exactly in 64 bits, or as floating-point numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable

from .expression import Call, Constant, Expression

EXACT: dict[str, Callable[[int, int], int]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "pow": operator.pow,
}  # fmt: skip
MOST_BITS = 1 << 12  # of an integer that is computed exactly; a float has fewer


class Numerals:
    """Integers of one text, and what operators make of them."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Expression, int]] = {}  # by identity, which is kept

    def held(self, made: Expression) -> Expression:
        """A number, or an operator applied to numbers, as kernels can hold it.

        What 64 bits hold stays as it is written; `10 ** 20` is a floating-point number.

        Raises:
            OverflowError: It is more than a float64 holds.
        """
        number = self._exact(made)
        if number is None:
            return made
        self._known[id(made)] = (made, number)
        return made if -(1 << 63) <= number < 1 << 63 else Constant(float(number))

    def _exact(self, made: Expression) -> int | None:
        """The integer that a number or an operator applied to two of them is; None for others."""
        match made:
            case Constant(int(value)) if not isinstance(value, bool):
                return value
            case Call(function, (left, right)) if function in EXACT:
                a, b = (self._known.get(id(each)) for each in (left, right))
                if a is None or b is None or (function == "pow" and b[1] < 0):
                    return None
                if function == "pow" and b[1] * (a[1].bit_length() - 1) > MOST_BITS:
                    return 1 << MOST_BITS
                return EXACT[function](a[1], b[1])
        return None
