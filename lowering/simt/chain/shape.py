"""The structure of one kernel of a chain for blocks of threads."""

from __future__ import annotations

from ....ops.dataclass import dataclass
from ....ops.expression import Expression
from ...chain.shape import ChainShape
from ...program import Step
from ...shape import AccessShape

THREADS, SIDE, STEP, LANES = 256, 64, 16, 4
"""Threads of a block; its rows, and elements of them at a time; depth at a time; a thread's rows
and elements."""


@dataclass(frozen=True)
class Running:
    """The steps of rows whose sums go on where the largest element grows.

    Attributes:
        top: The largest element.
        raw: `exp(x - base)`, of the elements `x`.
        base: In terms of the largest element.
        sums: Of `raw`.
    """

    top: Step
    raw: Step
    base: Expression
    sums: tuple[Step, ...]


@dataclass(frozen=True)
class BlockShape:
    """One kernel.

    Attributes:
        chain: Its products, its steps, and how memory is walked.
        running: How rows are folded; None where what their elements need of them is in memory.
        turned: A row of the kernel is a column of the chain.
        elements: For each product of rows, the step whose elements it multiplies.
        packs: For each, its columns in lines of `SIDE`.
        kept: Values of rows that are written to memory.
    """

    chain: ChainShape
    running: Running | None
    turned: bool
    elements: tuple[str, ...]
    packs: tuple[int, ...]
    kept: tuple[tuple[str, AccessShape], ...]
