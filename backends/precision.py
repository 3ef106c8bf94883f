"""How exactly products of float32 are computed on processors that have faster units for less."""

from __future__ import annotations

from collections.abc import Callable

from ..ops.errors import ArgumentValueError

PRECISIONS = ("highest", "high", "medium")

changed: list[Callable[[], None]] = []
"""Called when the precision was changed: what was planned before may be of another one."""

_precision = PRECISIONS[0]


def get_float32_matmul_precision() -> str:
    """The precision of products of float32: see `set_float32_matmul_precision`."""
    return _precision


def set_float32_matmul_precision(precision: str) -> None:
    """Says how exactly products of float32 are computed.

    `highest`: in float32. `high` and `medium`: on GPUs that can, factors are rounded to ten bits of
    mantissa (TF32) for tensor cores, and sums stay float32; elsewhere nothing changes.

    Raises:
        ValueError: There is no such precision.
    """
    global _precision
    if precision not in PRECISIONS:
        listed = ", ".join(map(repr, PRECISIONS))
        raise ArgumentValueError(
            f"set_float32_matmul_precision: precision must be one of {listed}, got {precision!r}"
        )
    before, _precision = takes_tensor_floats(), precision
    if takes_tensor_floats() != before:
        for tell in changed:
            tell()


def takes_tensor_floats() -> bool:
    """Whether products of float32 may round their factors to ten bits of mantissa."""
    return _precision != PRECISIONS[0]
