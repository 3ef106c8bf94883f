"""What an expression depends on: where its value may be computed, and how early."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...ops.language.expression import (
    Attribute,
    Call,
    Constant,
    Expression,
    Index,
    Read,
    Size,
    reads,
    walk,
)
from ..ir.builder import Builder
from ..program.halving import Halving, Probe
from ..program.program import Step, failure
from .memory import Arguments, MemoryEmitter
from .shape import AccessShape, ComputedShape, NestShape

LEAVES = (Constant, Size, Attribute, Index)
"""What is known, or an argument, everywhere in a nest."""


class DependenceEmitter(MemoryEmitter):
    """Tells what the values of a nest depend on, and computes early what a loop would repeat."""

    def __init__(self, builder: Builder, shape: NestShape, arguments: Arguments) -> None:
        super().__init__(builder, shape, arguments)
        self._unsafe: dict[Expression, bool] = {}
        self._spans: dict[Expression, frozenset[str]] = {}

    def unsafe(self, node: Expression) -> bool:
        """Whether it reads memory at a place that may be outside, or divides by what may be 0."""
        if node not in self._unsafe:
            self._unsafe[node] = any(map(self._can_fail, walk(node)))
        return self._unsafe[node]

    def _can_fail(self, part: Expression) -> bool:
        """Whether a part by itself reads outside, or is reported for what its operands are."""
        if isinstance(part, Read):
            access = self.reads.get(part)
            return access is not None and not access.safe
        if not isinstance(part, Call) or self.arguments.status is None:
            return False
        return failure(part.function, part.arguments, self.arguments.scalars) != 0

    def span(self, node: Expression) -> frozenset[str]:
        """Loop variables that the value depends on; `*` where it is made inside a pass."""
        if node not in self._spans:
            if isinstance(node, Read):
                for step in self.steps_below(node, self.has_no_span):
                    self._spans.setdefault(step.value, self._span(step.value))
            self._spans[node] = self._span(node)
        return self._spans[node]

    def _span(self, node: Expression) -> frozenset[str]:
        form = self.values.get(node)
        if form is not None:
            return frozenset(name for name, _ in form.terms)
        parts: set[str] = set()
        if isinstance(node, Read):
            access = self.reads.get(node)
            if access is not None:
                parts.update(name for name, _ in access.form.terms)
                for computed in access.computed:
                    parts |= self.span(computed.index)
                return frozenset(parts)
            step = self.steps.get(node.tensor)
            if step is None:
                return frozenset()
            if step.form == "scan":
                return frozenset("*")
            return self.span(step.value) if step.form == "map" else frozenset()
        if isinstance(node, Call) and node.function == "linear" and self.shape.linear:
            parts.update(name for name, _ in self.shape.linear.terms)
        for child in node.children:
            parts |= self.span(child)
        return frozenset(parts)

    def preload(self, node: Expression, varying: frozenset[str]) -> None:
        """Computes here what a loop over the `varying` variables would compute again and again.

        A value that many others read is looked at once, and long chains of steps do not nest.
        """
        seen: set[Expression] = set()
        stack: list[Expression | tuple[AccessShape, ComputedShape]] = [node]
        while stack:
            each = stack.pop()
            if isinstance(each, tuple):
                access, computed = each
                if not self.span(computed.index) & varying:
                    self.place(access, computed, None)
            elif each not in seen and each not in self.values and not isinstance(each, LEAVES):
                seen.add(each)
                if self.span(each) & varying:
                    stack += reversed(self.fixed_parts(each))
                elif not self.unsafe(each) or isinstance(each, Read):
                    self.emit(each)

    def fixed_parts(self, node: Expression) -> list[Expression | tuple[AccessShape, ComputedShape]]:
        """What may be computed before a loop of a value that the loop computes."""
        if isinstance(node, Read):
            access = self.reads.get(node)
            if access is not None:
                found: list[Expression | tuple[AccessShape, ComputedShape]] = []
                for computed in access.computed:
                    found += [computed.index, (access, computed)]
                return found
            step = self.steps[node.tensor]
            if step.form == "map" and self.find(("step", node.tensor, None)) is None:
                return [step.value]
            return []
        if isinstance(node, Halving):
            return list(without_probes(node.condition))
        if isinstance(node, Call) and node.function in ("select", "and", "or"):
            return [
                part
                for number, part in enumerate(node.arguments)
                if number == 0 or not self.unsafe(part)
            ]
        return list(node.children)

    def steps_below(self, read: Read, is_open: Callable[[Read], bool]) -> list[Step]:
        """The maps of this nest that a read stands for, each after those that it reads itself.

        Long chains of steps would nest too deep if each were looked at where it is read.

        Args:
            read: The read.
            is_open: Whether a read is of a map that is not known yet.
        """
        found: list[Step] = []
        seen: set[str] = set()
        stack: list[tuple[Step | None, Iterator[Read]]] = [(None, iter([read]))]
        while stack:
            step, left = stack[-1]
            for each in left:
                if each.tensor not in seen and is_open(each):
                    seen.add(each.tensor)
                    below = reads(self.steps[each.tensor].value)
                    stack.append((self.steps[each.tensor], iter(below)))
                    break
            else:
                stack.pop()
                if step is not None:
                    found.append(step)
        return found

    def is_map(self, read: Read) -> bool:
        """Whether a read is of a map of this nest, and not from memory."""
        step = self.steps.get(read.tensor)
        return step is not None and step.form == "map" and read not in self.reads

    def is_open(self, read: Read) -> bool:
        """Whether a read is of a map that has not been computed here."""
        if not self.is_map(read):
            return False
        here = self.copy if self._in_lanes() else None
        if self.find((here, self.steps[read.tensor].value, 0)) is not None:
            return False
        return all(self.find(("step", read.tensor, copy)) is None for copy in (here, None))

    def has_no_span(self, read: Read) -> bool:
        """Whether a read is of a map of which the span is not known yet."""
        return self.is_map(read) and self.steps[read.tensor].value not in self._spans


def without_probes(node: Expression) -> Iterator[Expression]:
    """The largest parts of a condition that no search gives another value."""
    if isinstance(node, LEAVES):
        return
    if not any(isinstance(part, Probe) for part in walk(node)):
        yield node
        return
    for child in node.children:
        yield from without_probes(child)
