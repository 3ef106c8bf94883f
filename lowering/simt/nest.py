"""How threads share a nest: which variable neighbours run over, how many work on one row.

Neighbouring threads run over the variable along which memory is walked best. Where that is an outer
variable, a thread has rows of its own; where it is an inner one, a warp or a block folds a row
together. Decisions follow from structure and from classes of extents, never from an op's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from ...ops.calls.symbols import maximum, minimum
from ...ops.dataclass import dataclass
from ...ops.language.expression import Expression, reads
from ..emit.shape import NestShape, Pass, TileShape
from ..ir.instructions import bits
from ..ir.thread_instructions import WARP
from ..launch import Grid, Kernel, Launch, LaunchArgument, Number, Pointer, ScalarArgument, Status
from ..naming import kernel_name
from ..nest.accesses import PIECE
from ..nest.layout_class import layout_class
from ..nest.nest import Nest
from ..nest.tile import lies_across
from ..program.layout import Access, Form
from .emit import emit_simt
from .emit_tile import PACKS
from .narrow import are_narrow
from .owners import emit_owners
from .reciprocal import divisors_of, reciprocal
from .shape import OwnerShape, SimtShape

THREADS = 256
"""Threads of a block: eight warps, so that several blocks share a multiprocessor."""

SHORT_ROW = 16
"""Rows with fewer elements are scanned by one thread each."""

LEAST_ROW, LEAST_TEAM = 5, 4
"""Elements of a row from which on threads share it, and how many do at least."""

WARP_ROW = 1024
"""Rows with up to so many elements are the work of a warp, longer ones that of a block."""

FEW_ROWS = 4096
"""Fewer rows than this would leave most threads idle if each had its own."""

MOST_HELD = 8
"""Loads of one thread whose elements stay in registers: 32 float32 numbers."""

MOST_LANES = 8

LEAST_SINGLE = 1024
"""Elements along a variable from which on threads have several that are no neighbours."""

LEAST_TURNED, LEAST_SIDE = 4096, 16
"""Elements of a nest, and of each side of it, from which on tiles are turned over."""

AT_A_TIME, HEAVY = 8, 24
"""Elements that a thread with a row of its own asks for together, unless they cost much."""

MANY_THREADS = 1 << 16
"""Threads that keep memory busy with such rows."""

LEAST_SHARED, LEAST_RANGES = 64, 4
"""Elements of a row, and places along an axis, from which on a scatter is shared out."""

WANTED_OWNERS = 1024
"""Blocks that share a scatter: each reads all indices, most wait for what they add to."""

SHARED_BYTES = 48 << 10
"""Shared memory that a block may have without asking for more."""


@dataclass
class SimtNest(Nest):
    """A nest for blocks of threads.

    Attributes:
        team: Threads that work on one row together.
        resident: Elements of a row stay in registers.
        turned: The variable that tiles have beside the lanes' where operands lie across each other.
        single: Threads have several elements, none beside another.
        shared_place: The place by which a scatter is shared out among blocks.
        piece: Elements of a piece where they are given.
    """

    piece: int = 0

    piece_elements = 8192  # enough for a block to be busy, few enough to share out a long row
    wide_piece = 1 << 62  # rows side by side have blocks of their own

    def _cut(self) -> None:
        """Cuts into pieces; rows side by side into so many that there are threads enough."""
        if self.piece:
            self.piece_elements = self.piece
        elif self._beside():
            rows = self.total([v for v in self.outer_variables if v != PIECE])
            pieces = maximum(1, MANY_THREADS // maximum(1, rows))
            wanted = -(-self.total(self.inner_variables) // pieces)
            self.piece_elements = minimum(wanted, self.piece_elements)
        super()._cut()

    def _beside(self) -> bool:
        """Rows lie side by side in memory, rather than the elements of one."""
        outer = [self.walk_score(v) for v in self.outer_variables if v != PIECE]
        inner = self.inner_variables[-1:] if self.keeps_order else self.inner_variables
        return bool(outer) and max(outer) > max(map(self.walk_score, inner))

    def _choose_lane(self) -> str | None:
        self.team = 1
        self.resident = False
        outer = [v for v in self.outer_variables if v != PIECE]
        fast = max(outer, key=self.walk_score, default=None)
        if fast is not None:
            self.outer_variables.remove(fast)
            self.outer_variables.append(fast)
        self.turned: str | None = None
        self.single = False
        self.shared_place: Expression | None = None
        if not self.inner_variables:
            if fast is None or self._packs(fast):
                return fast
            self.turned = self._turned(fast)
            self.single = self.turned is None and self.forms.extents[fast] >= LEAST_SINGLE
            return fast if self.turned is not None or self.single else None
        return self._share_rows(fast)

    def _pair(self) -> None:
        """Threads store what is theirs; neighbours see to it that lines are whole."""

    def _turned(self, fast: str) -> str | None:
        """The variable that tiles have beside `fast`, which some memory is walked best in."""
        accesses = self.forms.accesses.values()
        for tall in self.outer_variables:
            across = [a for a in accesses if lies_across(a, fast, tall)]
            sides = [self.forms.extents[name] for name in (tall, fast)]
            if tall == PIECE or not across or min(sides) < LEAST_SIDE:
                continue
            if self.total(self.outer_variables) < LEAST_TURNED or not self._fit(across):
                continue
            if self._packs(fast, [a for a in accesses if not lies_across(a, fast, tall)]):
                return tall
        return None

    def _fit(self, accesses: list[Access]) -> bool:
        """Whether tiles of what is accessed have room in shared memory."""
        line = (WARP * self.unrolled() + 1) * PACKS * self.lane_count()
        kinds = {(a.tensor, a.form): self.context.stored(a.tensor) for a in accesses}
        return sum(line * bits(kind) // 8 for kind in kinds.values()) <= SHARED_BYTES

    def _share_rows(self, fast: str | None) -> str | None:
        """Decides how many threads work on a row; gives the variable that they load packs along."""
        forms = {step.form for step in self.steps.values()}
        if "scatter" in forms:
            self.shared_place = self._shared_place()
            return None
        if "scan" in forms:
            return self._share_scan(fast)
        inner = self.inner_variables[-1:] if self.keeps_order else self.inner_variables
        best = max(inner, key=self.walk_score)
        length = self.row_length()
        if length < LEAST_ROW or self._beside():
            return None
        self.team = self._team_of(length)
        extent = self.forms.extents[best] if self.cut is None else length
        alone = len(self.inner_variables) == 1
        if not self._packs(best) or not (alone or extent >= self.team * self.lane_count()):
            return None
        fits = length <= self.team * self.lane_count() * MOST_HELD
        several = len(self.passes) > 1 or self.team < WARP  # else packs need no mask
        self.resident = alone and self.cut is None and several and fits
        if self.resident:
            self.passes = [replace(one, saves=()) for one in self.passes]
        return best

    def _team_of(self, length: int) -> int:
        """Threads for a row: as many as have a pack each, a power of two, up to a warp; several
        rows share a warp, then. A block for long rows."""
        if length > WARP_ROW:
            return THREADS
        team = LEAST_TEAM
        while team < WARP and team * self.lane_count() < length:
            team *= 2
        return team

    def _shared_place(self) -> Expression | None:
        """The place by which a scatter of many elements is shared out; None if it need not be, or
        its targets are not written at one place."""
        one = self.passes[0] if len(self.passes) == 1 else Pass()
        steps = [self.steps[name] for name in one.stores]
        writes = [self.forms.accesses.get(("write", step.target)) for step in steps]
        if not steps or one.folds or one.saves or self.row_roots() or self.cut is not None:
            return None
        if any(s.form != "scatter" for s in steps) or not all(w and w.computed for w in writes):
            return None
        places = {w.computed[0].index: w.computed[0].extent for w in writes if w is not None}
        (index, extent), *others = places.items()
        read = [self.forms.accesses[x] for x in reads(index) if x in self.forms.accesses]
        busy = self.total(self.outer_variables) >= FEW_ROWS * 8
        short = self.total(self.inner_variables) < LEAST_SHARED or extent < LEAST_RANGES
        return None if others or short or busy or not all(a.safe for a in read) else index

    def _owner_shape(self, index: Expression) -> OwnerShape:
        """The structure of a scatter that is shared out; its numbers go to slots."""
        extent = self._owned_extent(index)
        rows = self.total(self.outer_variables)
        count = self._range_count(extent)
        return OwnerShape(
            index,
            self.slot(extent),
            self.slot(count),
            self.slot(-(-extent // count)),
            self.slot(rows),
            not any(self.depends(index, name) for name in self.outer_variables),
        )

    def _owned_extent(self, index: Expression) -> int:
        accesses = self.forms.accesses.values()
        return next(c.extent for a in accesses for c in a.computed if c.index == index)

    def _range_count(self, extent: int) -> int:
        """Ranges of places, so that most blocks that fit on a device have one."""
        tiles = -(-self.total(self.outer_variables) // THREADS)
        count: int = minimum(extent, maximum(1, WANTED_OWNERS // maximum(1, tiles)))
        return count

    def _share_scan(self, fast: str | None) -> str | None:
        """A team scans a row where its elements are neighbours, or where rows are few; by packs
        where it does nothing else."""
        scans = [step for step in self.steps.values() if step.form == "scan"]
        length, rows = self.row_length(), self.total(self.outer_variables)
        along = self.walk_score(self.inner_variables[-1])
        beside = fast is not None and self.walk_score(fast) > along and rows >= FEW_ROWS
        positional = any(step.kind in ("argmax", "argmin") for step in scans)
        if length >= SHORT_ROW and not beside:
            self.team = WARP if length <= WARP_ROW else THREADS
        folds = [self.steps[name] for one in self.passes for name in one.folds]
        alone = len(self.passes) == len(self.inner_variables) == 1 and folds == scans
        if self.team == 1 or positional or not alone or length < self.team * self.lane_count():
            return None
        return self.inner_variables[0] if self._packs(self.inner_variables[0]) else None

    def row_length(self) -> int:
        """Elements of a row, or of a piece of it."""
        length = self.total(self.inner_variables)
        if self.cut is not None:
            length = length // max(1, self.forms.extents[self.cut[0]]) * self.cut[1]
        return length

    def _packs(self, variable: str, of: list[Access] | None = None) -> bool:
        """Whether neighbours along the variable are neighbours in memory, or the same element."""
        accesses = list(self.forms.accesses.values()) if of is None else of
        coefficients = {a.form.coefficient(variable) for a in accesses}
        places = [c.index for a in accesses for c in a.computed]
        return (
            coefficients <= {0, 1}
            and 1 in coefficients
            and not any(self.depends(place, variable) for place in places)
            and self.forms.extents[variable] >= self.lane_count() > 1
        )

    def lane_count(self) -> int:
        """Elements that one thread loads at a time: as many of the widest as fit in 16 bytes."""
        if self.single:
            return 1
        widest = max((bits(self._stored(name)) for name in self.names), default=64)
        return min(self.context.target.vector_bytes * 8 // widest, MOST_LANES)

    def _vectors(self) -> tuple[int, int]:
        """Elements of a pack, and packs at a time."""
        return (1, self.unrolled()) if self.single else super()._vectors()

    def unrolled(self) -> int:
        """Loads of one thread that are under way together."""
        if self.resident:
            count = 1
            while count * self.team * self.lane_count() < self.row_length():
                count *= 2
            return count
        if any(step.form == "scan" for step in self.steps.values()):
            return 1
        weight = self.weight()
        return 4 if weight < 10 else 2 if weight < 60 else 1

    def _crossing(self) -> str | None:
        return self.turned

    @property
    def across(self) -> bool:
        """Never: neighbouring rows belong to neighbouring threads."""
        return False

    @property
    def stripped(self) -> bool:
        """Never, likewise."""
        return False

    def _units(self, width: int, weight: int) -> tuple[int, int, int | None]:
        """Tiles of a block where it loads packs along an outer variable, else rows."""
        if self.shared_place is not None:
            extent = self._owned_extent(self.shared_place)
            tiles = -(-self.total(self.outer_variables) // THREADS)
            return tiles * self._range_count(extent), 1, None
        if self.lane is None or self.lane in self.inner_variables:
            return self.total(self.outer_variables), 1, None
        if self.tiling is not None:
            tall, wide = self.tiling.variable, self.tiling.block
            others = [v for v in self.outer_variables if v not in (self.lane, tall)]
            return self.total(others) * self._blocks(wide) * self._tall_tiles(), 1, wide
        block = THREADS * width
        others = [v for v in self.outer_variables if v != self.lane]
        return self.total(others) * self._blocks(block), 1, block

    def _tall_tiles(self) -> int:
        """Tiles along the variable that is not the lanes'."""
        assert self.tiling is not None
        return -(-self.forms.extents[self.tiling.variable] // (PACKS * self.lane_count()))

    def _tile(self, chunks: int) -> TileShape:
        tiling = self.tiling
        assert tiling is not None
        return TileShape(
            tiling.variable,
            self.slot(self._tall_tiles()),
            self.context.target.vector_bytes,
            tuple((name, self.access_shape(a)) for name, a in tiling.fetches.items()),
            tuple((name, self.access_shape(a)) for name, a in tiling.puts.items()),
        )

    def launch(self) -> Launch:
        """The kernel with its arguments for this call."""
        nest, _ = self._shape()
        owners = None if self.shared_place is None else self._owner_shape(self.shared_place)
        nest = replace(nest, numbers=len(self.numbers))
        folds = any(one.folds for one in self.passes) and self.team == 1 and self.lane is None
        ahead = AT_A_TIME if folds and self.weight() < HEAVY and owners is None else 0
        narrow = self._is_narrow(nest)
        divisors = divisors_of(nest, owners, self.team > 1) if narrow else ()
        shape = SimtShape(
            nest, THREADS, self.team, self.resident, owners, ahead, narrow, divisors,
            self._constant(nest),
        )  # fmt: skip
        digest = hashlib.sha256(repr(shape).encode()).hexdigest()
        named = replace(shape, nest=replace(nest, name=kernel_name(self.context.name, digest)))
        key = (self.context.name, digest, self.context.target.name)
        tiled = nest.block is not None or owners is not None
        grid = Grid(THREADS, nest.units, 1 if tiled else THREADS // self.team)
        arguments: list[LaunchArgument] = [Status()] if nest.checked else []
        outside = (name for name, _, _ in nest.memory if "|" not in name)
        arguments += [Pointer(name) for name in outside]
        arguments += [ScalarArgument(name, self.scalar_dtype(kind)) for name, kind in nest.scalars]
        arguments += [Number(value) for value in self.numbers]
        arguments += [Number(reciprocal(self.numbers[slot])) for slot in divisors]
        emit = emit_simt if owners is None else emit_owners
        kernel = Kernel(
            key, lambda: emit(named), grid=grid, entry=named.nest.name, layout=layout_class(nest)
        )
        return Launch(kernel, tuple(arguments), grid.blocks(self.numbers))

    def _constant(self, nest: NestShape) -> tuple[str, ...]:
        """Memory that nobody writes to while the kernel runs."""
        turned = ((), ()) if nest.tile is None else (nest.tile.fetches, nest.tile.puts)
        read = dict.fromkeys(a.tensor for _, a in (*nest.reads, *turned[0]) if "|" not in a.tensor)
        written = {access.tensor for _, access in (*nest.writes, *turned[1])}
        written.update(place for _, place in nest.saved)
        return tuple(x for x in read if x not in written and self.context.is_apart(x))

    # -- numbers of 32 bits ------------------------------------------------------------------------

    def _is_narrow(self, nest: NestShape) -> bool:
        """Whether all places, and the numbers that they are made of, are small."""
        extents, tiling = self.forms.extents, self.tiling
        turned = () if tiling is None else (*tiling.fetches.values(), *tiling.puts.values())
        found = list(self.numbers)
        found += [self.total(self.outer_variables), self.total(self.inner_variables)]
        for access in (*self.forms.accesses.values(), *turned):
            dims = [(c.extent, each) for c in access.computed for each in c.dims]
            steps = [(modulus or extent) * abs(step) for extent, (_, modulus, step) in dims]
            found.append(_reach(access.form, extents) + sum(steps))
        found += [_reach(form, extents) for form in self.forms.plain.values()]
        if nest.scratch is not None:
            found.append(self.numbers[nest.scratch] * self.numbers[nest.units])
        return are_narrow(found)


def _reach(form: Form, extents: Mapping[str, int]) -> int:
    """How far from 0 the parts of a form can come, in whatever order they are added."""
    reach: int = abs(form.offset)
    for name, coefficient in form.terms:
        reach += abs(coefficient) * extents[name]
    return reach
