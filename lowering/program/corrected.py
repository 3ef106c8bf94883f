"""Squared distances from a mean, corrected for what the mean lost when it was rounded.

Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance", equation 1.7: where
the mean is off by d, every squared distance has d squared too much, and the distances add up to d
times their number. With float32, a mean of 1e6 and a spread of 1, that is 1 % of the variance.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from ...ops.language.expression import Call, Constant, Expression, Index, Read, Size
from .program import Program, Step


def correct_squares(program: Program) -> None:
    """Gives each sum of squared distances from a mean its correction.

    Both sums are folded by one pass. Elements that are all the same have the variance 0: their
    distances are some units in the last place, so that the sums are exact.
    """
    made = program.defining()
    steps: list[Step] = []
    for step in program.steps:
        count = _count_of_squares(step, made)
        steps += [step] if count is None else _corrected(program, step, count)
    program.steps = steps


def _corrected(program: Program, step: Step, count: Expression) -> list[Step]:
    """The squares as they are, the distances, and the squares without what is too much."""
    tensor = program.tensors[step.target]
    names = f"{step.target}%q", f"{step.target}%d"
    for name in names:
        program.tensors[name] = replace(tensor, name=name, role="temporary")
    assert isinstance(step.value, Call)
    squares, distances = (Read(name, step.indices) for name in names)
    excess = Call("mul", (distances, Call("div", (distances, count))))
    rest = Call("maximum", (Call("sub", (squares, excess)), Constant(0)))
    finite = Call("lt", (squares, Constant(math.inf)))
    return [
        replace(step, target=names[0]),
        replace(step, target=names[1], value=step.value.arguments[0]),
        Step(
            step.target, step.indices, step.free, (), "map", "",
            Call("select", (finite, rest, squares)),
        ),
    ]  # fmt: skip


def _count_of_squares(step: Step, made: dict[str, Step]) -> Expression | None:
    """How many elements there are, if a step adds squared distances from the mean of them all."""
    if (step.form, step.kind) != ("reduce", "sum"):
        return None
    match step.value:
        case Call("mul", (Call("sub", (value, center)) as distance, other)) if other == distance:
            pass
        case _:
            return None
    if isinstance(center, Read) and center.tensor in made:
        center = made[center.tensor].value
    match center:
        case Call("div", (Read(name), count)) if name in made:
            total = made[name]
            folded = (total.form, total.kind, total.bound, total.value)
            if folded == ("reduce", "sum", step.bound, value) and _counts(count, step.bound):
                return count
    return None


def _counts(count: Expression, bound: tuple[str, ...]) -> bool:
    """A value is the product of the sizes that indices run over."""
    sizes: Counter[str] = Counter()
    factors = [count]
    while factors:
        match factors.pop():
            case Size(name):
                sizes[name] += 1
            case Call("mul", (first, second)):
                factors += [first, second]
            case _:
                return False
    return sizes == Counter(Index(name).size for name in bound)
