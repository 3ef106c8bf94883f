"""What a kernel stores, and where: results, and values that a pass keeps for later ones."""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.builder import Builder
from ..ir.loops import F64, I64, INDEX, Memref, Scalar, Value, Vector
from ..naming import memory_name
from .expression import ExpressionEmitter
from .memory import Arguments, Typed
from .shape import AccessShape, NestShape


class StoreEmitter:
    """Writes to the memory of one kernel, whose arguments it declares.

    Attributes:
        expression_emitter: The class that writes what is computed at a place.
    """

    expression_emitter = ExpressionEmitter

    def __init__(self, shape: NestShape) -> None:
        self.shape = shape
        self.b = Builder(shape.name)
        self.arguments = self._arguments()
        self.e = self.expression_emitter(self.b, shape, self.arguments)
        self.numbers = self.arguments.numbers
        self.extents = {name: self.numbers[slot] for name, slot in shape.extents}
        self.writes = dict(shape.writes)
        self.saved = dict(shape.saved)
        self.stored = {name: scalar for name, scalar, _ in shape.memory}
        self.lane_inside = shape.lane is not None and shape.lane in shape.inner
        self.first_twins: dict[tuple[str, int], tuple[Value, Value]] | None = None
        self.scratch_row = self.b.chunk  # whose part of the scratch memory is in use

    def _arguments(self) -> Arguments:
        arguments = Arguments()
        if self.shape.checked:
            arguments.status = self.b.argument(Memref(I64), "status")
        for number, (name, scalar, _) in enumerate(self.shape.memory):
            arguments.memory[name] = self.memory(number, name, scalar)
        for number, (name, kind) in enumerate(self.shape.scalars):
            wide = F64 if kind.category == 2 else I64
            value = self.b.argument(wide, f"s{number}_{name}")
            arguments.scalars[name] = Typed(value, kind)
        for slot in range(self.shape.numbers):  # last: what changes from call to call is in front
            arguments.numbers.append(self.b.argument(INDEX, f"n{slot}"))
        return arguments

    def memory(self, number: int, name: str, scalar: Scalar) -> Value:
        """An operand, a temporary or scratch memory: an argument of the function."""
        return self.b.argument(Memref(scalar), memory_name(number, name))

    def divided(self, number: Value, divisor: Value) -> tuple[Value, Value]:
        """Quotient and remainder of a number that is not negative."""
        return self.b.divided(number, divisor)

    def place_row(self, unit: Value, rows: Sequence[str]) -> None:
        """Outer variables from the number of a row."""
        for name in reversed(rows[1:]):
            unit, self.e.point[name] = self.divided(unit, self.extents[name])
        if rows:
            self.e.point[rows[0]] = unit

    def write(self, target: str, value: Value) -> None:
        """Stores a value at its place in memory."""
        access = self.writes[target]
        if self.first_twins is None or not self._lies_between(access):
            self.store(value, access, self.stored[access.tensor])
            return
        first = self.first_twins.pop((target, self.e.copy), None)
        value = self.e.spread(self.b.convert(value, self.stored[access.tensor]))
        if first is None:
            base, _ = self.e.address(access, None)
            self.first_twins[target, self.e.copy] = value, base
        else:
            self.store_twins(first[0], value, self.arguments.memory[access.tensor], first[1])

    def _lies_between(self, access: AccessShape) -> bool:
        """The element lies between those of neighbouring lanes."""
        slots = dict(access.form.terms)
        alone = self.shape.twin in slots and slots[self.shape.twin] is None
        return access.pairs and alone and not access.computed

    def store_twins(self, first: Value, second: Value, memory: Value, base: Value) -> None:
        """Stores two vectors, the elements of one between those of the other."""
        b, lanes, mask = self.b, self.shape.lanes, self.e.mask
        for start in (0, lanes // 2):
            half = range(start, start + lanes // 2)
            value = b.shuffle(first, second, [k for lane in half for k in (lane, lane + lanes)])
            admitted = mask and b.shuffle(mask, mask, [lane for lane in half for _ in (0, 1)])
            b.vector_store(value, memory, b.plus(base, b.constant(2 * start)), admitted)

    def write_row(self, target: str, value: Value) -> None:
        """Stores a value of which a row has one."""
        self.write(target, value)

    def store(self, value: Value, access: AccessShape, scalar: Scalar) -> None:
        """Stores a scalar or a vector; the lanes of the mask."""
        b, e = self.b, self.e
        value = b.convert(value, scalar)
        memory = self.arguments.memory[access.tensor]
        base, offsets = e.address(access, None)
        if self.shape.lanes == 1 or (offsets is None and not access.form.has(self.shape.lane)):
            if isinstance(value.type, Vector):  # the lane variable has extent 1
                value = b.extract(value, 0)
            b.store(value, memory, base)
        elif offsets is None:
            e.vector_store(e.spread(value), memory, base)
        else:
            mask = e.mask
            if mask is None:
                mask = b.constant(True, Vector(self.shape.lanes, Scalar("i1")))
            b.scatter(e.spread(value), memory, base, offsets, mask)

    def shaped(self, value: Value, vector: bool) -> Value:
        """The value as a vector where accumulators are vectors."""
        return self.e.spread(value) if vector else value

    def saved_access(self, name: str) -> AccessShape | None:
        """Where a saved value lies in an output; None if it lies in scratch memory."""
        return self.writes.get(self.saved[name])

    def save(self, target: str, value: Value) -> None:
        """Keeps a value of this element for a later pass."""
        access = self.saved_access(target)
        if access is not None:
            self.store(value, access, self.stored[access.tensor])
            return
        memory = self.arguments.memory[self.saved[target]]
        value = self.b.convert(value, self.stored[self.saved[target]])
        index = self.scratch_index()
        if self.shape.lanes > 1:
            self.b.vector_store(self.e.spread(value), memory, index, self.e.mask)
        else:
            self.b.store(value, memory, index)

    def scratch_load(self, name: str) -> Value:
        memory = self.arguments.memory[self.saved[name]]
        index = self.scratch_index()
        if self.shape.lanes > 1:
            return self.b.vector_load(memory, index, self.shape.lanes, self.e.mask)
        return self.b.load(memory, index)

    def scratch_index(self) -> Value:
        """Place of this element (or of its first lane) in the chunk's scratch row."""
        b, shape = self.b, self.shape
        assert shape.scratch is not None and shape.scratch_form is not None
        start = b.times(self.scratch_row, self.numbers[shape.scratch])
        position = self.e.evaluate_base(shape.scratch_form)
        if shape.lane is not None and not self.lane_inside:
            position = b.times(position, b.constant(shape.lanes * shape.unroll))
            position = b.plus(position, b.constant(self.e.copy * shape.lanes))
        return b.plus(start, position)
