"""Elements of rows that a condition rules out: they are not computed, since nothing comes of them.

`score[l, s] = x if s <= l else -inf` gives a weight `exp(score - top)` of 0 beyond the diagonal.
What an expression is there is found by putting the other branch in its place and following what it
makes of zeros and infinities. Numbers beside it count as finite: a sum whose every other term is
NaN is NaN without them too, and an infinite value whose weight is 0 may be left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ...ops.dataclass import dataclass
from ...ops.language.expression import Call, Cast, Constant, Expression, Index, Read, walk
from ..program.program import Step, conjuncts

NEUTRAL = {"sum": 0.0, "max": -math.inf, "min": math.inf}
REACH = {"lt": 0, "le": 1}
MIRRORED = {"gt": "lt", "ge": "le"}


@dataclass(frozen=True)
class Bound:
    """A row has elements `column < row + reach`, unless `unless` holds.

    Attributes:
        condition: As it stands in the entry.
        reach: 0 or 1.
        unless: A condition that is the same for all elements; None for never.
    """

    condition: Expression
    reach: int
    unless: Expression | None


def find_bound(steps: Sequence[Step], wanted: Sequence[str], row: str, column: str) -> Bound | None:
    """A bound beyond which no fold is changed and the `wanted` elements are 0; None for none."""
    for step in steps:
        for node in walk(step.value):
            if isinstance(node, Call) and node.function == "select":
                for condition in conjuncts(node.arguments[0]):
                    bound = _bound(condition, row, column)
                    if bound is not None and _rules_out(steps, wanted, bound, column):
                        return bound
    return None


def _bound(condition: Expression, row: str, column: str) -> Bound | None:
    """A condition that bounds the elements of a row."""
    parts = _disjuncts(condition)
    found = [reach for part in parts if (reach := _reach(part, row, column)) is not None]
    others = [part for part in parts if _reach(part, row, column) is None]
    if len(found) != 1 or any(isinstance(n, (Index, Read)) for o in others for n in walk(o)):
        return None
    unless = others[0] if others else None
    for other in others[1:]:
        unless = Call("or", (unless, other)) if unless is not None else other
    return Bound(condition, found[0], unless)


def _disjuncts(condition: Expression) -> list[Expression]:
    match condition:
        case Call("or", arguments):
            return [part for argument in arguments for part in _disjuncts(argument)]
    return [condition]


def _reach(part: Expression, row: str, column: str) -> int | None:
    match part:
        case Call(function, (first, second)):
            if function in MIRRORED:
                function, first, second = MIRRORED[function], second, first
            if function in REACH and (first, second) == (Index(column), Index(row)):
                return REACH[function]
    return None


def _rules_out(steps: Sequence[Step], wanted: Sequence[str], bound: Bound, column: str) -> bool:
    known = {step.target: step for step in steps}
    beyond = _Beyond(bound, known)
    folds = [step for step in steps if step.form == "reduce"]
    return all(beyond.value(s.value) == NEUTRAL.get(s.kind, math.nan) for s in folds) and all(
        beyond.value(known[name].value) == 0 for name in wanted
    )


class _Beyond:
    """What expressions are where the bound's condition does not hold."""

    def __init__(self, bound: Bound, steps: Mapping[str, Step]) -> None:
        self.bound = bound
        self.steps = steps

    def value(self, node: Expression) -> float | None:
        """The number that an expression is; None where it can be any."""
        match node:
            case Constant(value):
                return float(value)
            case Cast(body, _):
                return self.value(body)
            case Read(name):
                step = self.steps.get(name)
                return self.value(step.value) if step is not None and step.form == "map" else None
            case Call("select", (condition, inside, outside)):
                if self.bound.condition in conjuncts(condition):
                    return self.value(outside)
                first, second = self.value(inside), self.value(outside)
                return first if first == second else None
            case Call(function, arguments):
                return _apply(function, [self.value(argument) for argument in arguments])
        return None


def _apply(function: str, values: list[float | None]) -> float | None:
    """What a primitive makes of numbers that are known, whatever the finite others are."""
    first = values[0]
    match function:
        case "neg" if first is not None:
            return -first
        case "exp" if first is not None:
            return math.exp(first) if first < 700 else None
        case "mul" if 0 in values and not any(map(_is_infinite, values)):
            return 0.0
        case "div" if first == 0 and values[1] != 0:
            return 0.0
        case "add" | "sub" if _is_infinite(first) and not _is_infinite(values[1]):
            return first
    return None


def _is_infinite(value: float | None) -> bool:
    return value is not None and math.isinf(value)
