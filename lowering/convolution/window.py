"""Which factor of a contraction a window slides over, and its copy with the zeros written out."""

from __future__ import annotations

from ..contraction.factors import Factor
from ..contraction.pad import Padded, PaddedDim
from ..contraction.problem import Problem
from ..layout import Form

SLACK = 64  # elements that vectors may reach beyond the end


def is_windowed(problem: Problem, factor: Factor) -> bool:
    """Whether neighbours in the result read overlapping parts of the factor.

    A variable of the result and one of the depth then move along one dim, each farther than the
    other's step: `x[oh * SH + kh]`, where the window is wider than its step.
    """
    form = joined(factor)
    return any(
        abs(step) <= abs(other) * (problem.extents[tap] - 1)
        and abs(other) <= abs(step) * (problem.extents[place] - 1)
        for place, step in form.terms
        for tap, other in form.terms
        if place in problem.free and tap in problem.depth
    )


def joined(factor: Factor) -> Form:
    """The address of an element, what the guarded dims add included."""
    form = factor.form
    for guard in factor.guards:
        form = form.plus(guard.form, guard.stride)
    return form


def pad_whole(problem: Problem, factor: Factor) -> Padded | None:
    """The copy of a guarded factor with its zeros, dims in their own order; None if it has holes.

    The zeros after a line are those before the next one.
    """
    seen = {v for v, _ in factor.form.terms}
    dims, low_parts = [], []
    for guard in factor.guards:
        names = {v for v, _ in guard.form.terms}
        if guard.divisor != 1 or names & seen:
            return None
        seen |= names
        low, high = problem.span(guard.form)
        length = high - low + 1
        if low <= 0:
            length = max(high + 1, min(high, guard.extent - 1) - low + 1, 1)
        dims.append(PaddedDim("", low, 1, length, guard.extent, guard.stride))
        low_parts.append((guard.form, low))
    if not dims:
        return None
    plain_names = [v for v, _ in factor.form.terms if problem.extents[v] > 1]
    plain_names.sort(key=lambda v: -abs(factor.form.coefficient(v)))
    # Elements along a line are neighbours in the tensor, whether or not its ends are guarded.
    while plain_names and abs(factor.form.coefficient(plain_names[-1])) < abs(dims[-1].stride):
        name = plain_names.pop()
        extent, stride = problem.extents[name], factor.form.coefficient(name)
        dims.append(PaddedDim("", 0, 1, extent, extent, stride))
        low_parts.append((Form(0, ((name, 1),)), 0))
    form, step = Form(), 1
    for dim, (place, low) in zip(reversed(dims), reversed(low_parts)):
        form = form.plus(place.plus(Form(-low)), step)
        step *= dim.length
    for name in reversed(plain_names):
        form = form.plus(Form(0, ((name, step),)))
        step *= problem.extents[name]
    line = dims[-1].length
    reach = problem.span(form)[1] + SLACK
    slack = max(1, -(-(reach - step) // line))
    plain = tuple((problem.extents[v], factor.form.coefficient(v)) for v in plain_names)
    return Padded(
        factor.tensor, plain, factor.form.offset, tuple(dims), step // line, slack, form, ()
    )
