"""Conditions that a loop can obey by running over fewer elements.

`max[kh](x[oh + kh - P] if oh + kh - P >= 0 and oh + kh - P < H else -inf)` folds what changes
nothing where its condition does not hold: the loop over `kh` starts at `P - oh` and ends before
`H + P - oh`, and nothing is left to ask inside.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...ops.language.expression import Call, Constant, Expression
from ..program.program import Step, conjuncts
from .reduction import Reduction


def common_conditions(
    folded: Iterable[tuple[Step, Reduction]], scattered: Iterable[Step]
) -> tuple[Expression, ...]:
    """Conditions without which an element changes none of the results.

    Args:
        folded: Reductions, and how they fold.
        scattered: Steps that add.
    """
    found: list[tuple[Expression, ...]] = []
    for step, reduction in folded:
        plain = step.form == "reduce"
        found.append(_conditions(step.value, reduction.neutral()) if plain else ())
    found += [_conditions(s.value, 0) if s.kind == "add" else () for s in scattered]
    first, *others = found or [()]
    return tuple(c for c in first if all(c in other for other in others))


def _conditions(value: Expression, neutral: float) -> tuple[Expression, ...]:
    match value:
        case Call("select", (condition, _, otherwise)) if _number(otherwise) == neutral:
            return tuple(conjuncts(condition))
    return ()


def _number(expression: Expression) -> float | None:
    match expression:
        case Constant(value):
            return value
        case Call("neg", (Constant(value),)):
            return -value
    return None
