"""A square block of vectors, transposed in registers."""

from __future__ import annotations

from collections.abc import Sequence

from .builder import Builder
from .loops import Value


def transpose(builder: Builder, rows: Sequence[Value]) -> list[Value]:
    """Vectors of the columns of as many rows as a vector has lanes.

    Off-diagonal blocks of 1, 2, 4, ... lanes are exchanged in turn, which takes lanes * log2(lanes)
    shuffles of two vectors.

    Args:
        builder: Of the kernel.
        rows: As many vectors as each has lanes, a power of two.
    """
    lanes = len(rows)
    block = list(rows)
    size = 1
    while size < lanes:
        low = [j if not j & size else lanes + j - size for j in range(lanes)]
        high = [j + size if not j & size else lanes + j for j in range(lanes)]
        for i in range(lanes):
            if not i & size:
                a, b = block[i], block[i + size]
                block[i] = builder.shuffle(a, b, low)
                block[i + size] = builder.shuffle(a, b, high)
        size *= 2
    return block
