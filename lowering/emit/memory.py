"""Elements of memory at a place of a nest: addresses, masks, guards, checks of computed places."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import field

from ...ops.dataclass import dataclass
from ...ops.language.expression import Expression
from ..ir.builder import Builder, element
from ..ir.kinds import WEAK_INTEGER, Kind
from ..ir.loops import I1, I32, I64, INDEX, Memref, Scalar, Value, Vector
from ..launch import OUT_OF_RANGE
from ..program.halving import Probe
from ..program.program import Step
from .call import both, negate
from .shape import AccessShape, ComputedShape, FormShape, NestShape


@dataclass(frozen=True)
class Typed:
    """A value, its kind, and the number that it is if it is one written in the entry."""

    value: Value
    kind: Kind
    number: int | float | bool | None = None


@dataclass
class Arguments:
    """The function's arguments by what they stand for."""

    memory: dict[str, Value] = field(default_factory=dict)
    numbers: list[Value] = field(default_factory=list)
    scalars: dict[str, Typed] = field(default_factory=dict)
    status: Value | None = None


class MemoryEmitter(ABC):
    """Reads memory in the scopes of a nest under construction.

    Attributes:
        point: Loop variable -> its current value; the lane variable is in `bases`.
        bases: For each copy of the unrolled lane loop, the lane variable in lane 0.
        masks: For each copy, the lanes that count; None for all.
        full: Whether all lanes count, where that is asked as the kernel runs; else None.
        copy: The copy being emitted.
        origins: Scratch memory of the tile at hand -> where its first element would lie.
        holding: Conditions that the loops at hand obey.
    """

    def __init__(self, builder: Builder, shape: NestShape, arguments: Arguments) -> None:
        self.b = builder
        self.shape = shape
        self.arguments = arguments
        self.reads = dict(shape.reads)
        self.values = dict(shape.values)
        self.steps: dict[str, Step] = {step.target: step for step in shape.steps}
        self.kinds = dict(shape.kinds)
        self.memory_kinds = {name: kind for name, _, kind in shape.memory}
        self.words = {word: (kind, scalar) for word, kind, scalar in shape.words}
        self.sizes = dict(shape.sizes)
        self.point: dict[str, Value] = {}
        self.bases: list[Value] = []
        self.masks: list[Value | None] = []
        self.full: Value | None = None
        self.copy = 0
        self.origins: dict[str, Value] = {}
        self.holding: frozenset[Expression] = frozenset()
        self.scopes: list[dict[object, Typed]] = [{}]

    @abstractmethod
    def emit(self, node: Expression, guard: Value | None = None) -> Typed:
        """The value of an expression; see `ExpressionEmitter`."""

    def find(self, key: object) -> Typed | None:
        """What an enclosing scope knows about a key."""
        for scope in reversed(self.scopes):
            if key in scope:
                return scope[key]
        return None

    def find_computed(self, guard: Value | None, *key: object) -> Typed | None:
        """What is known about a key for the current copy, or was before the loop over the lanes: it
        is the same in all of them, then."""
        copy = self.copy if self._in_lanes() else None
        found = self.find((copy, *key, id(guard) if guard is not None else 0))
        if found is None and guard is None and copy is not None:
            found = self.find((None, *key, 0))
        return found

    def keep_computed(self, value: Typed, guard: Value | None, *key: object) -> None:
        """Makes it known to this scope."""
        copy = self.copy if self._in_lanes() else None
        self.scopes[-1][(copy, *key, id(guard) if guard is not None else 0)] = value

    def bind(self, name: str, value: Typed) -> None:
        """Makes the value of a step known to this scope, for the current copy."""
        self.scopes[-1]["step", name, self.copy if self._in_lanes() else None] = value

    def _in_lanes(self) -> bool:
        return bool(self.bases)

    @property
    def mask(self) -> Value | None:
        """Lanes of the current copy that count."""
        return self.masks[self.copy] if self.masks else None

    def to_integer(self, value: Value) -> Value:
        """An `index` as i64."""
        return self.b.convert(value, I64)

    def to_index(self, value: Typed) -> Value:
        """An integer as `index`."""
        return self.b.convert(value.value, INDEX, value.kind.signed)

    def spread(self, value: Value) -> Value:
        """The value in every lane."""
        return self.b.broadcast(value, self.shape.lanes) if self.shape.lanes > 1 else value

    def alike(self, values: list[Value]) -> list[Value]:
        """Values as vectors if one of them is one."""
        if any(isinstance(value.type, Vector) for value in values):
            return [self.spread(value) for value in values]
        return values

    def load(self, access: AccessShape, guard: Value | None) -> Value:
        """An element, or a vector of elements, in the kind in which it is computed."""
        memory = self.arguments.memory[access.tensor]
        guard = None if access.safe else guard
        base, offsets = self.address(access, guard)
        mask = self.mask
        if offsets is None and not (access.form.has(self.shape.lane) and self.shape.lanes > 1):
            if guard is not None and isinstance(guard.type, Vector):
                # One element for all lanes: it is there if any of them wants it.
                guard = self.b.reduction("or", guard if mask is None else both(self.b, mask, guard))
            return self.from_memory(access.tensor, self.scalar_load(memory, base, guard))
        if guard is not None:
            spread = self.spread(guard)
            mask = spread if mask is None else both(self.b, mask, spread)
        if offsets is None:
            loaded = self.vector_load(memory, base, mask)
        elif access.pairs:
            loaded = self.load_pairs(memory, base, mask, guard is not None)
        elif access.mirrored:
            loaded = self.load_mirrored(memory, base, mask)
        else:
            full = self.b.constant(True, Vector(self.shape.lanes, I1))
            loaded = self.b.gather(memory, base, offsets, full if mask is None else mask)
        return self.from_memory(access.tensor, loaded)

    def load_mirrored(self, memory: Value, base: Value, mask: Value | None) -> Value:
        """Elements from `base` downwards, one for each lane that counts."""
        b, last = self.b, self.shape.lanes - 1
        down = range(last, -1, -1)
        if mask is not None:
            mask = b.shuffle(mask, mask, tuple(down))
        first = b.minus(base, b.constant(last))
        loaded = b.vector_load(memory, first, last + 1, mask)
        return b.shuffle(loaded, loaded, tuple(down))

    def vector_load(self, memory: Value, base: Value, mask: Value | None) -> Value:
        """Elements that lie side by side; zero in lanes that the mask leaves out."""
        b, lanes = self.b, self.shape.lanes
        if self.full is None or mask is not self.mask:
            return b.vector_load(memory, base, lanes, mask)
        branch = b.branch(self.full, [Vector(lanes, element(memory.type))])
        with b.inside(branch.then) as yields:
            yields.append(b.vector_load(memory, base, lanes))
        with b.inside(branch.otherwise) as yields:
            yields.append(b.vector_load(memory, base, lanes, mask))
        return branch.results[0]

    def vector_store(self, value: Value, memory: Value, base: Value) -> None:
        """Writes elements that lie side by side, in the lanes that count."""
        b = self.b
        if self.full is None:
            b.vector_store(value, memory, base, self.mask)
            return
        branch = b.branch(self.full)
        with b.inside(branch.then):
            b.vector_store(value, memory, base)
        with b.inside(branch.otherwise):
            b.vector_store(value, memory, base, self.mask)

    def load_pairs(self, memory: Value, base: Value, mask: Value | None, guarded: bool) -> Value:
        """Every other element; what lies between, or beyond the last one, is not touched.

        Args:
            memory, base: Where the first one lies.
            mask: Lanes that count; None for all.
            guarded: They are rarely not all, as conditions inside of an image are.
        """
        b, lanes = self.b, self.shape.lanes
        if mask is not None and guarded:
            whole = b.branch(b.reduction("and", mask), [Vector(lanes, element(memory.type))])
            with b.inside(whole.then) as yields:
                yields.append(self.load_pairs(memory, base, None, False))
            with b.inside(whole.otherwise) as yields:
                yields.append(self.load_pairs(memory, base, mask, False))
            return whole.results[0]
        half = range(lanes // 2)
        first = second = None
        if mask is not None:
            none = b.constant(False, mask.type)
            first = b.shuffle(mask, none, [k for lane in half for k in (lane, lanes)])
            second = b.shuffle(none, mask, [k for lane in half for k in (0, lane + lanes * 3 // 2)])
        low = b.vector_load(memory, base, lanes, first)
        high = b.vector_load(memory, b.plus(base, b.constant(lanes - 1)), lanes, second)
        even, odd = range(0, lanes, 2), range(lanes + 1, 2 * lanes, 2)
        return b.shuffle(low, high, (*even, *odd))

    def scalar_load(self, memory: Value, index: Value, guard: Value | None) -> Value:
        """One element; zero where the guard does not hold."""
        if guard is None:
            return self.b.load(memory, index)
        assert isinstance(memory.type, Memref)
        branch = self.b.branch(guard, [memory.type.element])
        with self.b.inside(branch.then) as yields:
            yields.append(self.b.load(memory, index))
        with self.b.inside(branch.otherwise) as yields:
            yields.append(self.b.constant(0, memory.type.element))
        return branch.results[0]

    def from_memory(self, tensor: str, value: Value) -> Value:
        """A stored element in the kind in which it is computed."""
        kind = self.memory_kinds[tensor]
        return self.b.convert(value, kind.scalar, kind.signed)

    def address(self, access: AccessShape, guard: Value | None) -> tuple[Value, Value | None]:
        """Index of an element, and offsets of the lanes where those are not 0, 1, 2, ..."""
        lane = self.shape.lane
        base = self.evaluate_base(access.form)
        if access.tensor in self.origins:
            base = self.b.plus(base, self.origins[access.tensor])
        offsets: Value | None = None
        if self.shape.lanes > 1:
            slot = next((s for n, s in access.form.terms if n == lane), None)
            if slot is not None:
                stride = self.spread(self.arguments.numbers[slot])
                offsets = self.b.times(self.b.step(self.shape.lanes), stride)
        for computed in access.computed:
            place = self.place(access, computed, guard)
            for divisor, modulus, stride_slot in computed.dims:
                part = self.scaled(place, divisor, modulus, stride_slot)
                if isinstance(part.type, Vector):
                    if offsets is None and access.form.has(lane):
                        offsets = self.b.step(self.shape.lanes)
                    offsets = part if offsets is None else self.b.plus(offsets, part)
                else:
                    base = self.b.plus(base, part)
        return base, offsets

    def scaled(
        self, place: Value, divisor: int | None, modulus: int | None, stride: int | None
    ) -> Value:
        """`place // divisor % modulus * stride`."""
        numbers = self.arguments.numbers
        for name, slot in (("divui", divisor), ("remui", modulus), ("muli", stride)):
            if slot is not None:
                operands = self.alike([place, numbers[slot]])
                place = self.b.add(f"arith.{name}", operands, operands[0].type)
        return place

    def place(self, access: AccessShape, computed: ComputedShape, guard: Value | None) -> Value:
        """A computed place, checked: outside of its axis it is reported and counts as 0."""
        key = "place", access.tensor, computed
        found = self.find_computed(guard, *key)
        if found is not None:
            return found.value
        given = self.emit(computed.index, guard)
        index = self.to_index(given)
        if isinstance(computed.index, Probe):
            return index
        extent = self.arguments.numbers[computed.extent]
        first, second = self.alike([index, extent])
        inside = self.b.compare("ult", first, second)
        seen = self.b.convert(given.value, I64, given.kind.signed)
        self.report(inside, seen, self.to_integer(extent), guard)
        safe = self.b.select(inside, index, self.b.constant(0, index.type))
        self.keep_computed(Typed(safe, WEAK_INTEGER), guard, *key)
        return safe

    def report(
        self,
        inside: Value,
        seen: Value,
        extent: Value,
        guard: Value | None,
        what: int = OUT_OF_RANGE,
    ) -> None:
        """Writes what was seen, an i64, to the status where a value is not allowed and counts."""
        assert self.arguments.status is not None
        bad = negate(self.b, inside)
        for condition in (guard, self.mask):
            if condition is not None:
                first, second = self.alike([bad, condition])
                bad = both(self.b, first, second)
        vector = isinstance(bad.type, Vector)
        branch = self.b.branch(self.b.reduction("or", bad) if vector else bad)
        with self.b.inside(branch.then):
            if vector:
                least = self.b.constant(-(2**63), Vector(self.shape.lanes, I64))
                chosen = self.b.select(bad, self.spread(seen), least)
                seen = self.b.reduction("maxsi", chosen)
            words = [self.b.constant(what, I64), seen, extent]
            self.write_status(self.arguments.status, words)
        with self.b.inside(branch.otherwise):
            pass

    def write_status(self, status: Value, words: list[Value]) -> None:
        """Stores what went wrong, and what was seen."""
        for number, word in enumerate(words):
            self.b.store(word, status, self.b.constant(number))

    def evaluate_base(self, form: FormShape) -> Value:
        """The form in lane 0."""
        b, numbers = self.b, self.arguments.numbers
        order = {name: k for k, name in enumerate((*self.shape.outer, *self.shape.inner))}
        terms = sorted(form.terms, key=lambda term: order[term[0]])
        total: Value | None = None if form.offset is None else numbers[form.offset]
        lane: Value | None = None
        for name, slot in terms:
            if name == self.shape.lane:
                lane = self.bases[self.copy]
                lane = lane if slot is None else b.times(lane, numbers[slot])
                continue
            part = self.point[name]
            part = part if slot is None else b.times(part, numbers[slot])
            total = part if total is None else b.plus(total, part)
        if lane is not None:
            total = lane if total is None else b.plus(total, lane)
        return b.constant(0) if total is None else total

    def evaluate(self, form: FormShape, scalar: Scalar) -> Value:
        """The form in every lane, as integers of a type that is wide enough."""
        b, lanes = self.b, self.shape.lanes
        base = b.convert(self.evaluate_base(form), scalar)
        if lanes == 1 or not form.has(self.shape.lane):
            return base
        slot = next(s for n, s in form.terms if n == self.shape.lane)
        steps = b.convert(b.step(lanes), scalar)
        if slot is not None:
            step = b.convert(self.arguments.numbers[slot], scalar)
            steps = b.times(steps, self.spread(step))
        return b.plus(self.spread(base), steps)

    def integer(self, form: FormShape) -> Value:
        """The form in every lane, as i64; the compiler is told where fewer bits hold it."""
        return self.b.convert(self.evaluate(form, I32 if form.narrow else I64), I64)
