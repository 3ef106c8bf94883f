"""The structure of one kernel of a chain for blocks of threads."""

from __future__ import annotations

from ....ops.dataclass import dataclass
from ....ops.language.expression import Expression
from ...chain.shape import ChainShape
from ...emit.shape import AccessShape
from ...ir.loops import Scalar
from ...program.program import Step

THREADS = 256
"""Threads of a block."""

COLUMNS = 64
"""Elements of rows that a block has at a time."""

SIDE, STEP, LANES = 64, 16, 4
"""Of a block of single threads: its rows; depth at a time; a thread's rows and elements."""

MATRIX_ROWS, DEPTH = 128, 64
"""Of a block of warps on tensor cores: its rows; depth at a time."""


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
        height: Rows of a block.
        element: Of the factors: f32 for single threads, f16 or bf16 for tensor cores.
        resident: For each product that gives elements, whether its rows stay in shared memory.
        elements: For each product of rows, the step whose elements it multiplies.
        packs: For each, its columns in lines of `COLUMNS`.
        kept: Values of rows that are written to memory.
    """

    chain: ChainShape
    running: Running | None
    turned: bool
    height: int
    element: Scalar
    resident: tuple[bool, ...]
    elements: tuple[str, ...]
    packs: tuple[int, ...]
    kept: tuple[tuple[str, AccessShape], ...]
