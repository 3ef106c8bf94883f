"""What is computed at an element of a chain: expressions at a row and a vector of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from ...ops.language.expression import Expression, Index, Read
from ..contraction.shape import SUM
from ..emit.expression import ExpressionEmitter
from ..emit.memory import Arguments, Typed
from ..emit.shape import AccessShape, FormShape, NestShape
from ..ir.builder import Builder
from ..ir.kinds import Kind
from ..ir.loops import I1, Value, Vector
from ..program.program import Step
from .shape import LINE, ChainShape, Tail


def buffer_name(number: int) -> str:
    """The name of a buffer of elements."""
    return f"%buffer{number}"


class Elements(ExpressionEmitter):
    """Computes expressions at a row (`point`) and at vectors of columns (`bases`)."""

    def __init__(
        self, builder: Builder, shape: ChainShape, arguments: Arguments, row: str, column: str,
        steps: Sequence[Step], reads: Sequence[tuple[Read, AccessShape]],
    ) -> None:  # fmt: skip
        super().__init__(builder, _nest(shape, row, column, steps, reads), arguments)
        self.given: dict[Expression, Typed] = {}

    @classmethod
    def of_tail(
        cls, builder: Builder, shape: ChainShape, tail: Tail, arguments: Arguments
    ) -> Elements:
        """For the results of a product of rows."""
        places = (Index(shape.row),)
        line = FormShape(None, ((LINE, None),))
        values = [(Read(name, places), AccessShape(f"{name}%", line)) for name in shape.results]
        return cls(builder, shape, arguments, tail.row, tail.column, (), (*tail.reads, *values))

    def read(self, node: Read, guard: Value | None) -> Typed:
        """An element that is given, in memory, or computed."""
        found = self.given.get(node)
        return super().read(node, guard) if found is None else found

    def at(self, bases: list[Value], masks: list[Value | None]) -> None:
        """Moves on to other columns."""
        self.bases, self.masks, self.copy = bases, masks, 0

    def write(self, tail: Tail, total: Value, column: Value, mask: Value | None) -> None:
        """Writes a vector of results, given their sums."""
        self.given = {Read(SUM): Typed(total, Kind(self.shape.random.scalar))}
        self.at([column], [mask])
        self.scopes.append({})
        value = self.as_kind(self.emit(tail.epilogue), self.kinds[tail.target])
        self.store(value.value, tail.result)
        self.scopes.pop()

    def store(self, value: Value, access: AccessShape) -> None:
        """Writes a vector to memory, the lanes of the mask."""
        b, memory = self.b, self.arguments.memory[access.tensor]
        stored = self.spread(b.convert(value, memory.type.element))  # type: ignore[union-attr]
        base, offsets = self.address(access, None)
        if offsets is not None:
            every = b.constant(True, Vector(self.shape.lanes, I1))
            b.scatter(stored, memory, base, offsets, self.mask if self.mask is not None else every)
        elif access.form.has(self.shape.lane):
            b.vector_store(stored, memory, base, self.mask)
        else:  # there is one column
            b.store(b.extract(stored, 0), memory, base)


def _nest(
    shape: ChainShape, row: str, column: str, steps: Sequence[Step],
    reads: Sequence[tuple[Read, AccessShape]],
) -> NestShape:  # fmt: skip
    """What an emitter of expressions must know of a chain."""
    places = {index: FormShape(None, ((index, None),)) for index in (row, column)}
    number = Kind(shape.scalar)
    scratch = [(buffer_name(k), shape.scalar, number) for k in range(shape.buffers)]
    scratch += [(head.name, shape.scalar, number) for head in shape.heads]
    for step in shape.steps:
        scratch += [(name, shape.scalar, number) for name in (step.target, f"{step.target}%")]
    known: dict[str, object] = {
        "name": shape.name, "outer": (*shape.outer, row, LINE), "inner": (column,),
        "lane": column, "lanes": shape.lanes, "memory": (*shape.memory, *scratch),
        "sizes": shape.sizes, "kinds": shape.kinds, "scalars": shape.scalars,
        "words": shape.words, "steps": tuple(steps), "reads": tuple(reads), "writes": (),
        "values": tuple((Index(name), form) for name, form in places.items()), "saved": (),
        "numbers": shape.numbers, "random": number,
    }  # fmt: skip
    absent = {item.name: None for item in fields(NestShape)}
    return NestShape(**(absent | known))  # type: ignore[arg-type]
