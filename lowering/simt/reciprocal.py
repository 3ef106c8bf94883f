"""Numbers that a launch divides by, as something to multiply with.

Processors of this kind divide integers by some twenty instructions. With `l` the least number such
that `n <= 2**l`, and `m = ceil(2**(31 + l) / n)`, which has 32 bits, `x // n` is
`(2 x m) >> (32 + l)` for all `0 <= x < 2**31`: `m n` is larger than `2**(31 + l)` by less than
`2**l`, so that the error is below `x / 2**31 / n`.

Source:
    Granlund and Montgomery 1994, "Division by Invariant Integers using Multiplication", 4.2.
"""

from __future__ import annotations

from ...ops.symbols import one_step


@one_step
def reciprocal(number: int) -> int:
    """`m` in the lower 32 bits, `l` above; see `ts.quotient`. Nothing is divided by 0."""
    bits = max(number - 1, 0).bit_length()
    return bits << 32 | -(-(1 << (31 + bits)) // max(number, 1))
