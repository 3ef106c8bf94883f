"""Steps -> one launch: how memory is walked, over which variable the lanes run, how work is cut.

The nest of any group comes from here; the schedules differ in what they let it choose.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from ..ops.dataclass import dataclass
from ..ops.dtype import dtype, float64, int64
from ..ops.expression import Call, Expression, Read, walk
from ..ops.symbols import maximum, minimum
from .context import dtype_of
from .emit_nest import emit_nest
from .fetching import lies_far, names_rows
from .halving import Probe
from .kinds import STORED, Kind, of_dtype
from .launch import (
    Kernel,
    Launch,
    LaunchArgument,
    Number,
    Pointer,
    ScalarArgument,
    Status,
    Temporary,
)
from .layout import Access, Form
from .loops import Scalar
from .naming import kernel_name
from .nest_space import CHUNK_ELEMENTS, PIECE, TURNS, NestSpace
from .program import failure, size_extent
from .shape import (
    AccessShape,
    ComputedShape,
    Cut,
    FormShape,
    NestShape,
    StripShape,
    TileShape,
)
from .strip import accumulators, find_moments, is_stripped, least_lanes

ACROSS_BLOCKS = 8
"""Blocks of rows that are walked element by element: few, so that each is wide."""

OWNED_LANES, OWNERS, OWNED_SHARE = 1024, 8, 32
"""Rows side by side of a block where chunks share the elements by where they are put; chunks that
share them, and rows for each of those: a chunk reads the whole list of places, which takes as long
as work on some eight of the rows."""

WITH_MOMENTS = 4
"""Vectors at a time where a sum and squared distances are folded together."""

MOST_TILED_CHUNKS = 64
"""Chunks of tiled work, each of which has scratch memory of its own."""


@dataclass
class Nest(NestSpace):
    """A nest that can be launched: its structure apart from its numbers."""

    @property
    def stripped(self) -> bool:
        """Rows are walked a few elements at a time."""
        return is_stripped(self) and all(place for _, place in self._places_of_saved())

    def slot(self, value: int) -> int:
        """The slot of a new integer argument."""
        self.numbers.append(value)
        return len(self.numbers) - 1

    def form_shape(self, form: Form) -> FormShape:
        """The structure of a form."""
        order = {n: k for k, n in enumerate((*self.outer_variables, *self.inner_variables))}
        offset = self.slot(form.offset) if form.offset else None
        terms = sorted(form.terms, key=lambda term: order[term[0]])
        return FormShape(offset, tuple((n, None if c == 1 else self.slot(c)) for n, c in terms))

    def value_shape(self, form: Form) -> FormShape:
        """The structure of a form whose value is used."""
        return replace(self.form_shape(form), narrow=self.is_narrow(form))

    def access_shape(self, access: Access) -> AccessShape:
        """The structure of an access."""
        computed = tuple(
            ComputedShape(
                c.index,
                self.slot(c.extent),
                tuple(
                    (
                        None if divisor == 1 else self.slot(divisor),
                        None if modulus == 0 else self.slot(modulus),
                        None if stride == 1 else self.slot(stride),
                    )
                    for divisor, modulus, stride in c.dims
                ),
            )
            for c in access.computed
        )
        along = 0 if self.lane is None or computed else access.form.coefficient(self.lane)
        return AccessShape(
            access.tensor, self.form_shape(access.form), computed, access.safe,
            pairs=along == 2, mirrored=along == -1,
        )  # fmt: skip

    def launch(self) -> Launch:
        """The kernel with its arguments for this call."""
        shape, chunks = self._shape()
        digest = hashlib.sha256(repr(shape).encode()).hexdigest()
        shape = replace(shape, name=kernel_name(self.context.name, digest))
        target = self.context.target
        key = (self.context.name, digest, target.name, target.vector_bytes)
        arguments: list[LaunchArgument] = [Status()] if shape.checked else []
        arguments += [Pointer(name) for name, _, _ in shape.memory]
        for name, kind in shape.scalars:
            arguments.append(ScalarArgument(name, self.scalar_dtype(kind)))
        arguments += [Number(value) for value in self.numbers]
        return Launch(Kernel(key, lambda: emit_nest(shape)), tuple(arguments), chunks)

    @staticmethod
    def scalar_dtype(kind: Kind) -> dtype:
        """The dtype as which a number of a kind is passed."""
        return float64 if kind.category == 2 else int64

    def _vectors(self) -> tuple[int, int]:
        """Lanes of a vector, and vectors at a time."""
        if self.by_turns:
            return 1, TURNS
        lanes = self.lane_count() if self.lane is not None else 1
        unroll = 1 if lanes == 1 else self.unrolled()
        if self.stripped and find_moments(self) is not None:
            unroll = min(unroll, WITH_MOMENTS)
        if self.tiling is not None:
            unroll = min(unroll, self.tiling.block // lanes)
            for name in (*self.tiling.fetches, *self.tiling.puts):
                self.names.setdefault(name)
        return lanes, unroll

    def _extents(self) -> tuple[tuple[str, int], ...]:
        variables = (*self.outer_variables, *self.inner_variables)
        return tuple((name, self.slot(self.forms.extents[name])) for name in variables)

    def _writes(self) -> tuple[tuple[str, AccessShape], ...]:
        accesses = self.forms.accesses.items()
        return tuple((str(k[1]), self.access_shape(a)) for k, a in accesses if isinstance(k, tuple))

    def _values(self) -> tuple[tuple[Expression, FormShape], ...]:
        plain = self.forms.plain.items()
        return tuple((k, self.value_shape(f)) for k, f in plain if isinstance(k, Expression))

    def _rising(self) -> tuple[Expression, ...]:
        plain = self.forms.plain.items()
        return tuple(
            k for k, f in plain if isinstance(k, Expression) and all(c > 0 for _, c in f.terms)
        )

    def _scratch(self, length: int) -> tuple[int | None, FormShape | None]:
        """Slot of the length of a scratch row, and the position of an element in it."""
        if not length:
            return None, None
        form = self.form_shape(self._inner_position())
        return self.slot(length), form

    def _reserve(self, saved: list[tuple[str, str]], elements: int) -> None:
        """Reserves scratch memory for saved values."""
        for _, place in saved:
            if place not in self.context.program.tensors or self._is_scratch(place):
                self._make_scratch(place, elements)

    def _shape(self) -> tuple[NestShape, int]:
        """The structure, and the number of chunks; the numbers go to slots."""
        forms = self.forms
        lanes, unroll = self._vectors()
        self.kept = accumulators(self) if self.stripped else {}
        for name in self.kept:
            self.names.setdefault(name)
        saved, length = self._saved(lanes * unroll)
        extents = self._extents()
        reads = tuple((read, self.access_shape(forms.accesses[read])) for read in self.reads)
        writes, values = self._writes(), self._values()
        special = {k: self.value_shape(f) for k, f in forms.plain.items() if isinstance(k, str)}
        scratch, scratch_form = self._scratch(length)
        cut = Cut(self.cut[0], PIECE, self.slot(self.cut[1])) if self.cut else None
        units, grain, block = self._units(lanes * unroll, self.weight())
        chunks = -(-units // grain)
        tile = self._tile(chunks) if self.tiling is not None else None
        self._reserve(saved, length * chunks)
        strip = self._strip(block, chunks) if block is not None and self.kept else None
        shape = NestShape(
            name="",
            steps=tuple(self.steps.values()),
            passes=tuple(self.passes),
            rows=tuple(self.row_roots()),
            outer=tuple(self.outer_variables),
            inner=tuple(self.inner_variables),
            extents=extents,
            lane=self.lane,
            lanes=lanes,
            unroll=unroll,
            reads=reads,
            writes=writes,
            values=values,
            rising=self._rising(),
            linear=special.get("linear"),
            position=special.get("position"),
            memory=tuple((n, self._stored(n), self._kind(n)) for n in self.names),
            kinds=tuple(self._kinds()),
            sizes=tuple((n, self.slot(self._size(n))) for n in self.sizes),
            scalars=tuple(self.attributes.items()),
            saved=tuple(saved),
            scratch=scratch,
            scratch_form=scratch_form,
            cut=cut,
            partial=self.partial,
            checked=self._checked(),
            across=self.across,
            owners=self.slot(self._owners(block)) if self.owned and block is not None else None,
            strip=strip,
            units=self.slot(units),
            grain=self.slot(grain),
            blocks=None if block is None else self.slot(self._blocks(block)),
            block=None if block is None else self.slot(block),
            tall=None if self.tall is None else self.slot(self._rows()),
            tile=tile,
            twin=self._twin(),
            again=self._again(),
            far=lies_far(self),
            named=names_rows(self),
            random=self.context.inference.random,
            words=tuple((w, *self._word(w)) for w in self.words),
            numbers=len(self.numbers),
        )
        return shape, chunks

    def _twin(self) -> str | None:
        """The variable over pairs of elements that lie side by side along the lanes."""
        outside = self.lane is not None and self.lane in self.outer_variables
        if not outside or self.cut is not None or not self.inner_variables:
            return None
        last = self.inner_variables[-1]
        found = any(
            access.form.coefficient(self.lane or "") == 2 and access.form.coefficient(last) == 1
            for access in self.forms.accesses.values()
            if not access.computed
        )
        return last if found and self.forms.extents[last] == 2 else None

    def _again(self) -> bool:
        """Whether rows lie side by side, every other one of something read or written with elements
        between, and nothing that is written is read, whatever memory the call gives."""
        if self.lane is None or self.lane not in self.outer_variables or self.tiling is not None:
            return False
        read = {key.tensor for key in self.forms.accesses if isinstance(key, Read)}
        if not all(map(self.context.is_apart, read)):
            return False  # what was written over would be worked on once more
        accesses = self.forms.accesses.values()
        pairs = any(a.form.coefficient(self.lane) == 2 and not a.computed for a in accesses)
        return pairs and all(step.form in ("map", "reduce") for step in self.steps.values())

    def _strip(self, block: int, chunks: int) -> StripShape:
        """Reserves scratch memory for the accumulators of a block of rows."""
        for place in self.kept:
            self._make_scratch(place, block * chunks)
        return StripShape(tuple(self.kept), self.slot(block), find_moments(self))

    def _checked(self) -> bool:
        """A computed place can be out of range, or a division of integers be by zero."""
        places = [c.index for a in self.forms.accesses.values() for c in a.computed]
        if not all(isinstance(place, Probe) for place in places):
            return True
        inference = self.context.inference
        return any(
            isinstance(node, Call)
            and failure(node.function, node.arguments, self.attributes) != 0
            and inference.expression(node).category != 2
            for step in self.steps.values()
            for node in walk(step.value)
        )

    def _tile(self, chunks: int) -> TileShape:
        """Reserves scratch memory; the structure of a tile."""
        tiling = self.tiling
        assert tiling is not None
        temporaries = self.context.temporaries
        for name in (*tiling.fetches, *tiling.puts):
            elements = chunks * tiling.block**2
            if name in temporaries:
                elements = max(elements, temporaries[name].elements)
            self._make_scratch(name, elements)
        return TileShape(
            tiling.variable,
            self.slot(-(-self.forms.extents[tiling.variable] // tiling.block)),
            self.context.target.vector_bytes,
            tuple((name, self.access_shape(a)) for name, a in tiling.fetches.items()),
            tuple((name, self.access_shape(a)) for name, a in tiling.puts.items()),
        )

    def _word(self, word: str) -> tuple[Kind, Scalar]:
        named = self.context.inference.named(word)
        return of_dtype(named), STORED[named.name]

    def _size(self, name: str) -> int:
        return size_extent(name, self.context.binding.sizes)

    def _stored(self, name: str) -> Scalar:
        if self._is_scratch(name):
            return self._kind(name).stored
        return self.context.stored(name.split("|")[0])

    def _kind(self, name: str) -> Kind:
        kept = self.kept.get(name)
        return kept or self.context.inference.tensor(name.split("#")[0].split("|")[0])

    def _is_scratch(self, name: str) -> bool:
        return "#" in name

    def _kinds(self) -> list[tuple[str, Kind]]:
        inference = self.context.inference
        kinds = [(name, inference.tensor(name)) for name in self.steps]
        for name, step in self.steps.items():
            if step.form in ("reduce", "scan"):
                kinds.append((f"element of {name}", inference.expression(step.value)))
        return kinds

    def _inner_position(self) -> Form:
        terms: list[tuple[str, int]] = []
        step = 1
        for name in reversed(self.inner_variables):
            terms.append((name, step))
            step *= self.forms.extents[name]
        return Form(0, tuple(terms))

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
