"""An expression at one place of a nest -> instructions.

A value is a scalar where it does not depend on the variable that runs over vector lanes, else a
vector. What was computed in a scope of the nest is not computed again inside it. Reads that could
lie outside of their tensor are made only where the conditions around them hold.
"""

from __future__ import annotations

from ...ops.language.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Product,
    Read,
    Size,
)
from ...ops.language.primitives import DRAWS
from ..ir.builder import Builder, is_float
from ..ir.kinds import BOOL, COMPARISONS, WEAK_INTEGER, Kind, call_kinds, of_number
from ..ir.loops import I64, Value, Vector
from ..launch import DIVIDED_BY_ZERO
from ..program.halving import Halving
from ..program.program import failure
from .call import both, emit_call, negate, random_bits, uniform
from .choice import ChoiceEmitter
from .memory import Arguments, Typed
from .positions import MIRRORED, Positions
from .power import QUICK_POWERS, WHOLE_POWERS, power, quick_power
from .shape import NestShape


class ExpressionEmitter(ChoiceEmitter):
    """Computes expressions in the scopes of a nest under construction."""

    def __init__(self, builder: Builder, shape: NestShape, arguments: Arguments) -> None:
        super().__init__(builder, shape, arguments)
        self.positions = Positions(builder, shape.lanes)
        self.decided: dict[Expression, Value] = {}  # the same in all lanes: see `parts.py`

    # -- expressions -------------------------------------------------------------------------------

    def emit(self, node: Expression, guard: Value | None = None) -> Typed:
        """The value of an expression.

        Args:
            node: Without reductions.
            guard: Where the value is wanted; None for everywhere.
        """
        if guard is not None and not self.unsafe(node):
            guard = None
        found = self.find_computed(guard, node)
        if found is None:
            found = self._emit(node, guard)
            self.keep_computed(found, guard, node)
        return found

    def know(self, node: Expression, value: Typed) -> None:
        """Makes the value of an expression known to this scope, for the current copy."""
        self.keep_computed(value, None, node)

    def _emit(self, node: Expression, guard: Value | None) -> Typed:
        form = self.values.get(node)
        if form is not None:
            return Typed(self.integer(form), WEAK_INTEGER)
        if node in self.decided:
            return Typed(self.decided[node], BOOL)
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
        """Powers that are products or roots, or may be; None for others."""
        base, exponent = (self.emit(argument, guard) for argument in arguments)
        kind, _ = call_kinds("pow", [base.kind, exponent.kind])
        x, number = self.as_kind(base, kind).value, exponent.number
        if number in WHOLE_POWERS or (kind.category == 2 and number in QUICK_POWERS):
            return Typed(quick_power(self.b, x, number), kind)
        if number is None and kind.category == 2 and not isinstance(exponent.value.type, Vector):
            return Typed(power(self.b, x, self.as_kind(exponent, kind).value), kind)
        return None

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
