"""Copies of a guarded factor with its zeros written out, so that no read needs a condition.

`x[c, oh * SH + kh - PH, ow * SW + kw - PW]` becomes `p[c, rh, rw, y, x]`: places are cut by their
remainders modulo the step of the variable that runs along the dim (`oh`, `ow`), so that neighbours
along it are neighbours in memory. The fastest of these variables then runs on through the zeros to
the next line: lines make one run, and what falls between them is not written.
"""

from __future__ import annotations

from dataclasses import replace

from ...ops.dataclass import dataclass
from ..program.layout import Form
from .factors import Factor, Guard
from .problem import Problem
from .roles import Roles

SLACK = 64  # elements that vectors may reach beyond the end
FEW_ROWS = 6  # of fewer, the columns are read where they lie, for which they must make one run


@dataclass(frozen=True)
class Phase:
    """What the variables other than the main one add to an address: places cut by a remainder.

    Attributes:
        form: Of their place, at least 0.
        step: That the remainder is taken of.
        unit: Distance of neighbouring quotients.
        stride: Distance of neighbouring remainders.
    """

    form: Form
    step: int
    unit: int
    stride: int


@dataclass(frozen=True)
class PaddedDim:
    """A dim of the copy: from place `low` on, `step` x `length` places are kept."""

    main: str
    low: int
    step: int
    length: int
    extent: int
    stride: int


@dataclass(frozen=True)
class Padded:
    """A copy.

    Attributes:
        tensor: What is copied.
        plain: Extent and stride of the unguarded dims, slow to fast.
        offset: Of the source.
        dims: The guarded dims, slow to fast.
        lines: How many lines (runs of the last dim) there are.
        slack: Lines of zeros after them.
        form: Address in the copy.
        phases: Further parts of the address.
    """

    tensor: str
    plain: tuple[tuple[int, int], ...]
    offset: int
    dims: tuple[PaddedDim, ...]
    lines: int
    slack: int
    form: Form
    phases: tuple[Phase, ...]


def run_over(problem: Problem, roles: Roles) -> tuple[Problem, Roles]:
    """The problem with the lines of a guarded factor made one run along columns or depth."""
    for factor in problem.factors:
        dims = _dims(problem, factor)
        if not dims:
            continue
        mains = tuple(d.main for d in dims)
        lengths = {d.main: d.length for d in dims}
        if set(mains) <= set(roles.depth):
            roles = replace(roles, depth=(*(v for v in roles.depth if v not in mains), *mains))
            return _widened_all(problem, mains[1:], lengths), roles
        chain = tuple(v for v in mains if v in roles.columns)
        few = problem.total(roles.rows) <= FEW_ROWS
        if few and chain == mains:
            beyond = tuple(v for v in roles.columns if v not in chain)
            roles = replace(roles, outer=(*roles.outer, *beyond), columns=chain)
        if chain and chain == roles.columns and chain == mains[-len(chain) :]:
            # Outer positions that share the rows' factor join the columns.
            other = problem.factors[0]
            more = tuple(
                v for v in roles.outer if not other.depends(v) and factor.form.coefficient(v)
            )
            if more and chain == mains and not few:
                outer = tuple(v for v in roles.outer if v not in more)
                roles = replace(roles, outer=outer, columns=(*more, *chain))
                return _widened_all(problem, chain, lengths), roles
            return _widened_all(problem, chain[1:], lengths), roles
    return problem, roles


def _widened_all(problem: Problem, variables: tuple[str, ...], lengths: dict[str, int]) -> Problem:
    for variable in variables:
        problem = _widened(problem, variable, lengths[variable])
    return problem


def _widened(problem: Problem, variable: str, length: int) -> Problem:
    """The variable runs on to `length`; a sum gains nothing there, and nothing is written there."""
    true = problem.extents[variable]
    if length <= true:
        return problem
    extents = problem.extents | {variable: length}
    problem = replace(problem, extents=extents, valid=problem.valid | {variable: true})
    if variable in problem.free:
        return problem
    first, second = (_fenced(f, variable, true) for f in problem.factors)
    return replace(problem, factors=(first, second))


def _fenced(factor: Factor, variable: str, extent: int) -> Factor:
    """The factor made 0 beyond the true extent of a variable that it follows without a guard."""
    stride = factor.form.coefficient(variable)
    if not stride:
        return factor
    form = factor.form.plus(Form(0, ((variable, -stride),)))
    guard = Guard(Form(0, ((variable, 1),)), extent, 1, stride)
    return replace(factor, form=form, guards=(*factor.guards, guard))


def pad(problem: Problem, factor: Factor, last: tuple[str, ...]) -> Padded | None:
    """The copy of a guarded factor; None where its dims are mixed up.

    Args:
        problem: Extents.
        factor: With guards.
        last: Unguarded variables that go last, slow to fast, so that lines make runs along them.
    """
    dims = _dims(problem, factor)
    if not dims:
        return None
    names = [v for v, _ in factor.form.terms if problem.extents[v] > 1]
    names = [v for v in names if v not in last] + [v for v in last if v in names]
    plain = tuple((problem.extents[v], factor.form.coefficient(v)) for v in names)
    units: dict[str, int] = {}
    step = 1
    for dim in reversed(dims):
        units[dim.main] = step
        step *= dim.length
    phases, terms, offset = [], [], 0
    strides: dict[str, int] = {}
    for dim in reversed(dims):
        strides[dim.main] = step
        step *= dim.step
    for dim, guard in zip(dims, factor.guards):
        terms.append((dim.main, units[dim.main]))
        rest = guard.form.plus(Form(-dim.low, ((dim.main, -dim.step),)))
        if dim.step == 1 or rest == Form():
            terms += [(v, c * units[dim.main]) for v, c in rest.terms]
            offset += rest.offset * units[dim.main]
        else:
            phases.append(Phase(rest, dim.step, units[dim.main], strides[dim.main]))
    for name, (extent, _) in reversed(list(zip(names, plain))):
        terms.append((name, step))
        step *= extent
    form = Form(offset, tuple(terms))
    line = dims[-1].length
    reach = problem.span(form)[1] + SLACK + sum(_reach(problem, p) for p in phases)
    slack = max(1, -(-(reach - step) // line))
    return Padded(
        factor.tensor, plain, factor.form.offset, dims, step // line, slack, form, tuple(phases)
    )


def _reach(problem: Problem, phase: Phase) -> int:
    high = problem.span(phase.form)[1]
    return (phase.step - 1) * phase.stride + high // phase.step * phase.unit


def _dims(problem: Problem, factor: Factor) -> tuple[PaddedDim, ...]:
    """The padded dims of a factor; none where its guards cannot be written out."""
    found: list[PaddedDim] = []
    seen = {v for v, _ in factor.form.terms}
    for guard in factor.guards:
        names = {v for v, _ in guard.form.terms}
        if guard.divisor != 1 or not names or names & seen:
            return ()
        seen |= names
        main = max(names, key=lambda v: (problem.valid.get(v, problem.extents[v]), v))
        step = guard.form.coefficient(main)
        if step < 1:
            return ()
        low, length = _kept(problem, guard, main, step)
        found.append(PaddedDim(main, low, step, length, guard.extent, guard.stride))
    return tuple(found)


def _kept(problem: Problem, guard: Guard, main: str, step: int) -> tuple[int, int]:
    """First place of a dim that is kept, and how many of one remainder."""
    if guard.form == Form(0, ((main, 1),)):
        return 0, problem.extents[main]  # a fence: zeros as far as the variable runs
    low, high = replace(problem, extents=problem.extents | problem.valid).span(guard.form)
    if step > 1 or low > 0:
        return low, max(1, -(-(high - low + 1) // step))
    # The zeros after a line are those before the next one.
    return low, max(high + 1, guard.extent - low, 1)
