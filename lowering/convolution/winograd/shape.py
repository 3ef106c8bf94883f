"""The structure of the kernels that transform: what shapes their code, and no sizes or strides."""

from __future__ import annotations

from ....ops.dataclass import dataclass


@dataclass(frozen=True)
class TransformShape:
    """A kernel that transforms filters or images.

    Attributes:
        name: Of the function.
        of: What is transformed: `filters`, `images`, or `cotangents` of results.
        lanes: Of a vector.
        groups: Number of variables of its group: `m` filters, or `n` images.
        numbers: Names of the integer arguments.
    """

    name: str
    of: str
    lanes: int
    groups: tuple[tuple[str, int], ...]
    numbers: tuple[str, ...]
