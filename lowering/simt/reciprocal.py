"""Numbers that a launch divides by, as something to multiply with.

Processors of this kind divide integers by some twenty instructions. With `l` the least number such
that `n <= 2**l`, and `m = ceil(2**(31 + l) / n)`, which has 32 bits, `x // n` is
`(2 x m) >> (32 + l)` for all `0 <= x < 2**31`: `m n` is larger than `2**(31 + l)` by less than
`2**l`, so that the error is below `x / 2**31 / n`.

Source:
    Granlund and Montgomery 1994, "Division by Invariant Integers using Multiplication", 4.2.
"""

from __future__ import annotations

from ...ops.calls.symbols import one_step
from ..emit.shape import NestShape
from .shape import OwnerShape


@one_step
def reciprocal(number: int) -> int:
    """`m` in the lower 32 bits, `l` above; see `ts.quotient`. Nothing is divided by 0."""
    bits = max(number - 1, 0).bit_length()
    return bits << 32 | -(-(1 << (31 + bits)) // max(number, 1))


def divisors_of(nest: NestShape, owners: OwnerShape | None, shared: bool) -> tuple[int, ...]:
    """Slots of what places, and numbers of rows and tiles, are divided by.

    Args:
        shared: Threads share rows.
    """
    slots = dict(nest.extents)
    found = [nest.blocks, None if nest.tile is None else nest.tile.blocks]
    found += [None if owners is None else owners.count]
    lines = [name for name in nest.outer if name != nest.lane]
    found += [slots[name] for name in lines[1:]]
    if shared or owners is not None:
        found += [slots[name] for name in nest.inner[1:]]
    accesses = [access for _, access in (*nest.reads, *nest.writes)]
    dims = [each for a in accesses for c in a.computed for each in c.dims]
    found += [slot for divisor, modulus, _ in dims for slot in (divisor, modulus)]
    return tuple(sorted({slot for slot in found if slot is not None}))
