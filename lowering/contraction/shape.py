"""The structure of a contraction kernel: what shapes its code, and no sizes or strides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...ops.dataclass import dataclass
from ...ops.language.expression import Expression, Read
from ..ir.kinds import Kind
from ..ir.loops import I32, Scalar

SUM = "%sum"
"""Name by which an epilogue reads the sum of products."""


@dataclass(frozen=True)
class GuardShape:
    """A guarded dim; `divided` if its place is a quotient that must be a whole number."""

    divided: bool


@dataclass(frozen=True)
class FactorShape:
    """A factor.

    Attributes:
        tensor: Its name.
        guards: Dims that are read with a guard.
        phases: Group (k, m or n) of each further part of the address that is cut by a remainder.
        unit: Neighbours along the lanes are neighbours in memory.
        deep: Neighbours along the depth are neighbours in memory.
        direct: It is read where it lies, not packed.
    """

    tensor: str
    guards: tuple[GuardShape, ...] = ()
    phases: tuple[str, ...] = ()
    unit: bool = False
    deep: bool = False
    direct: bool = False


@dataclass(frozen=True)
class EpilogueRead:
    """A tensor read beside the sum: along the columns `none`, `unit` or looked up in a `table`."""

    read: Read
    tensor: str
    label: str
    across: str


class EpilogueShape(Protocol):
    """What an epilogue must know of a kernel; see `ContractionShape`."""

    @property
    def name(self) -> str: ...
    @property
    def scalar(self) -> Scalar: ...
    @property
    def lanes(self) -> int: ...
    @property
    def memory(self) -> tuple[tuple[str, Scalar, Kind], ...]: ...
    @property
    def numbers(self) -> tuple[str, ...]: ...
    @property
    def scalars(self) -> tuple[tuple[str, Kind], ...]: ...
    @property
    def words(self) -> tuple[tuple[str, Kind, Scalar], ...]: ...
    @property
    def kinds(self) -> tuple[tuple[str, Kind], ...]: ...


@dataclass(frozen=True)
class ContractionShape:
    """One kernel.

    Attributes:
        name: Of the function.
        scalar: In which products are summed: f32 or f64.
        lanes, vectors, rows: A tile has `rows` x `vectors * lanes` accumulators.
        factors: Rows factor and columns factor.
        result: Tensor written.
        unit: Neighbouring columns are neighbours in the result.
        valid: Numbers of the columns' variables that run on between lines.
        epilogue: What is written, in terms of the sum and of `reads`.
        reads: Tensors that the epilogue reads.
        memory: Name, element type and kind of the tensors, in the order of the arguments.
        numbers: Names of the integer arguments.
        groups: Number of variables of the groups o, m, n, k.
        scalars: Attributes and number operands of the epilogue.
        words: Dtypes of casts.
        kinds: Kind of the result.
        blocked: The depth is longer than a block, so that sums are kept in between.
        shared: The rows are packed once, before, for all tasks.
    """

    name: str
    scalar: Scalar
    lanes: int
    vectors: int
    rows: int
    factors: tuple[FactorShape, FactorShape]
    result: str
    unit: bool
    valid: tuple[int, ...]
    epilogue: Expression
    reads: tuple[EpilogueRead, ...]
    memory: tuple[tuple[str, Scalar, Kind], ...]
    numbers: tuple[str, ...]
    groups: tuple[tuple[str, int], ...]
    scalars: tuple[tuple[str, Kind], ...]
    words: tuple[tuple[str, Kind, Scalar], ...]
    kinds: tuple[tuple[str, Kind], ...]
    blocked: bool
    shared: bool

    @property
    def ragged(self) -> bool:
        """Some columns lie between lines and are not written."""
        return bool(self.valid)

    def __hash__(self) -> int:
        return hash((self.name, self.numbers, self.memory))


@dataclass(frozen=True)
class MatrixFactor:
    """A factor that is a matrix, or one for each outer position.

    Attributes:
        tensor: Its name.
        unit: Neighbours along the rows (or columns) of the result are neighbours in memory.
        deep: Neighbours along the depth are neighbours in memory.
        packed: It is copied to panels; else it is read where it lies.
    """

    tensor: str
    unit: bool
    deep: bool
    packed: bool


def layout_of(factors: Sequence[FactorShape | MatrixFactor]) -> str:
    """How the factors lie, in words: `rows x columns` are two whose neighbours are those that are
    added up; a first one in rows, or a second one in columns, is summed along its memory."""
    words = (("rows", "columns"), ("columns", "rows"))
    return " x ".join(
        word[0] if factor.deep else word[1] if factor.unit else "strided"
        for factor, word in zip(factors, words)
    )


@dataclass(frozen=True)
class MatrixShape:
    """A kernel for factors that are matrices: one variable each for rows, columns and depth.

    Attributes:
        name: Of the function.
        scalar: In which products are summed: f32 or f64.
        lanes, vectors, rows: A tile has `rows` x `vectors * lanes` accumulators.
        factors: Rows factor and columns factor.
        result: Tensor written.
        unit: Neighbouring columns are neighbours in the result.
        epilogue: What is written, in terms of the sum and of `reads`.
        reads: Tensors that the epilogue reads.
        memory: Name, element type and kind of the tensors, in the order of the arguments.
        numbers: Names of the integer arguments.
        outer: Number of outer variables.
        scalars: Attributes and number operands of the epilogue.
        words: Dtypes of casts.
        kinds: Kind of the result.
        blocked: The depth is longer than a block, so that sums are kept in between.
        held: They are kept in the result itself.
        parts: Steps of the depth in a word of packed factors: 1; 2, which are integers of 16 bits
            or, where sums are f32, bf16; or 4 bytes.
        higher: Bytes of the rows are packed 128 higher, to be multiplied unsigned.
    """

    name: str
    scalar: Scalar
    lanes: int
    vectors: int
    rows: int
    factors: tuple[MatrixFactor, MatrixFactor]
    result: str
    unit: bool
    epilogue: Expression
    reads: tuple[EpilogueRead, ...]
    memory: tuple[tuple[str, Scalar, Kind], ...]
    numbers: tuple[str, ...]
    outer: int
    scalars: tuple[tuple[str, Kind], ...]
    words: tuple[tuple[str, Kind, Scalar], ...]
    kinds: tuple[tuple[str, Kind], ...]
    blocked: bool
    held: bool
    parts: int
    higher: bool

    @property
    def columns(self) -> int:
        """Columns of a tile."""
        return self.lanes * self.vectors

    @property
    def word(self) -> Scalar:
        """Element type of packed factors."""
        return I32 if self.parts > 1 else self.scalar

    def __hash__(self) -> int:
        return hash((self.name, self.numbers, self.memory))


@dataclass(frozen=True)
class NarrowShape(MatrixShape):
    """A kernel for a matrix times at most a few vectors, which are the rows.

    Attributes:
        several: There may be several vectors.
        split: The depth is cut into pieces, whose sums are added up by a second kernel.
        packed: The vectors are copied before.
    """

    several: bool
    split: bool
    packed: bool

    def __hash__(self) -> int:
        return super().__hash__()


@dataclass(frozen=True)
class PadShape:
    """The kernel that writes out the zeros of a factor.

    Attributes:
        name: Of the function.
        source: Element type of the tensor.
        target: Element type of the copy.
        lanes: Of a vector.
        plain, dims: Number of unguarded and of guarded dims.
        fine: Step of the last dim: 1, 2, or 0 for any other.
        numbers: Names of the integer arguments.
    """

    name: str
    source: Scalar
    target: Scalar
    lanes: int
    plain: int
    dims: int
    fine: int
    numbers: tuple[str, ...]
