"""The structure of a chain's kernel: what shapes its code, and no sizes or strides."""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ...ops.language.expression import Expression, Read
from ..emit.shape import AccessShape, FormShape
from ..ir.kinds import Kind
from ..ir.loops import Scalar
from ..program.program import Step
from .bounds import Bound

LINE = "%line"
"""Variable that runs over the rows of a block."""


@dataclass(frozen=True)
class Factor:
    """A matrix at each outer position.

    Attributes:
        tensor: Its name.
        base: Place of its first element.
        along: Slot of the distance of neighbouring rows (or columns).
        step: Slot of the distance of neighbours along the depth.
        unit, deep: `along` is 1, `step` is 1.
    """

    tensor: str
    base: FormShape
    along: int
    step: int
    unit: bool
    deep: bool


@dataclass(frozen=True)
class Panels:
    """Columns of products, packed once for each outer position.

    Attributes:
        factor: What is packed.
        count, depth: Slots of the number of columns and of the depth.
        pitch: Slot of the steps of depth that a panel has room for.
        place: Slot of its place in the scratch memory.
    """

    factor: Factor
    count: int
    depth: int
    pitch: int
    place: int


@dataclass(frozen=True)
class Head:
    """A product that gives elements of rows.

    Attributes:
        name: Of its sums.
        lines, columns: Its factors.
        buffer: That keeps the sums.
    """

    name: str
    lines: Factor
    columns: Panels
    buffer: int


@dataclass(frozen=True)
class Tail:
    """A product of rows.

    Attributes:
        buffer: Of the elements that it multiplies.
        columns: What they are multiplied with.
        row, column: Variables of its results.
        target: What it gives.
        epilogue: In terms of the sum.
        result: Where it goes.
        reads: What the epilogue reads beside the sum.
        sums: Slot of the place of sums over several blocks; None where a row is summed at once.
    """

    buffer: int
    columns: Panels
    row: str
    column: str
    target: str
    epilogue: Expression
    result: AccessShape
    reads: tuple[tuple[Read, AccessShape], ...]
    sums: int | None


@dataclass(frozen=True)
class RowPass:
    """One walk over the elements of a row.

    Attributes:
        maps: Values of the row that are computed before.
        folds: Reductions that are finished by it.
        stores: Elements that are kept, and in which buffer.
        reads: Elements read from buffers.
    """

    maps: tuple[str, ...]
    folds: tuple[str, ...]
    stores: tuple[tuple[str, int], ...]
    reads: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ChainShape:
    """One kernel.

    Attributes:
        name: Of the function.
        scalar: In which products are summed: f32 or f64.
        lanes, vectors, height: A tile has `height` x `vectors * lanes` accumulators.
        outer: Variables of the outer positions, slow to fast.
        row, column: Variables of rows and of their elements.
        extents: Slot of each variable's extent.
        heads, tails: Products.
        steps: Over the rows.
        passes: Walks over a row.
        results: Values of rows that tails read.
        bound: Which elements are ruled out.
        reads: What the steps read from memory.
        buffers: Number of buffers of elements.
        cleared: Buffers that are summed over rows: they are 0 where a tile of rows ends.
        memory: Operands: name, element type, kind.
        kinds: Kinds of what the steps and the tails give.
        sizes: Slot of each size that occurs as a value.
        scalars: Attributes and number operands.
        words: Dtypes of casts.
        slots: Slots of the numbers of the blocking.
        numbers: How many integer arguments there are.
    """

    name: str
    scalar: Scalar
    lanes: int
    vectors: int
    height: int
    outer: tuple[str, ...]
    row: str
    column: str
    extents: tuple[tuple[str, int], ...]
    heads: tuple[Head, ...]
    tails: tuple[Tail, ...]
    steps: tuple[Step, ...]
    passes: tuple[RowPass, ...]
    results: tuple[str, ...]
    bound: Bound | None
    reads: tuple[tuple[Read, AccessShape], ...]
    buffers: int
    cleared: tuple[int, ...]
    memory: tuple[tuple[str, Scalar, Kind], ...]
    kinds: tuple[tuple[str, Kind], ...]
    sizes: tuple[tuple[str, int], ...]
    scalars: tuple[tuple[str, Kind], ...]
    words: tuple[tuple[str, Kind, Scalar], ...]
    slots: tuple[tuple[str, int], ...]
    numbers: int

    @property
    def columns(self) -> int:
        """Columns of a tile."""
        return self.lanes * self.vectors

    def __hash__(self) -> int:
        return hash((self.name, self.memory, self.slots))
