"""Kernels whose places are so small that they are computed in 32 bits.

A processor of this kind multiplies and adds integers of 64 bits by four to six instructions, and
divides them by some hundred. So there are two kernels where one would do: a word of their key.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...ops.calls.symbols import maximum
from ..ir.loops import Function

MOST = (1 << 29) - 1
"""Numbers up to this one are narrow: places of four bytes each span 2 GB. It leaves room for what
lies beyond the last place (threads and tiles without elements, the next turn of a loop over blocks)
and for the differences of two places."""


def are_narrow(numbers: Iterable[int]) -> bool:
    """Whether numbers, and those below 0 without their signs, are all narrow."""
    return bool(maximum(0, *map(abs, numbers)) <= MOST)


def narrowed(function: Function, is_narrow: bool) -> Function:
    """The function, its places of 32 bits if they are narrow."""
    function.narrow = is_narrow
    return function
