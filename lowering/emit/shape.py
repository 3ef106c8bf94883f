"""The structure of one kernel: everything that shapes its code, and nothing that does not.

No size, stride or value occurs here, only numbers of slots in which they are passed. Two calls
with equal shapes share their kernel.
"""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ...ops.language.expression import Expression, Read
from ..ir.kinds import Kind
from ..ir.loops import Scalar
from ..program.program import Step


@dataclass(frozen=True)
class FormShape:
    """An affine form: slots of its offset (None: 0) and coefficients (None: 1).

    Attributes:
        narrow: All of its values fit into 32 bits.
    """

    offset: int | None
    terms: tuple[tuple[str, int | None], ...]
    narrow: bool = False

    def has(self, variable: str | None) -> bool:
        """Whether the form depends on the variable."""
        return any(name == variable for name, _ in self.terms)

    def without(self, variable: str) -> FormShape:
        """The form where the variable is 0."""
        return FormShape(self.offset, tuple(term for term in self.terms if term[0] != variable))


@dataclass(frozen=True)
class ComputedShape:
    """A place computed at run time: its index, slot of the extent, slots of each dim.

    Attributes:
        dims: Divisor (None: 1), modulus (None: none) and stride (None: 1).
    """

    index: Expression
    extent: int
    dims: tuple[tuple[int | None, int | None, int | None], ...]


@dataclass(frozen=True)
class AccessShape:
    """How an element is reached; see `layout.Access`.

    Attributes:
        pairs: Neighbouring lanes read every other element.
        mirrored: Neighbouring lanes read neighbouring elements in the opposite order.
    """

    tensor: str
    form: FormShape
    computed: tuple[ComputedShape, ...] = ()
    safe: bool = True
    pairs: bool = False
    mirrored: bool = False


@dataclass(frozen=True)
class Pass:
    """One walk over the elements of a row.

    Attributes:
        folds: Reductions and scans that are finished by it.
        stores: Results written for each element.
        saves: Values for each element kept for a later pass.
        reverse: It walks from the far end.
    """

    folds: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    saves: tuple[str, ...] = ()
    reverse: bool = False


@dataclass(frozen=True)
class Cut:
    """A variable whose range is cut into pieces: piece number, and slot of a piece's length."""

    variable: str
    piece: str
    length: int


@dataclass(frozen=True)
class Moments:
    """A sum and the squared distances from the mean that it gives, which one pass can fold.

    Attributes:
        total, squares: The two folds.
        distances: A third one, of the distances themselves, which are 0 from the true mean.
        center: The mean, as it stands in what is squared.
        distance: What is squared.
    """

    total: str
    squares: str
    distances: str | None
    center: Expression
    distance: Expression

    @property
    def kept(self) -> str:
        """Scratch memory of the distances from the first element, added."""
        return f"{self.squares}#distances"


@dataclass(frozen=True)
class StripShape:
    """Accumulators of rows that lie side by side, kept in memory.

    Attributes:
        places: Scratch memory of each accumulator of each fold.
        length: Slot of the length of a chunk's part of it.
        moments: What the first two passes fold, if they are walked as one.
    """

    places: tuple[str, ...]
    length: int
    moments: Moments | None


@dataclass(frozen=True)
class TileShape:
    """Square tiles over the lane variable and another one.

    Attributes:
        variable: The other one.
        blocks: Slot of the number of tiles along it.
        vector_bytes: Of a register.
        fetches, puts: Scratch memory, and the memory that is copied to it before or from it after
            the work on a tile.
    """

    variable: str
    blocks: int
    vector_bytes: int
    fetches: tuple[tuple[str, AccessShape], ...]
    puts: tuple[tuple[str, AccessShape], ...]


@dataclass(frozen=True)
class NestShape:
    """One kernel.

    Attributes:
        name: Of the function.
        steps: What is computed, by target.
        passes: Walks over the inner space; empty if there is none.
        rows: Targets written once for each row.
        outer, inner: Loop variables, slow to fast.
        extents: Slot of each variable's extent.
        lane: Variable that runs over vector lanes; None for scalar code.
        lanes, unroll: Lanes of a vector, and vectors at a time.
        reads, writes, values: Reads from memory, targets in memory, integer expressions.
        rising: Integer expressions that grow with each of their variables.
        linear, position: Position in the flattened batch; in the folded space.
        memory: Operands and temporaries: name, element type, kind.
        kinds: Kinds of the targets of steps.
        numbers: How many integer arguments there are.
        sizes: Slot of each size that occurs as a value.
        scalars: Attributes and number operands.
        saved: Where saved values are kept: in a scratch tensor or in an output.
        scratch: Slot of the length of a chunk's scratch rows.
        scratch_form: Position of an element in a scratch row.
        cut: A cut variable.
        partial: Folds are written as accumulators.
        checked: A computed place can be out of range.
        across: Rows that lie side by side are walked element by element, over all of them.
        owners: Slot of the number of parts of a target, each written by a chunk: `owned.py`.
        strip: Rows that lie side by side are folded a few elements at a time.
        units, grain, blocks, block: Slots: number of units, units in a chunk, blocks of lanes and
            lanes in a block.
        tall: Slot of the number of rows, where units run through the rows of a block first.
        tile: Where units are tiles.
        twin: The last inner variable, where it has two elements that lie side by side, those of
            the next lane behind them: there is no loop over it, and both are stored as one.
        again: A row may be worked on twice with the same result: the last vector of rows reaches
            back, so that it needs no mask.
        far: Rows lie side by side, and their elements so far apart that reads need prefetching.
        named: Rows are read at places that are read from memory: those of later units are fetched.
        random: Kind of `uniform`.
        words: Kinds of `cast` targets: word, kind, element type.
    """

    name: str
    steps: tuple[Step, ...]
    passes: tuple[Pass, ...]
    rows: tuple[str, ...]
    outer: tuple[str, ...]
    inner: tuple[str, ...]
    extents: tuple[tuple[str, int], ...]
    lane: str | None
    lanes: int
    unroll: int
    reads: tuple[tuple[Read, AccessShape], ...]
    writes: tuple[tuple[str, AccessShape], ...]
    values: tuple[tuple[Expression, FormShape], ...]
    rising: tuple[Expression, ...]
    linear: FormShape | None
    position: FormShape | None
    memory: tuple[tuple[str, Scalar, Kind], ...]
    kinds: tuple[tuple[str, Kind], ...]
    numbers: int
    sizes: tuple[tuple[str, int], ...]
    scalars: tuple[tuple[str, Kind], ...]
    saved: tuple[tuple[str, str], ...]
    scratch: int | None
    scratch_form: FormShape | None
    cut: Cut | None
    partial: bool
    checked: bool
    across: bool
    owners: int | None
    strip: StripShape | None
    units: int
    grain: int
    blocks: int | None
    block: int | None
    tall: int | None
    tile: TileShape | None
    twin: str | None
    again: bool
    far: bool
    named: bool
    random: Kind
    words: tuple[tuple[str, Kind, Scalar], ...]
