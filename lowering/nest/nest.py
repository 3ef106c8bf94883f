"""Steps -> one launch: how memory is walked, over which variable the lanes run, how work is cut.

The nest of any group comes from here; the schedules differ in what they let it choose.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from ...ops.dataclass import dataclass
from ...ops.dtype import dtype, float64, int64
from ...ops.language.expression import Call, Expression, Read, walk
from ..emit.nest import emit_nest
from ..emit.shape import (
    AccessShape,
    ComputedShape,
    Cut,
    FormShape,
    NestShape,
    StripShape,
    TileShape,
)
from ..ir.kinds import STORED, Kind, of_dtype
from ..ir.loops import Scalar
from ..launch import Kernel, Launch, LaunchArgument, Number, Pointer, ScalarArgument, Status
from ..naming import kernel_name
from ..program.halving import Probe
from ..program.layout import Access, Form
from ..program.program import failure, size_extent
from .accesses import PIECE
from .fetching import lies_far, names_rows
from .layout_class import layout_class
from .space import TURNS
from .strip import accumulators, find_moments
from .work import NestWork

WITH_MOMENTS = 4
"""Vectors at a time where a sum and squared distances are folded together."""


@dataclass
class Nest(NestWork):
    """A nest that can be launched: its structure apart from its numbers."""

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
        kernel = Kernel(key, lambda: emit_nest(shape), layout=layout_class(shape))
        return Launch(kernel, tuple(arguments), chunks)

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

    def _kinds(self) -> list[tuple[str, Kind]]:
        inference = self.context.inference
        kinds = [(name, inference.tensor(name)) for name in self.steps]
        for name, step in self.steps.items():
            if step.form in ("reduce", "scan"):
                kinds.append((f"element of {name}", inference.expression(step.value)))
        return kinds
