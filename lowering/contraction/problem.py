"""A contraction as numbers: extents of its loop variables, forms by which memory is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from math import gcd, prod

from ...ops.dataclass import dataclass
from ...ops.language.expression import Read
from ..program.layout import Form
from .factors import Factor, Guard

MOST_CLASSES = 1024  # of positions modulo a divisor: each is a launch of its own


@dataclass(frozen=True)
class Problem:
    """One sum of products.

    Attributes:
        extents: Of the loop variables.
        factors: The two.
        result: Address written.
        reads: Addresses of what is read beside the sum.
        free: Variables of the result.
        depth: Variables that are summed.
        valid: True extents of variables that also run over places between rows, where nothing is
            written.
    """

    extents: dict[str, int]
    factors: tuple[Factor, Factor]
    result: Form
    reads: dict[Read, Form]
    free: tuple[str, ...]
    depth: tuple[str, ...]
    valid: dict[str, int] = field(default_factory=dict)

    def total(self, variables: tuple[str, ...] | list[str]) -> int:
        """Number of positions of some variables."""
        return prod(self.extents[v] for v in variables)

    def span(self, form: Form) -> tuple[int, int]:
        """Least and greatest value of a form."""
        return form.span(self.extents)

    def chained(self, form: Form, variables: tuple[str, ...] | list[str]) -> bool:
        """Whether the flattened variables walk over consecutive elements."""
        step = 1
        for variable in reversed(variables):
            if form.coefficient(variable) != step:
                return False
            step *= self.extents[variable]
        return True


def classes(problem: Problem) -> list[Problem]:
    """The problem cut where quotients must be whole numbers, so that none are left where it can be.

    `y[h] += x[(h - kh) / 2]` wants kh even for even h and odd for odd h: h = 2 h' + r and
    kh = 2 kh' + r' make the place h' - kh' + const, and nothing is multiplied by holes. A class
    may have an empty depth: its sums are 0.
    """
    for factor in problem.factors:
        for guard in factor.guards:
            if guard.divisor > 1:
                cut = list(_classes_of(problem, guard))
                if not cut or len(cut) > MOST_CLASSES:
                    return [problem]
                return [part for one in cut for part in classes(one)]
    return [problem]


def _classes_of(problem: Problem, guard: Guard) -> Iterator[Problem]:
    """The classes that one guard asks for; none where it depends on too many variables."""
    free = [v for v in problem.free if guard.form.coefficient(v)]
    depth = [v for v in problem.depth if guard.form.coefficient(v)]
    if len(free) != 1 or len(depth) != 1:
        return
    divisor, (along, tap) = guard.divisor, (free[0], depth[0])
    a, k = guard.form.coefficient(along), guard.form.coefficient(tap)
    step, tap_step = divisor // gcd(a, divisor), divisor // gcd(k, divisor)
    for start in range(min(step, problem.extents[along])):
        rest = guard.form.offset + a * start
        found = [t for t in range(tap_step) if (rest + k * t) % divisor == 0]
        part = _strided(problem, along, step, start)
        if found:
            yield _divided(_strided(part, tap, tap_step, found[0]))
        else:
            yield _emptied(_strided(part, tap, tap_step, problem.extents[tap]))


def _strided(problem: Problem, variable: str, step: int, start: int) -> Problem:
    """The variable made `step * variable + start`."""

    def change(form: Form) -> Form:
        c = form.coefficient(variable)
        return form.plus(Form(c * start, ((variable, c * (step - 1)),))) if c else form

    def change_factor(factor: Factor) -> Factor:
        guards = tuple(replace(g, form=change(g.form)) for g in factor.guards)
        return replace(factor, form=change(factor.form), guards=guards)

    extent = max(0, -(-(problem.extents[variable] - start) // step))
    first, second = problem.factors
    return replace(
        problem,
        extents=problem.extents | {variable: extent},
        factors=(change_factor(first), change_factor(second)),
        result=change(problem.result),
        reads={read: change(form) for read, form in problem.reads.items()},
    )


def _divided(problem: Problem) -> Problem:
    """Quotients taken that are always whole numbers."""

    def settle(guard: Guard) -> Guard:
        d = guard.divisor
        if guard.form.offset % d or any(c % d for _, c in guard.form.terms):
            return guard
        form = Form(guard.form.offset // d, tuple((v, c // d) for v, c in guard.form.terms))
        return replace(guard, form=form, divisor=1)

    first, second = (replace(f, guards=tuple(settle(g) for g in f.guards)) for f in problem.factors)
    return replace(problem, factors=(first, second))


def _emptied(problem: Problem) -> Problem:
    """The problem without guards: nothing is summed, so that nothing is read."""
    first, second = (replace(f, guards=()) for f in problem.factors)
    return replace(problem, factors=(first, second))


def settled(problem: Problem) -> Problem:
    """Guards left out that hold everywhere: their dims join the address."""

    def settle(factor: Factor) -> Factor:
        form, guards = factor.form, []
        for guard in factor.guards:
            low, high = problem.span(guard.form)
            if guard.divisor == 1 and low >= 0 and high < guard.extent:
                form = form.plus(guard.form, guard.stride)
            else:
                guards.append(guard)
        return replace(factor, form=form, guards=tuple(guards))

    first, second = (settle(f) for f in problem.factors)
    return replace(problem, factors=(first, second))
