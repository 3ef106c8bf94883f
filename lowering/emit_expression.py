"""An expression at one place of a nest -> instructions.

A value is a scalar where it does not depend on the variable that runs over vector lanes, else a
vector. What was computed in a scope of the nest is not computed again inside it. Reads that could
lie outside of their tensor are made only where the conditions around them hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..ops.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Product,
    Read,
    Size,
)
from ..ops.primitives import DRAWS
from .builder import Builder, is_float
from .emit_call import both, emit_call, negate, random_bits, uniform
from .emit_halving import SearchEmitter
from .emit_memory import Arguments, Typed
from .halving import Halving
from .kinds import BOOL, COMPARISONS, WEAK_INTEGER, Kind, call_kinds, of_number, unify
from .launch import DIVIDED_BY_ZERO
from .loops import I64, Block, Value, Vector
from .positions import MIRRORED, Positions
from .program import conjunction, conjuncts, failure
from .shape import NestShape


class ExpressionEmitter(SearchEmitter):
    """Computes expressions in the scopes of a nest under construction."""

    def __init__(self, builder: Builder, shape: NestShape, arguments: Arguments) -> None:
        super().__init__(builder, shape, arguments)
        self.positions = Positions(builder, shape.lanes)

    # -- expressions -------------------------------------------------------------------------------

    def emit(self, node: Expression, guard: Value | None = None) -> Typed:
        """The value of an expression.

        Args:
            node: Without reductions.
            guard: Where the value is wanted; None for everywhere.
        """
        if guard is not None and not self.unsafe(node):
            guard = None
        copy = self.copy if self._in_lanes() else None
        key = (copy, node, id(guard) if guard is not None else 0)
        found = self.find(key)
        if found is None:
            found = self._emit(node, guard)
            self.scopes[-1][key] = found
        return found

    def know(self, node: Expression, value: Typed) -> None:
        """Makes the value of an expression known to this scope, for the current copy."""
        self.scopes[-1][self.copy if self._in_lanes() else None, node, 0] = value

    def _emit(self, node: Expression, guard: Value | None) -> Typed:
        form = self.values.get(node)
        if form is not None:
            return Typed(self.integer(form), WEAK_INTEGER)
        match node:
            case Constant(value):
                kind = of_number(value)
                return Typed(self.b.constant(value, kind.scalar), kind, value)
            case Size(name):
                slot = self.arguments.numbers[self.sizes[name]]
                return Typed(self.to_integer(slot), WEAK_INTEGER)
            case Attribute(name):
                return self.arguments.scalars[name]
            case Read():
                return self.read(node, guard)
            case Cast(body, name):
                return self.cast(self.emit(body, guard), name)
            case Product(parts):
                return self.emit(parts[0], guard)
            case Call(function, arguments):
                return self.call(function, arguments, guard)
            case Halving():
                return self.search(node, guard)
        raise AssertionError(f"{type(node).__name__} has no value")

    def cast(self, value: Typed, name: str) -> Typed:
        """The value as a dtype; halves are rounded to their precision."""
        kind, stored = self.words[name]
        result = self.as_kind(value, kind).value
        if is_float(stored) and stored != kind.scalar:
            result = self.b.convert(self.b.convert(result, stored), kind.scalar)
        return Typed(result, kind)

    def as_kind(self, value: Typed, kind: Kind) -> Typed:
        """The value converted."""
        exact = kind.category == 2 or (kind.category == 1 and not isinstance(value.number, float))
        if value.number is not None and exact:
            return Typed(self.b.constant(value.number, kind.scalar), kind, value.number)
        if value.kind.scalar == kind.scalar:
            return Typed(value.value, kind, value.number)
        return Typed(self.b.convert(value.value, kind.scalar, value.kind.signed), kind)

    def call(self, function: str, arguments: tuple[Expression, ...], guard: Value | None) -> Typed:
        """A primitive applied."""
        match function:
            case "select":
                return self.select(arguments, guard)
            case "and" | "or":
                return self.lazy(function, arguments, guard)
            case "linear":
                assert self.shape.linear is not None
                return Typed(self.integer(self.shape.linear), WEAK_INTEGER)
            case _ if function in DRAWS:
                return self.random(function, arguments, guard)
            case "pow":
                quick = self.power(arguments, guard)
                if quick is not None:
                    return quick
            case _ if function in COMPARISONS:
                for name, pair in ((function, arguments), (MIRRORED[function], arguments[::-1])):
                    narrow = self.compare_position(name, pair[0], pair[1], guard)
                    if narrow is not None:
                        return narrow
        values = [self.emit(argument, guard) for argument in arguments]
        computed, result = call_kinds(function, [value.kind for value in values])
        if function in ("eq", "ne") and values[0].kind.category == 0 and values[1].number in (0, 1):
            holds = (function == "eq") == (values[1].number == 1)
            truth = values[0].value
            return Typed(truth if holds else negate(self.b, truth), result)
        if self.arguments.status is not None and computed.category != 2:
            what = failure(function, arguments, self.arguments.scalars)
            if what:
                self.check(what, self.as_kind(values[1], computed).value, guard)
        raw = self.alike([self.as_kind(value, computed).value for value in values])
        return Typed(emit_call(self.b, function, computed, raw), result)

    def compare_position(
        self, function: str, position: Expression, number: Expression, guard: Value | None
    ) -> Typed | None:
        """A position along the lanes compared with a number for all lanes; None for others."""
        if not self._in_lanes() or self.shape.lanes == 1:
            return None
        form = self.values.get(position)
        if form is None or (self.shape.lane, None) not in form.terms:
            return None
        other = self.emit(number, guard)
        computed, result = call_kinds(function, [WEAK_INTEGER, other.kind])
        if isinstance(other.value.type, Vector) or computed.scalar != I64 or not computed.signed:
            return None
        value = self.as_kind(other, computed).value
        return Typed(self.positions.compare(function, self.evaluate_base(form), value), result)

    def check(self, what: int, value: Value, guard: Value | None) -> None:
        """Reports a divisor that is zero, or a power that is negative."""
        predicate = "ne" if what == DIVIDED_BY_ZERO else "sge"
        allowed = self.b.compare(predicate, value, self.b.constant(0, value.type))
        zero = self.b.constant(0, I64)
        self.report(allowed, zero, zero, guard, what)

    def truth(self, node: Expression, guard: Value | None) -> Value:
        """A condition as i1."""
        return self.as_kind(self.emit(node, guard), BOOL).value

    def select(self, arguments: tuple[Expression, ...], guard: Value | None) -> Typed:
        """One of two values; reads in a branch are made only where it is taken."""
        asked = self.open_condition(arguments[0])
        if asked is None:
            kinds = [self.emit(arguments[1], guard), self.emit(arguments[2])]
            return self.as_kind(kinds[0], unify(kinds[0].kind, kinds[1].kind))
        condition = self.truth(asked, guard)
        if guard is None and self._in_lanes() and self.shape.lanes > 1:
            read = self.kind_read(arguments[1])
            if read is not None and read == self.kind_read(arguments[2]):
                return Typed(self.piece(condition, arguments, read), read)
        branches = []
        for branch, wanted in ((arguments[1], True), (arguments[2], False)):
            inner = None
            if self.unsafe(branch):
                inner = self.narrowed(guard, condition if wanted else negate(self.b, condition))
            branches.append(self.emit(branch, inner))
        kind = unify(branches[0].kind, branches[1].kind)
        first, second = self.alike([self.as_kind(v, kind).value for v in branches])
        if isinstance(condition.type, Vector):
            first, second = self.spread(first), self.spread(second)
        return Typed(self.b.select(condition, first, second), kind)

    def kind_read(self, node: Expression) -> Kind | None:
        """The kind of elements that are read from memory, from one of several places; None for
        values that are more than that, and for places that are always inside."""
        match node:
            case Read(name) if node in self.reads and not self.reads[node].computed:
                return None if self.reads[node].safe else self.memory_kinds[name]
            case Call("select", (_, first, second)):
                kind = self.kind_read(first)
                return kind if kind == self.kind_read(second) else None
        return None

    def piece(self, condition: Value, arguments: tuple[Expression, ...], kind: Kind) -> Value:
        """Elements from one of two places, as the pieces of a rolled or mirrored dim are.

        Nearly all vectors lie in one piece: these are read as they lie, only where the pieces meet
        are lanes masked.
        """
        b, type_ = self.b, Vector(self.shape.lanes, kind.scalar)
        if not isinstance(condition.type, Vector):
            return self.one_or_other(condition, type_, arguments[1], arguments[2])
        branch = b.branch(b.reduction("and", condition), [type_])
        with self.apart(branch.then) as yields:
            yields.append(self.spread(self.emit(arguments[1]).value))
        with self.apart(branch.otherwise) as yields:
            mixed = b.branch(b.reduction("or", condition), [type_])
            with self.apart(mixed.then) as inner:
                parts = (condition, negate(b, condition))
                values = [self.emit(x, part) for x, part in zip(arguments[1:], parts)]
                first, second = (self.spread(value.value) for value in values)
                inner.append(b.select(condition, first, second))
            with self.apart(mixed.otherwise) as inner:
                inner.append(self.spread(self.emit(arguments[2]).value))
            yields.append(mixed.results[0])
        return branch.results[0]

    def one_or_other(
        self, condition: Value, type_: Vector, first: Expression, second: Expression
    ) -> Value:
        """One of two values, of which only the one that is wanted is computed."""
        branch = self.b.branch(condition, [type_])
        for block, value in ((branch.then, first), (branch.otherwise, second)):
            with self.apart(block) as yields:
                yields.append(self.spread(self.emit(value).value))
        return branch.results[0]

    @contextmanager
    def apart(self, block: Block) -> Iterator[list[Value]]:
        """Instructions go to a block; nothing outside of it knows what it computes."""
        self.scopes.append({})
        with self.b.inside(block) as yields:
            yield yields
        self.scopes.pop()

    def open_condition(self, condition: Expression) -> Expression | None:
        """What is left to ask of a condition; None if the loops at hand obey all of it."""
        if not self.holding:
            return condition
        left = [part for part in conjuncts(condition) if part not in self.holding]
        return conjunction(left) if left else None

    def narrowed(self, guard: Value | None, condition: Value) -> Value:
        """Where both hold."""
        if guard is None:
            return condition
        first, second = self.alike([guard, condition])
        return both(self.b, first, second)

    def lazy(self, function: str, arguments: tuple[Expression, ...], guard: Value | None) -> Typed:
        """And, or: the second argument is read only where it matters."""
        first = self.truth(arguments[0], guard)
        inner = None
        if self.unsafe(arguments[1]):
            inner = self.narrowed(guard, first if function == "and" else negate(self.b, first))
        second = self.truth(arguments[1], inner)
        joined = self.positions.joined(function, first, second)
        if joined is None:
            joined = emit_call(self.b, function, BOOL, self.alike([first, second]))
        return Typed(joined, BOOL)

    def random(
        self, function: str, arguments: tuple[Expression, ...], guard: Value | None
    ) -> Typed:
        """Random numbers: a function of seed and position."""
        integer = Kind(I64)
        parts = [self.as_kind(self.emit(a, guard), integer).value for a in arguments]
        seed, counter = self.alike(parts)
        if function == "random_bits":
            return Typed(random_bits(self.b, seed, counter), integer)
        kind = self.shape.random
        return Typed(uniform(self.b, kind, seed, counter, function == "uniform2"), kind)

    def power(self, arguments: tuple[Expression, ...], guard: Value | None) -> Typed | None:
        """Powers that are products or roots; None for others."""
        base, exponent = (self.emit(argument, guard) for argument in arguments)
        kind, _ = call_kinds("pow", [base.kind, exponent.kind])
        x = self.as_kind(base, kind)
        number = exponent.number
        if number == 2:
            return Typed(self.b.times(x.value, x.value), kind)
        if number == 3:
            return Typed(self.b.times(self.b.times(x.value, x.value), x.value), kind)
        if kind.category == 2 and number == 0.5:
            return Typed(self.b.math("sqrt", x.value), kind)
        if kind.category == 2 and number == -1:
            one = self.b.constant(1.0, x.value.type)
            return Typed(self.b.add("arith.divf", [one, x.value], x.value.type), kind)
        if number is None and kind.category == 2 and not isinstance(exponent.value.type, Vector):
            return self.square_or_power(x, self.as_kind(exponent, kind))
        return None

    def square_or_power(self, x: Typed, exponent: Typed) -> Typed:
        """A power whose exponent, known only at run time, is most often 2."""
        two = self.b.constant(2.0, exponent.value.type)
        branch = self.b.branch(self.b.compare("oeq", exponent.value, two), [x.value.type])
        with self.b.inside(branch.then) as yields:
            yields.append(self.b.times(x.value, x.value))
        with self.b.inside(branch.otherwise) as yields:
            yields.append(self.b.math("powf", *self.alike([x.value, exponent.value])))
        return Typed(branch.results[0], x.kind)

    # -- reads -------------------------------------------------------------------------------------

    def read(self, node: Read, guard: Value | None) -> Typed:
        """An element: computed in this nest, in memory, or a number."""
        name = node.tensor
        access = self.reads.get(node)
        if access is not None:
            return Typed(self.load(access, guard), self.memory_kinds[name])
        if name in self.arguments.scalars:
            return self.arguments.scalars[name]
        for copy in (self.copy if self._in_lanes() else None, None):
            found = self.find(("step", name, copy))
            if found is not None:
                return found
        step = self.steps[name]
        assert step.form == "map", f"{self.shape.name}: {name} is read before its pass"
        for earlier in self.steps_below(node, self.is_open):
            self.emit(earlier.value)
        value = self.emit(step.value)
        return self.as_kind(value, self.kinds[name]) if not self.kinds[name].weak else value
