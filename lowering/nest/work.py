"""How the work of a nest is cut into chunks, and where they keep values for later passes."""

from __future__ import annotations

from ...ops.calls.symbols import maximum, minimum
from ...ops.dataclass import dataclass
from ..ir.kinds import Kind
from ..ir.loops import Scalar
from ..launch import Temporary
from ..program.context import dtype_of
from ..program.layout import Form
from .space import CHUNK_ELEMENTS, NestSpace
from .strip import is_stripped, least_lanes

ACROSS_BLOCKS = 8
"""Blocks of rows that are walked element by element: few, so that each is wide."""

OWNED_LANES, OWNERS, OWNED_SHARE = 1024, 8, 32
"""Rows side by side of a block where chunks share the elements by where they are put; chunks that
share them, and rows for each of those: a chunk reads the whole list of places, which takes as long
as work on some eight of the rows."""

MOST_TILED_CHUNKS = 64
"""Chunks of tiled work, each of which has scratch memory of its own."""


@dataclass
class NestWork(NestSpace):
    """A nest whose work is shared out, with scratch memory for what its passes save."""

    @property
    def stripped(self) -> bool:
        """Rows are walked a few elements at a time."""
        return is_stripped(self) and all(place for _, place in self._places_of_saved())

    def _reserve(self, saved: list[tuple[str, str]], elements: int) -> None:
        """Reserves scratch memory for saved values."""
        for _, place in saved:
            if place not in self.context.program.tensors or self._is_scratch(place):
                self._make_scratch(place, elements)

    def _places_of_saved(self) -> list[tuple[str, str | None]]:
        """Values that a pass keeps for later ones, and the output in which each has a place."""
        saved: list[tuple[str, str | None]] = []
        for number, one in enumerate(self.passes):
            for name in one.saves:
                place = name if name in one.stores and self._exact(name) else None
                taken = [p for _, p in saved]
                saved.append((name, place or self._output_for(name, number, taken)))
        return saved

    def _saved(self, width: int) -> tuple[list[tuple[str, str]], int]:
        """Where saved values go, and the length of a chunk's scratch row."""
        length = 0
        saved: list[tuple[str, str]] = []
        for name, place in self._places_of_saved():
            if place is None:
                place = f"{name}#"
                outer = self.lane is not None and self.lane in self.outer_variables
                length = max(1, self.total(self.inner_variables)) * (width if outer else 1)
                length += -length % 16
                self.names.setdefault(place)
            saved.append((name, place))
        return saved, length

    def _exact(self, name: str) -> bool:
        """Memory holds the value as it was computed."""
        return self.context.stored(name) == self.context.inference.tensor(name).stored

    def _output_for(self, name: str, number: int, taken: list[str | None]) -> str | None:
        """An output that is written only in the last pass, as wide as the value to save."""
        last = len(self.passes) - 1
        kind = self.context.inference.tensor(name)
        if number == last or kind.category != 2:
            return None
        for root in self.passes[last].stores:
            if root in taken or self.steps[root].form == "scatter":
                continue
            if (
                self.context.stored(root) == kind.stored
                and self.steps[root].free == self.steps[name].free
            ):
                return root
        return None

    def _make_scratch(self, name: str, elements: int) -> None:
        kind = self._kind(name)
        self.context.temporaries[name] = Temporary(name, dtype_of(kind), max(elements, 1))

    def _stored(self, name: str) -> Scalar:
        if self._is_scratch(name):
            return self._kind(name).stored
        return self.context.stored(name.split("|")[0])

    def _kind(self, name: str) -> Kind:
        kept = self.kept.get(name)
        return kept or self.context.inference.tensor(name.split("#")[0].split("|")[0])

    def _is_scratch(self, name: str) -> bool:
        return "#" in name

    def _inner_position(self) -> Form:
        terms: list[tuple[str, int]] = []
        step = 1
        for name in reversed(self.inner_variables):
            terms.append((name, step))
            step *= self.forms.extents[name]
        return Form(0, tuple(terms))

    # -- chunks ------------------------------------------------------------------------------------

    def _rows(self) -> int:
        return self.total([v for v in self.outer_variables if v != self.lane])

    def _blocks(self, block: int) -> int:
        assert self.lane is not None
        return -(-self.forms.extents[self.lane] // block)

    def _owners(self, block: int) -> int:
        """Chunks that share the elements of a block of rows by where they are put."""
        if not self.owned:
            return 1
        extents = self.forms.extents
        elements = self.total(self.inner_variables) * minimum(block, extents[self.lane or ""])
        free = OWNERS // maximum(1, self._rows() * self._blocks(block))
        wanted = minimum(elements // CHUNK_ELEMENTS, extents[self.lane or ""] // OWNED_SHARE)
        owners: int = maximum(1, minimum(free, wanted))
        return owners

    def _units(self, width: int, weight: int) -> tuple[int, int, int | None]:
        """Number of units, units in a chunk, and lanes in a block if an outer variable has them."""
        elements = CHUNK_ELEMENTS if weight < 60 else CHUNK_ELEMENTS // 4
        inner = maximum(1, self.total(self.inner_variables))
        if self.cut:
            inner = maximum(1, inner // maximum(1, self.forms.extents[self.cut[0]]) * self.cut[1])
        if self.lane is None or self.lane not in self.outer_variables:
            units = self.total(self.outer_variables)
            return units, _grain(elements // inner, units), None
        extent = self.forms.extents[self.lane]
        if self.tiling is not None:
            block = self.tiling.block
            blocks = self._blocks(block) * -(-self.forms.extents[self.tiling.variable] // block)
            others = (self.lane, self.tiling.variable)
            units = blocks * self.total([v for v in self.outer_variables if v not in others])
            grain = maximum(1, elements // block**2, -(-units // MOST_TILED_CHUNKS))
            return units, grain, block
        block = maximum(width, elements // inner // width * width)
        if self.stripped:
            block = maximum(block, -(-least_lanes(self) // width) * width)
        if self.owned:
            block = maximum(block, -(-OWNED_LANES // width) * width)
        elif self.across:
            block = maximum(block, -(-extent // (ACROSS_BLOCKS * width)) * width)
        if self.tall is not None:
            block = width  # narrow, so that lines of the memory walked across are used up
        block = minimum(block, maximum(1, -(-extent // width)) * width)
        owners = self._owners(block)
        units = self._rows() * self._blocks(block) * owners
        wanted = elements * owners // (maximum(1, minimum(block, extent)) * inner)
        return units, _grain(wanted, units), block


def _grain(wanted: int, units: int) -> int:
    """Units of a chunk, no more than there are: a launch's numbers tell how long it takes."""
    grain: int = maximum(1, minimum(wanted, units))
    return grain
