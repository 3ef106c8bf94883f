"""Large pointwise ops: bound by memory, or by the polynomial of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .case import Call, Scale, case

N = 1 << 24


def _pointwise(name: str, width: int, use: Callable[[Any, Any, Any], Any]) -> None:
    """A case on two float32 vectors in [0.5, 1.5).

    Args:
        name: The expression.
        width: Memory that one element must move at least, in bytes.
        use: `use(t, a, b)`.
    """

    def setup(t: Any, scale: Scale) -> Call:
        a, b = t.rand(scale(N)) + 0.5, t.rand(scale(N)) + 0.5
        return lambda: use(t, a, b)

    case("pointwise", name, bytes=width * N)(setup)


_pointwise("a + b", 12, lambda t, a, b: a + b)
_pointwise("exp(a)", 8, lambda t, a, b: t.exp(a))
_pointwise("gelu(a)", 8, lambda t, a, b: t.nn.functional.gelu(a))
_pointwise("erf(a)", 8, lambda t, a, b: t.erf(a))
_pointwise("pow(a, b)", 12, lambda t, a, b: t.pow(a, b))
_pointwise("cast to bfloat16", 6, lambda t, a, b: a.to(t.bfloat16))
_pointwise("cast to float64", 12, lambda t, a, b: a.to(t.float64))
# Eager calls write each of the four results: 3 + 3 + 2 + 3 passes of four bytes.
_pointwise("(a * b + a).tanh() - b, four ops", 44, lambda t, a, b: (a * b + a).tanh() - b)


@case("pointwise", "where(mask, a, b)", bytes=13 * N)
def _where(t: Any, scale: Scale) -> Call:
    a, b = t.rand(scale(N)), t.rand(scale(N))
    mask = a > b
    return lambda: t.where(mask, a, b)
