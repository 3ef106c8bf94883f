"""Reductions in registers: where they start, how an element enters, how partial results meet.

An accumulator is one value, for argmax and argmin two: the extreme so far and its position.
Several accumulators, and the lanes of a vector, meet in a fixed tree, so that results do not
depend on how the work was shared out.
"""

from __future__ import annotations

import math

from ...ops.cached import cached_property
from ...ops.dataclass import dataclass
from ..ir.builder import Builder, bits
from ..ir.kinds import DOUBLE, FLOAT, INTEGER, Kind, summed
from ..ir.loops import I1, I32, Scalar, Value, Vector
from .call import both, either, emit_call


@dataclass(frozen=True)
class Reduction:
    """A kind of reduction over elements of one kind.

    Attributes:
        kind: sum, prod, max, min, any, all, argmax, argmin, logaddexp.
        element: Kind of the elements.
        narrow: Positions have 32 bits.
    """

    kind: str
    element: Kind
    narrow: bool = False

    @property
    def positional(self) -> bool:
        """It finds a position."""
        return self.kind in ("argmax", "argmin")

    @cached_property
    def accumulator(self) -> Kind:
        """Kind of the (first) accumulator."""
        if self.kind in ("sum", "prod"):
            return summed(self.element)
        if self.kind in ("any", "all"):
            return Kind(I1)
        return Kind(self.element.scalar, self.element.signed)

    @cached_property
    def components(self) -> tuple[Kind, ...]:
        """Kinds of all its accumulators."""
        return (self.accumulator, self.place) if self.positional else (self.accumulator,)

    @property
    def exact(self) -> bool:
        """Nothing is rounded: the same comes out however elements are grouped."""
        rounds = self.kind == "logaddexp" or self.accumulator.category == 2
        return self.kind in ("max", "min", "argmax", "argmin") or not rounds

    @property
    def place(self) -> Kind:
        """Kind of a position."""
        return Kind(I32) if self.narrow else INTEGER

    @property
    def nowhere(self) -> int:
        """The position of nothing, behind all others."""
        return int(2 ** (bits(self.place.scalar) - 1) - 1)

    @property
    def result(self) -> Kind:
        """Kind of the result."""
        return self.components[-1]

    def neutral(self) -> float | int | bool:
        """What an element that is left out counts as."""
        scalar, signed = self.accumulator.scalar, self.accumulator.signed
        match self.kind:
            case "sum" | "any":
                return 0
            case "prod" | "all":
                return 1
            case "logaddexp":
                return -math.inf
        largest: bool = self.kind in ("min", "argmin")
        if self.accumulator.category == 2:
            return math.inf if largest else -math.inf
        if scalar == I1:
            return largest
        width = bits(scalar)
        least: int = -(2 ** (width - 1))
        if not signed:
            return 2**width - 1 if largest else 0
        return -least - 1 if largest else least

    def start(self, b: Builder, lanes: int) -> list[Value]:
        """Accumulators before the first element; `lanes` is 0 for scalars."""

        def made(scalar: Scalar, value: float | int | bool) -> Value:
            return b.constant(value, Vector(lanes, scalar) if lanes else scalar)

        values = [made(self.accumulator.scalar, self.neutral())]
        if self.positional:
            values.append(made(self.place.scalar, self.nowhere))
        return values

    def update(
        self, b: Builder, before: list[Value], x: Value, mask: Value | None, position: Value | None
    ) -> list[Value]:
        """Accumulators with one more element, in lanes that the mask admits."""
        if mask is not None:
            x = b.select(mask, x, b.constant(self.neutral(), x.type))
        if not self.positional:
            return [self.combine(b, before[0], x)]
        assert position is not None
        better = self._better(b, x, before[0])
        if mask is not None:
            better = both(b, better, mask)
        return [b.select(better, x, before[0]), b.select(better, position, before[1])]

    def combine(self, b: Builder, a: Value, x: Value) -> Value:
        """Two accumulators that are no positions as one."""
        name = {"sum": "add", "prod": "mul", "max": "maximum", "min": "minimum"}.get(self.kind)
        if name is not None:
            return emit_call(b, name, self.accumulator, [a, x])
        if self.kind == "logaddexp":
            return self._logaddexp(b, a, x)
        return either(b, a, x) if self.kind == "any" else both(b, a, x)

    def _logaddexp(self, b: Builder, a: Value, x: Value) -> Value:
        largest = emit_call(b, "maximum", self.accumulator, [a, x])
        smallest = emit_call(b, "minimum", self.accumulator, [a, x])
        total = b.plus(largest, b.math("log1p", b.math("exp", b.minus(smallest, largest))))
        infinite = b.compare("oeq", b.math("absf", largest), b.constant(math.inf, a.type))
        return b.select(infinite, largest, total)

    def _better(self, b: Builder, x: Value, best: Value) -> Value:
        """The element comes before the best so far, which stands at an earlier position."""
        name = "gt" if self.kind == "argmax" else "lt"
        if self.accumulator.category != 2:
            return emit_call(b, name, self.accumulator, [x, best])
        unordered = b.compare("u" + name, x, best)  # true if x is NaN
        return both(b, unordered, b.compare("oeq", best, best))

    def merge(self, b: Builder, first: list[Value], second: list[Value]) -> list[Value]:
        """Two sets of accumulators as one; ties go to the smaller position."""
        if not self.positional:
            return [self.combine(b, first[0], second[0])]
        better = self._better(b, second[0], first[0])
        same = emit_call(b, "eq", self.accumulator, [first[0], second[0]])
        if self.accumulator.category == 2:
            nans = both(
                b, b.compare("uno", first[0], first[0]), b.compare("uno", second[0], second[0])
            )
            same = either(b, same, nans)
        earlier = both(b, same, b.compare("slt", second[1], first[1]))
        take = either(b, better, earlier)
        return [b.select(take, new, old) for new, old in zip(second, first)]

    def merge_later(self, b: Builder, first: list[Value], second: list[Value]) -> list[Value]:
        """Two sets of accumulators of a scan, where the second lies behind the first: a running
        extreme moves on to the last of equal ones, and to every NaN."""
        if not self.positional:
            return self.merge(b, first, second)
        best, x = first[0], second[0]
        at_least = {"argmax": "oge", "argmin": "ole"}[self.kind]
        if self.accumulator.category == 2:
            better = b.compare(at_least, x, best)
            nan = b.compare("uno", x, x)
            better = b.add("arith.ori", [better, nan], better.type)
        else:
            truth = self.accumulator.scalar == I1  # whose sign bit is its only bit
            sign = "s" if self.accumulator.signed and not truth else "u"
            better = b.compare(sign + at_least[1:], x, best)
        return [b.select(better, new, old) for new, old in zip(second, first)]

    def across(self, b: Builder, values: list[Value]) -> list[Value]:
        """The lanes of vector accumulators as scalars."""
        if not isinstance(values[0].type, Vector):
            return values
        if self.positional:
            return self._extreme_lane(b, values)
        if self.kind == "logaddexp":
            lanes = [b.extract(values[0], k) for k in range(values[0].type.lanes)]
            return [tree(b, self, [[v] for v in lanes])[0]]
        return [b.reduction(self._reduction_name(), values[0])]

    def _reduction_name(self) -> str:
        floating = self.accumulator.category == 2
        sign = "s" if self.accumulator.signed else "u"
        if self.accumulator.scalar == I1:
            return "or" if self.kind in ("any", "max", "sum") else "and"
        return {
            "sum": "add",
            "prod": "mul",
            "max": "maximumf" if floating else f"max{sign}i",
            "min": "minimumf" if floating else f"min{sign}i",
        }[self.kind]

    def _extreme_lane(self, b: Builder, values: list[Value]) -> list[Value]:
        best, places = values
        assert isinstance(best.type, Vector)
        plain = Reduction(self.kind.removeprefix("arg"), self.element)
        extreme = plain.across(b, [best])[0]
        spread = b.broadcast(extreme, best.type.lanes)
        hit = emit_call(b, "eq", self.accumulator, [best, spread])
        if self.accumulator.category == 2:
            hit = either(b, hit, b.compare("uno", best, best))
        far = b.constant(self.nowhere, places.type)
        return [extreme, b.reduction("minsi", b.select(hit, places, far))]

    def finish(self, b: Builder, values: list[Value]) -> Value:
        """The result; a position among elements that are all neutral is the first one."""
        if not self.positional:
            return values[0]
        place = values[1]
        nowhere = b.compare("eq", place, b.constant(self.nowhere, place.type))
        return b.select(nowhere, b.constant(0, place.type), place)


def reduction_of(form: str, kind: str, element: Kind, narrow: bool) -> Reduction:
    """How a step of a form and kind folds elements; `narrow`: positions fit into 32 bits."""
    if form == "scan" and kind in ("sum", "prod") and element == FLOAT:
        element = DOUBLE  # as PyTorch: a long running sum loses too much in float32
    return Reduction(kind, element, narrow and form == "reduce")


@dataclass(frozen=True)
class Accumulators:
    """All accumulators of a pass: for each copy those of each reduction.

    Attributes:
        reductions: In order.
        lanes: Of a vector; 0 for scalars.
        copies: How many sets there are.
    """

    reductions: tuple[Reduction, ...]
    lanes: int
    copies: int

    @property
    def width(self) -> int:
        """Accumulators of one copy."""
        return sum(len(r.components) for r in self.reductions)

    def start(self, b: Builder) -> list[Value]:
        """Before the first element."""
        one = [r for _ in range(self.copies) for r in self.reductions]
        return [value for r in one for value in r.start(b, self.lanes)]

    def merge(self, b: Builder, first: list[Value], second: list[Value]) -> list[Value]:
        """Two sets as one."""
        merged: list[Value] = []
        for _ in range(self.copies):
            for r in self.reductions:
                part = slice(len(merged), len(merged) + len(r.components))
                merged += r.merge(b, first[part], second[part])
        return merged


def tree(b: Builder, reduction: Reduction, parts: list[list[Value]]) -> list[Value]:
    """Several sets of accumulators as one, combined pairwise."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2])
        merged = [reduction.merge(b, first, second) for first, second in pairs]
        parts = merged + ([parts[-1]] if len(parts) % 2 else [])
    return parts[0]
