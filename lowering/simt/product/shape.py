"""The structure of a kernel for sums of products."""

from __future__ import annotations

from ....ops.dataclass import dataclass
from ....ops.language.expression import Expression
from ...contraction.shape import EpilogueRead, FactorShape
from ...ir.instructions import bits
from ...ir.kinds import Kind
from ...ir.loops import Scalar

THREADS = 256
MATRIX_THREADS = 128  # of a tile on tensor cores: four warps, each with as many rows as columns
SIDE = 16  # threads along each side of a tile
PACK = 4  # neighbouring rows, or columns, of one thread


GROUP = 16
"""Rows of tiles that are done together, column by column: a square of tiles for as many blocks as
run at the same time on a large device."""

MOST_STAGES = 3
"""Steps of depth in shared memory: one that is multiplied and two on their way."""

SHARED_BYTES = 48 << 10
"""Shared memory that a block may have without asking for more."""

TOGETHER = 2
"""Blocks that share a multiprocessor, so that one multiplies while another waits: 128 registers a
thread at most."""

PACK_BYTES = 16
"""Bytes that are copied together where nothing stands against it."""

MATRIX_BYTES = 64
"""Bytes of a line of depth of a step on tensor cores."""

GROUP_ROWS = 128
"""Rows of a tile of two warp groups, of which each has half."""

GROUP_BYTES = 128
"""Bytes of a line of shared memory from which warp groups multiply: of the depth of a step."""

GROUP_STAGES = 4
"""Steps of depth in shared memory for warp groups: one that is multiplied while the one before may
still be, and two on their way."""

PRODUCERS = 32
"""Threads beside two warp groups that copy boxes: one of them does."""

BARRIER_BYTES = 8

GROUP_ALIGNMENT = 1024
"""Bytes of eight such lines, after which the order of packs in them repeats."""


@dataclass(frozen=True)
class ProductShape:
    """One kernel.

    Attributes:
        name: Of the function.
        scalar: In which products are summed: f32 or f64.
        packs: Packs of rows, and of columns, that each thread has: a tile has 64 rows for each.
        depth: Of what is in shared memory at a time.
        factors: Rows factor and columns factor.
        result: Tensor written.
        lanes: Columns that are written together: a pack where they are neighbours in memory.
        epilogue: What is written, in terms of the sum and of `reads`.
        reads: Tensors that the epilogue reads.
        memory: Name, element type and kind of the tensors, in the order of the arguments.
        numbers: Names of the integer arguments.
        groups: Number of variables of the groups o, m, n, k.
        scalars: Attributes and number operands of the epilogue.
        words: Dtypes of casts.
        kinds: Kind of the result.
        sliced: The depth is cut into slices, whose sums another kernel adds up.
        packed: For each factor whether packs of neighbours are let through, or left out, as one.
        matrix: Type of the factors where tensor cores multiply them, f32 for their first bits; None
            for single threads.
        columns: Of a tile that two warp groups multiply out of shared memory: 128 or 256; 0 where
            single warps, or threads, do.
        maps: For each factor the dims of its tensor map, from which boxes of it are copied; none
            where threads copy.
    """

    name: str
    scalar: Scalar
    packs: int
    depth: int
    factors: tuple[FactorShape, FactorShape]
    result: str
    lanes: int
    epilogue: Expression
    reads: tuple[EpilogueRead, ...]
    memory: tuple[tuple[str, Scalar, Kind], ...]
    numbers: tuple[str, ...]
    groups: tuple[tuple[str, int], ...]
    scalars: tuple[tuple[str, Kind], ...]
    words: tuple[tuple[str, Kind, Scalar], ...]
    kinds: tuple[tuple[str, Kind], ...]
    sliced: bool = False
    packed: tuple[bool, bool] = (False, False)
    matrix: Scalar | None = None
    columns: int = 0
    maps: tuple[int, ...] = ()

    @property
    def sides(self) -> tuple[int, int]:
        """Rows and columns of a tile."""
        if self.columns:
            return GROUP_ROWS, self.columns
        side = self.packs * PACK * SIDE
        return side, side

    @property
    def threads(self) -> int:
        """Of a block."""
        if self.columns:
            return THREADS + (PRODUCERS if self.maps else 0)
        return THREADS if self.matrix is None else MATRIX_THREADS

    @property
    def element(self) -> Scalar:
        """Type of a factor's elements in shared memory."""
        return self.scalar if self.matrix is None else self.matrix

    @property
    def pack(self) -> int:
        """Elements of 16 bytes."""
        return PACK_BYTES * 8 // bits(self.element)

    @property
    def pitch(self) -> int:
        """Distance in shared memory of neighbours along the depth, for single threads: a little
        longer than what a line holds, so that threads meet different banks."""
        return self.sides[0] + PACK

    def stage(self, number: int) -> int:
        """Elements of a step of depth of a factor in shared memory."""
        return self.depth * (self.pitch if self.matrix is None else self.sides[number])

    @property
    def together(self) -> int:
        """Blocks that share a multiprocessor. Elements of 16 bits that go by themselves wait in
        registers, which leaves none for a second block."""
        if self.columns:
            return 1
        return TOGETHER if self.matrix is None or all(self.packed) else 1

    @property
    def has_tables(self) -> bool:
        """Positions along the depth have several digits."""
        return dict(self.groups)["k"] > 1

    @property
    def stages(self) -> int:
        """Steps of depth in shared memory, beside tables of two steps."""
        if self.columns:
            return GROUP_STAGES
        labels = sum(1 + len(factor.guards) for factor in self.factors)
        tables = 2 * 8 * self.depth * labels if self.has_tables else 0
        room = (SHARED_BYTES - tables) * 8
        return min(MOST_STAGES, room // (2 * self.stage(0) * bits(self.element)))

    @property
    def shared(self) -> int:
        """Bytes of shared memory that a launch must give a block; 0 if the kernel brings them."""
        if not self.columns:
            return 0
        pieces = [self.stages * self.stage(k) * bits(self.element) // 8 for k in (0, 1)]
        if self.maps:
            pieces.append(2 * self.stages * BARRIER_BYTES)
        return sum(-(-piece // GROUP_ALIGNMENT) + 1 for piece in pieces) * GROUP_ALIGNMENT

    def __hash__(self) -> int:
        return hash((self.name, self.numbers, self.memory))
