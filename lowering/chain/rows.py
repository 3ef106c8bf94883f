"""The passes over the rows of a tile, and where rows end."""

from __future__ import annotations

from collections.abc import Mapping

from ...ops.language.expression import Index, Read
from ..emit.memory import Arguments, Typed
from ..emit.reduction import Accumulators, Reduction, tree
from ..emit.shape import AccessShape, FormShape
from ..ir.builder import Builder
from ..ir.loops import Value, Vector
from .elements import Elements, buffer_name
from .shape import LINE, ChainShape, RowPass

TOGETHER = 2  # vectors of a row at a time: a tile's width


class Rows:
    """Writes the passes over rows.

    Args:
        builder: Of the kernel.
        shape: Its structure.
        arguments: Memory and numbers.
    """

    def __init__(self, builder: Builder, shape: ChainShape, arguments: Arguments) -> None:
        self.b = builder
        self.shape = shape
        self.arguments = arguments
        slots = dict(shape.slots)
        self.pitch = slots["pitch"]
        steps, reads = shape.steps, shape.reads
        self.e = Elements(builder, shape, arguments, shape.row, shape.column, steps, reads)
        self.unless: Value | None = None
        if shape.bound is not None and shape.bound.unless is not None:
            self.unless = self.e.truth(shape.bound.unless, None)

    # -- where rows end ----------------------------------------------------------------------------

    def extent(self) -> Value:
        """Number of elements of a row."""
        slot = dict(self.shape.extents)[self.shape.column]
        return self.arguments.numbers[slot]

    def limit(self, row: Value) -> Value:
        """Number of elements of a row that are not ruled out."""
        b, bound, elements = self.b, self.shape.bound, self.extent()
        if bound is None:
            return elements
        most = b.minimum_index(b.plus(row, b.constant(bound.reach)), elements)
        return most if self.unless is None else b.select(self.unless, elements, most)

    def end(self, last: Value) -> Value:
        """Elements of a tile of rows that are computed, whole tiles; `last` is its last row."""
        b = self.b
        columns = self.shape.columns
        return b.whole(b.plus(self.limit(last), b.constant(columns - 1)), columns)

    def first(self, start: Value, element: Value) -> Value:
        """The first line of a block whose row has an element; of a tile of rows the first."""
        b, bound = self.b, self.shape.bound
        zero = b.constant(0)
        if bound is None:
            return zero
        line = b.minus(b.plus(element, b.constant(1 - bound.reach)), start)
        line = b.whole(b.maximum_index(line, zero), self.shape.height)
        return line if self.unless is None else b.select(self.unless, zero, line)

    # -- passes ------------------------------------------------------------------------------------

    def walk(
        self, point: Mapping[str, Value], start: Value, line: Value, lines: Value, end: Value
    ) -> None:
        """All passes over the rows of a tile."""
        b, e, shape = self.b, self.e, self.shape
        with b.loop(b.constant(0), lines) as at:
            here = b.plus(line, at.index)
            e.point = {**point, shape.row: b.plus(start, here), LINE: here}
            e.scopes.append({})
            for each in shape.passes:
                self._pass(each, end)
            for name in shape.results:
                value = e.read(Read(name, (Index(shape.row),)), None).value
                b.store(value, self.arguments.memory[f"{name}%"], here)
            e.scopes.pop()
            self._clear(here, end)

    def _pass(self, each: RowPass, end: Value) -> None:
        """One walk over the elements of a row."""
        b, e, shape = self.b, self.e, self.shape
        for name in each.maps:
            e.bind(name, e.as_kind(e.emit(e.steps[name].value), e.kinds[name]))
        if not each.folds and not each.stores:
            return
        places = (Index(shape.row), Index(shape.column))
        e.reads = dict(shape.reads)
        e.reads |= {Read(name, places): self._kept(number) for name, number in each.reads}
        folds = [Reduction(e.steps[n].kind, e.kinds[n]) for n in each.folds]
        elements = b.minimum_index(end, self.extent())
        width = shape.lanes * TOGETHER
        row = e.point[shape.row]
        whole = b.whole(self.limit(row), width)
        start = Accumulators(tuple(folds), shape.lanes, TOGETHER).start(b)
        e.holding = frozenset([shape.bound.condition] if shape.bound is not None else [])
        with b.loop(b.constant(0), whole, width, start) as loop:
            bases = [b.plus(loop.index, b.constant(k * shape.lanes)) for k in range(TOGETHER)]
            loop.next = self._elements(each, folds, bases, [None] * TOGETHER, loop.carried)
        e.holding = frozenset()
        first, *others = _by_copy(loop.results, TOGETHER)
        with b.loop(whole, elements, shape.lanes, first) as tail:
            mask = b.mask(b.minus(elements, tail.index), shape.lanes)
            tail.next = self._elements(each, folds, [tail.index], [mask], tail.carried)
        parts = [tail.results, *others]
        for number, (name, reduction) in enumerate(zip(each.folds, folds)):
            merged = tree(b, reduction, [[part[number]] for part in parts])
            value = reduction.finish(b, reduction.across(b, merged))
            e.bind(name, Typed(value, reduction.result))

    def _kept(self, number: int) -> AccessShape:
        """Where a buffer keeps an element."""
        terms = ((LINE, self.pitch), (self.shape.column, None))
        return AccessShape(buffer_name(number), FormShape(None, terms))

    def _elements(
        self, each: RowPass, folds: list[Reduction], bases: list[Value],
        masks: list[Value | None], carried: list[Value],
    ) -> list[Value]:  # fmt: skip
        """A few vectors of a row: folded, and kept once all of them are read."""
        e = self.e
        e.at(bases, masks)
        e.scopes.append({})
        after, kept = [], []
        for copy, before in enumerate(_by_copy(carried, len(bases))):
            e.copy = copy
            for name, reduction, old in zip(each.folds, folds, before):
                value = self._vector(name, reduction.accumulator.scalar)
                after += reduction.update(self.b, [old], value, masks[copy], None)
            for name, number in each.stores:
                kept.append((copy, self._vector(name, self.shape.scalar), number))
        for copy, value, number in kept:
            e.copy = copy
            mask, e.masks = e.masks, [None] * len(bases)  # lines have room for whole vectors
            e.store(value, self._kept(number))
            e.masks = mask
        e.scopes.pop()
        e.at([], [])
        return after

    def _vector(self, name: str, scalar: object) -> Value:
        """What a step computes, in all lanes."""
        e = self.e
        step = e.steps[name]
        place = Read(name, (Index(self.shape.row), Index(self.shape.column)))
        value = e.as_kind(e.emit(place if step.form == "map" else step.value), e.kinds[name])
        assert value.kind.scalar == scalar
        return value.value if isinstance(value.value.type, Vector) else e.spread(value.value)

    def _clear(self, line: Value, end: Value) -> None:
        """Zeros after the end of a row, where a product over rows reads beyond it."""
        b, shape = self.b, self.shape
        zero = b.constant(0.0, Vector(shape.lanes, shape.scalar))
        for number in shape.cleared:
            memory = self.arguments.memory[buffer_name(number)]
            place = b.plus(b.times(line, self.arguments.numbers[self.pitch]), end)
            for k in range(shape.vectors):
                b.vector_store(zero, memory, b.plus(place, b.constant(k * shape.lanes)))


def _by_copy(values: list[Value], copies: int) -> list[list[Value]]:
    """Accumulators of each copy."""
    width = len(values) // copies
    return [values[k * width : (k + 1) * width] for k in range(copies)]
