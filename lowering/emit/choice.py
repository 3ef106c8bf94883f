"""Choices between two values -> instructions: what is not chosen is read only where it may be."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from ...ops.language.expression import Attribute, Call, Constant, Expression, Read
from ..ir.kinds import Kind, of_number, unify
from ..ir.loops import Block, Value, Vector
from ..program.program import conjunction, conjuncts
from .call import negate
from .halving import SearchEmitter
from .memory import Typed


class ChoiceEmitter(SearchEmitter):
    """Computes choices in the scopes of a nest under construction."""

    @abstractmethod
    def as_kind(self, value: Typed, kind: Kind) -> Typed:
        """The value converted."""

    @abstractmethod
    def narrowed(self, guard: Value | None, condition: Value) -> Value:
        """Where both hold."""

    def select(self, arguments: tuple[Expression, ...], guard: Value | None) -> Typed:
        """One of two values; reads in a branch are made only where it is taken."""
        asked = self.open_condition(arguments[0])
        if asked is None:
            kinds = [self.emit(arguments[1], guard), self.emit(arguments[2])]
            return self.as_kind(kinds[0], unify(kinds[0].kind, kinds[1].kind))
        condition = self.truth(asked, guard)
        if guard is None and self._in_lanes() and self.shape.lanes > 1:
            found = self.read_apart(condition, arguments)
            if found is not None:
                return found
        return self.chosen(condition, arguments, guard)

    def read_apart(self, condition: Value, arguments: tuple[Expression, ...]) -> Typed | None:
        """One of two elements of memory, of which the other is not read; None for values that are
        more than that."""
        kinds = [self.kind_read(value) for value in arguments[1:]]
        along = any(self.shape.lane in self.span(value) for value in arguments[1:])
        if None in kinds or not along:
            return None
        kind = unify(*(kind for kind in kinds if kind is not None))
        if not isinstance(condition.type, Vector):
            return Typed(self.one_or_other(condition, arguments, kind), kind)
        if all(self.unsafe(value) for value in arguments[1:]):
            return Typed(self.piece(condition, arguments, kind), kind)
        return None

    def chosen(
        self, condition: Value, arguments: tuple[Expression, ...], guard: Value | None
    ) -> Typed:
        """One of two values, both of which are computed where that may be done."""
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
        """The kind of what is read from memory, from one of several places, or is a number; None
        for values that are more than that."""
        match node:
            case Constant(value):
                return of_number(value)
            case Attribute(name):
                return self.arguments.scalars[name].kind
            case Read(name) if node in self.reads and not self.reads[node].computed:
                return self.memory_kinds[name]
            case Call("select", (_, first, second)):
                kinds = self.kind_read(first), self.kind_read(second)
                return None if kinds[0] is None or kinds[1] is None else unify(kinds[0], kinds[1])
        return None

    def piece(self, condition: Value, arguments: tuple[Expression, ...], kind: Kind) -> Value:
        """Elements from one of two places, as the pieces of a mirrored window are.

        Nearly all vectors lie in one piece: these are read as they lie, only where the pieces meet
        are lanes masked.
        """
        b, type_ = self.b, Vector(self.shape.lanes, kind.scalar)
        branch = b.branch(b.reduction("and", condition), [type_])
        with self.apart(branch.then) as yields:
            yields.append(self.vector_of(arguments[1], kind))
        with self.apart(branch.otherwise) as yields:
            mixed = b.branch(b.reduction("or", condition), [type_])
            with self.apart(mixed.then) as inner:
                inner.append(self.as_kind(self.chosen(condition, arguments, None), kind).value)
            with self.apart(mixed.otherwise) as inner:
                inner.append(self.vector_of(arguments[2], kind))
            yields.append(mixed.results[0])
        return branch.results[0]

    def one_or_other(
        self, condition: Value, arguments: tuple[Expression, ...], kind: Kind
    ) -> Value:
        """One of two values, of which only the one that is wanted is computed."""
        branch = self.b.branch(condition, [Vector(self.shape.lanes, kind.scalar)])
        for block, value in zip((branch.then, branch.otherwise), arguments[1:]):
            with self.apart(block) as yields:
                yields.append(self.vector_of(value, kind))
        return branch.results[0]

    def vector_of(self, node: Expression, kind: Kind) -> Value:
        """A value in every lane."""
        return self.spread(self.as_kind(self.emit(node), kind).value)

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
