"""Numbers for each dim of an image, or one number for all of them."""

from __future__ import annotations

from collections.abc import Sequence

Extents = int | Sequence[int]


def spread(value: Extents, rank: int) -> tuple[int, ...]:
    """One number for each of `rank` dims."""
    return (int(value),) * rank if isinstance(value, int) else tuple(int(v) for v in value)
