"""An order among a program's steps -> launches.

Rows are brought together in memory where they are not, sorted or searched, and results put where
they belong. Maps beside the order that only read its elements come out of the same kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...ops.dtype import bool_, dtype, int64
from ...ops.errors import BackendError
from ...ops.language.expression import Expression, Index, Read
from ..ir.kinds import STORED, of_dtype
from ..launch import Launch, Pointer, Schedule, Target, Temporary
from ..nest import tile
from ..nest.nest import Nest
from ..program.context import dtype_of
from ..program.gather import integer
from ..program.layout import Space
from ..program.program import BATCH, PREFIX, Step, Tensor, factors_of, substitute
from . import first, long, rows, select
from .keys import Elements, elements_of
from .partition import partition_rows
from .rows import Wanted

LONGEST_ROW = 1 << 32


def match(nest: Nest) -> bool:
    """Elements of rows are put in order."""
    return any(step.form == "order" for step in nest.steps.values())


def build(nest: Nest) -> list[Launch]:
    """The launches of an order, and of the maps beside it."""
    return Planner(nest).build()


def sort(
    elements: Elements, count: int, length: int, kept: int, wanted: Wanted, target: Target
) -> Schedule:
    """Rows sorted: `input` to the first `kept` of each row of `values` and `indices`.

    Raises:
        BackendError: Rows are too long.
    """
    if length > LONGEST_ROW:
        raise BackendError(f"a row that is put in order must have at most 2**32 elements: {length}")
    if first.is_few(length, kept):
        return first.first_of_rows(elements, count, length, kept, wanted, target)
    together = count <= long.FEW_ROWS and length > long.PIECE
    plan = long.sort_long if together else rows.sort_rows
    return plan(elements, count, length, kept, wanted, target)


class Planner:
    """Plans one order.

    Attributes:
        step: The order.
        values: The map that gives its elements; None if none does.
        moved: The map that reads another row at its places, where truth values are parted; None if
            none does.
        rest: Other maps over what it gives.
    """

    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.context = context = nest.context
        self.step = step = next(s for s in nest.steps.values() if s.form == "order")
        self.rest = {n: s for n, s in nest.steps.items() if s is not step}
        self.values = next(filter(self.gives_elements, self.rest.values()), None)
        if self.values is not None:
            del self.rest[self.values.target]
        self.moved: Step | None = None
        self.last = step.free[-1:] if step.kind == "first" else ()
        self.rows = tuple(i for i in step.free if i not in self.last)
        self.space = Space(context.binding, context.program, context.strides)
        for index in (*step.free, *step.bound):
            self.space.add(index)
        self.before: list[Launch] = []
        self.after: list[Launch] = []

    def build(self) -> list[Launch]:
        """All launches, in order."""
        step = self.step
        count, length = self.space.total(self.rows), self.space.total(step.bound)
        if self.parts_truths:
            self.moved = next(filter(self.moves_elements, self.rest.values()), None)
        if self.moved is not None:
            del self.rest[self.moved.target]
        wanted = Wanted(self.values is not None, step.target in self.nest.roots or bool(self.rest))
        kept = self.space.total(self.last)
        if wanted.indices:
            self.reserve(step.target, int64)
        if count * length * kept:
            memory = {"input": self.source()}
            if self.values is not None:
                memory["values"] = self.result(self.values, self.element)
            if wanted.indices:
                memory["indices"] = self.result(step, int64)
            self.before += self.order(count, length, kept, wanted, memory)
        if self.rest:
            roots = [name for name in self.nest.roots if name in self.rest]
            self.after.append(self.walk(self.rest, roots, step.free))
        return [*self.before, *self.after]

    @property
    def parts_truths(self) -> bool:
        """Truth values are parted, and nobody asks for themselves in order."""
        return self.step.kind == "first" and self.element is bool_ and self.values is None

    def moves_elements(self, step: Step) -> bool:
        """A map goes to memory, and each of its values stands at a place in a row of its own."""
        found = Read(self.step.target, self.step.indices)
        if step.target not in self.nest.roots or not isinstance(step.value, Read):
            return False
        name = step.value.tensor
        if step.value.indices != (found,) or self.context.program.tensors[name].role == "output":
            return False
        row = Read(name, (Index(self.step.bound[0]),))
        if self.context.program.tensors[name].axes != (factors_of(row.indices[0]),):
            return False
        same = self.context.stored(name) == self.context.stored(step.target)
        return same and self.is_dense(row, (*self.rows, *self.step.bound))

    def gives_elements(self, step: Step) -> bool:
        """A map goes to memory, and each of its values is the element whose place was found."""
        found = {self.step.bound[0]: Read(self.step.target, self.step.indices)}
        return step.target in self.nest.roots and step.value == substitute(self.step.value, found)

    def order(
        self, count: int, length: int, kept: int, wanted: Wanted, memory: dict[str, str]
    ) -> list[Launch]:
        """The launches that sort rows, or look for one place in each."""
        step, target = self.step, self.context.target
        elements = elements_of(self.element, step.reverse)
        if self.parts_truths:
            moved = None
            if self.moved is not None:
                assert isinstance(self.moved.value, Read)
                memory["source"] = self.moved.value.tensor
                memory["values"] = self.result(self.moved, self.dtype_of(self.moved.target))
                moved = self.context.stored(self.moved.target)
            wanted = Wanted(moved is not None, wanted.indices)
            plan = partition_rows(count, length, kept, step.reverse, target, wanted, moved)
            return self.named(plan, memory)
        if step.kind == "first":
            return self.named(sort(elements, count, length, kept, wanted, target), memory)
        place = self.place(length, memory)
        plan = select.select_of_rows(elements, count, length, place, wanted, target)
        return self.named(plan, memory)

    def place(self, length: int, memory: dict[str, str]) -> int | None:
        """The one place that is wanted, where it is known and exists; else memory for `places`."""
        assert self.step.place is not None
        place = integer(self.step.place, self.context.binding)
        if place is not None and 0 <= place < length:
            return place
        memory["places"] = self.places(self.step.place)
        return None

    def named(self, plan: Schedule, memory: Mapping[str, str]) -> list[Launch]:
        """The launches of a plan over memory with names of its own."""
        names = dict(memory)
        for each in plan.temporaries:
            names[each.name] = name = self.own(each.name)
            self.context.temporaries[name] = replace(each, name=name)

        def renamed(launch: Launch) -> Launch:
            arguments = (
                Pointer(names[a.operand]) if isinstance(a, Pointer) else a for a in launch.arguments
            )
            return replace(launch, arguments=tuple(arguments))

        return [renamed(launch) for launch in plan.launches]

    # -- memory ------------------------------------------------------------------------------------

    def own(self, name: str) -> str:
        """The name of memory that only this order uses."""
        return f"{self.step.target}~{name}"

    @property
    def element(self) -> dtype:
        """The dtype of what is put in order, in memory."""
        assert isinstance(self.step.value, Read)
        return self.dtype_of(self.step.value.tensor)

    def dtype_of(self, name: str) -> dtype:
        """The dtype of a tensor in memory."""
        if self.context.program.tensors[name].role == "temporary":
            return dtype_of(self.context.inference.tensor(name))
        return self.context.binding.dtypes[name]

    def source(self) -> str:
        """Memory where the rows lie one after the other."""
        step, places = self.step, (*self.rows, *self.step.bound)
        assert isinstance(step.value, Read)
        if self.is_dense(step.value, places):
            return step.value.tensor
        made = self.temporary("input", places, self.element)
        free = (*self.batch, *self.core(places))
        copy = Step(made.tensor, made.indices, free, (), "map", "", step.value)
        self.before.append(self.walk({made.tensor: copy}, [made.tensor], free))
        return made.tensor

    def places(self, place: Expression) -> str:
        """Memory with the place that is wanted in each row."""
        made = self.temporary("places", self.rows, int64)
        step = Step(made.tensor, made.indices, self.rows, (), "map", "", place)
        self.before.append(self.walk({made.tensor: step}, [made.tensor], self.rows))
        return made.tensor

    def result(self, step: Step, kind: dtype) -> str:
        """Memory for a result, row after row; it is copied to where it belongs if that differs."""
        written = Read(step.target, step.indices)
        places = (*self.rows, *self.last)
        exact = self.context.stored(step.target) == STORED[kind.name]
        if exact and self.is_dense(written, places):
            return step.target
        made = self.temporary("indices" if step is self.step else "values", places, kind)
        copy = Step(step.target, step.indices, step.free, (), "map", "", made)
        self.after.append(self.walk({step.target: copy}, [step.target], step.free))
        return made.tensor

    def is_dense(self, read: Read, places: tuple[str, ...]) -> bool:
        """Elements of memory lie one after the other as indices count through them."""
        tensor = self.context.program.tensors[read.tensor]
        if tensor.role != "temporary" and read.tensor not in self.context.strides:
            return False
        access = self.space.access(read.tensor, read.indices, ())
        wanted = self.space.row_major(places)
        return not (access.computed or access.form.offset) and all(
            access.form.coefficient(name) == wanted.coefficient(name)
            for name, extent in self.space.extents.items()
            if extent != 1
        )

    @property
    def batch(self) -> tuple[str, ...]:
        """The batch indices of rows."""
        return tuple(i for i in self.rows if i in (PREFIX, BATCH))

    def core(self, places: tuple[str, ...]) -> tuple[str, ...]:
        """Indices without those of the batch."""
        return tuple(i for i in places if i not in (PREFIX, BATCH))

    def temporary(self, name: str, places: tuple[str, ...], kind: dtype) -> Read:
        """A read of new memory whose elements lie as indices count through them."""
        name, indices = self.own(name), tuple(map(Index, self.core(places)))
        axes = tuple(factors_of(index) or () for index in indices)
        batched = BATCH in self.rows
        self.context.program.tensors[name] = Tensor(name, axes, batched, "temporary")
        self.context.inference.declare(name, of_dtype(kind))
        self.reserve(name, kind)
        return Read(name, indices)

    def reserve(self, name: str, kind: dtype) -> None:
        """Gives a temporary memory, if it has none."""
        tensor = self.context.program.tensors[name]
        if tensor.role == "temporary" and name not in self.context.temporaries:
            elements = self.space.elements(tensor)
            self.context.temporaries[name] = Temporary(name, kind, elements)

    def walk(self, steps: dict[str, Step], roots: list[str], free: tuple[str, ...]) -> Launch:
        """The launch of maps over some indices."""
        (launch,) = self.pointwise(type(self.nest)(self.context, steps, roots, free, ()))
        return launch

    def pointwise(self, nest: Nest) -> list[Launch]:
        """The launch of maps."""
        return tile.build(nest) if tile.match(nest) else [nest.launch()]
