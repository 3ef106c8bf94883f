"""How threads share a nest: which variable neighbours run over, how many work on one row.

Neighbouring threads run over the variable along which memory is walked best. Where that is an outer
variable, a thread has rows of its own; where it is an inner one, a warp or a block folds a row
together. Decisions follow from structure and from classes of extents, never from an op's name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from ..builder import WARP
from ..instructions import bits
from ..launch import Grid, Kernel, Launch, LaunchArgument, Number, Pointer, ScalarArgument, Status
from ..nest import Nest
from ..nest_space import PIECE
from .emit import emit_simt
from .shape import SimtShape

THREADS = 256
"""Threads of a block: eight warps, so that several blocks share a multiprocessor."""

SHORT_ROW = 16
"""Rows with fewer elements are the work of one thread each."""

WARP_ROW = 1024
"""Rows with up to so many elements are the work of a warp, longer ones that of a block."""

FEW_ROWS = 4096
"""Fewer rows than this would leave most threads idle if each had its own."""

MOST_HELD = 8
"""Loads of one thread whose elements stay in registers: 32 float32 numbers."""

MOST_LANES = 8


@dataclass
class SimtNest(Nest):
    """A nest for blocks of threads.

    Attributes:
        team: Threads that work on one row together.
        resident: Elements of a row stay in registers.
    """

    piece_elements = 8192  # enough for a block to be busy, few enough to share out a long row
    wide_piece = 1 << 62  # rows side by side have blocks of their own

    def _choose_lane(self) -> str | None:
        self.team = 1
        self.resident = False
        outer = [v for v in self.outer_variables if v != PIECE]
        fast = max(outer, key=self.walk_score, default=None)
        if fast is not None:
            self.outer_variables.remove(fast)
            self.outer_variables.append(fast)
        if not self.inner_variables:
            return fast if fast is not None and self._packs(fast) else None
        return self._share_rows(fast)

    def _share_rows(self, fast: str | None) -> str | None:
        """Decides how many threads work on a row; gives the variable that they load packs along."""
        forms = {step.form for step in self.steps.values()}
        if "scatter" in forms:
            return None
        if "scan" in forms:
            self._share_scan(fast)
            return None
        inner = self.inner_variables[-1:] if self.keeps_order else self.inner_variables
        best = max(inner, key=self.walk_score)
        length = self.row_length()
        beside = fast is not None and self.walk_score(fast) > self.walk_score(best)
        if length < SHORT_ROW or beside:
            return None
        self.team = WARP if length <= WARP_ROW else THREADS
        extent = self.forms.extents[best] if self.cut is None else length
        alone = len(self.inner_variables) == 1
        if not self._packs(best) or not (alone or extent >= self.team * self.lane_count()):
            return None
        fits = length <= self.team * self.lane_count() * MOST_HELD
        self.resident = alone and self.cut is None and len(self.passes) > 1 and fits
        if self.resident:
            self.passes = [replace(one, saves=()) for one in self.passes]
        return best

    def _share_scan(self, fast: str | None) -> None:
        """A team scans a row where its elements are neighbours, or where rows are few."""
        scans = [step for step in self.steps.values() if step.form == "scan"]
        length, rows = self.row_length(), self.total(self.outer_variables)
        along = self.walk_score(self.inner_variables[-1])
        beside = fast is not None and self.walk_score(fast) > along and rows >= FEW_ROWS
        positional = any(step.kind in ("argmax", "argmin") for step in scans)
        if length >= SHORT_ROW and not beside and not positional:
            self.team = WARP if length <= WARP_ROW else THREADS

    def row_length(self) -> int:
        """Elements of a row, or of a piece of it."""
        length = self.total(self.inner_variables)
        if self.cut is not None:
            length = length // max(1, self.forms.extents[self.cut[0]]) * self.cut[1]
        return length

    def _packs(self, variable: str) -> bool:
        """Whether neighbours along the variable are neighbours in memory, or the same element."""
        coefficients = {a.form.coefficient(variable) for a in self.forms.accesses.values()}
        places = [c.index for a in self.forms.accesses.values() for c in a.computed]
        return (
            coefficients <= {0, 1}
            and 1 in coefficients
            and not any(self._depends(place, variable) for place in places)
            and self.forms.extents[variable] >= self.lane_count() > 1
        )

    def lane_count(self) -> int:
        """Elements that one thread loads at a time: as many of the widest as fit in 16 bytes."""
        widest = max((bits(self._stored(name)) for name in self.names), default=64)
        return min(self.context.target.vector_bytes * 8 // widest, MOST_LANES)

    def unrolled(self) -> int:
        """Loads of one thread that are under way together."""
        if self.resident:
            count = 1
            while count * self.team * self.lane_count() < self.row_length():
                count *= 2
            return count
        weight = self.weight()
        return 4 if weight < 10 else 2 if weight < 60 else 1

    def _crossing(self) -> str | None:
        return None

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
        if self.lane is None or self.lane in self.inner_variables:
            return self.total(self.outer_variables), 1, None
        block = THREADS * width
        others = [v for v in self.outer_variables if v != self.lane]
        return self.total(others) * self._blocks(block), 1, block

    def launch(self) -> Launch:
        """The kernel with its arguments for this call."""
        nest, _ = self._shape()
        shape = SimtShape(nest, THREADS, self.team, self.resident)
        digest = hashlib.sha256(repr(shape).encode()).hexdigest()
        words = "".join(c if c.isalnum() else "_" for c in self.context.name).strip("_")
        named = replace(shape, nest=replace(nest, name=f"{words[:48]}_{digest[:16]}"))
        key = (self.context.name, digest, self.context.target.name)
        tiled = nest.block is not None
        grid = Grid(THREADS, nest.units, 1 if tiled else THREADS // self.team)
        arguments: list[LaunchArgument] = [Status()] if nest.checked else []
        arguments += [Pointer(name) for name, _, _ in nest.memory]
        arguments += [ScalarArgument(name, self.scalar_dtype(kind)) for name, kind in nest.scalars]
        arguments += [Number(value) for value in self.numbers]
        kernel = Kernel(key, lambda: emit_simt(named), grid=grid, entry=named.nest.name)
        return Launch(kernel, tuple(arguments), grid.blocks(self.numbers))
