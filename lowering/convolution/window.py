"""Which factor of a contraction a window slides over, and its copy with the zeros written out."""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ..contraction.factors import Factor
from ..contraction.pad import Padded, PaddedDim
from ..contraction.problem import Problem
from ..program.layout import Form

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


@dataclass(frozen=True)
class WindowDim:
    """A dim that a window slides over.

    Attributes:
        place: In the dim, in terms of the loop variables.
        low, high: Least and greatest place that is read; the dim may end before.
        extent: Of the dim.
        stride: Of the dim, in elements.
    """

    place: Form
    low: int
    high: int
    extent: int
    stride: int

    @property
    def length(self) -> int:
        """Places that are read."""
        return self.high - self.low + 1


def window_dims(problem: Problem, factor: Factor) -> tuple[list[WindowDim], list[str]] | None:
    """Dims of a guarded factor that are read through windows, and the variables of all others.

    Both are slow to fast. None where dims share variables, or places are no whole numbers.
    """
    seen = {v for v, _ in factor.form.terms}
    dims = []
    for guard in factor.guards:
        names = {v for v, _ in guard.form.terms}
        if guard.divisor != 1 or names & seen:
            return None
        seen |= names
        low, high = problem.span(guard.form)
        dims.append(WindowDim(guard.form, low, high, guard.extent, guard.stride))
    if not dims:
        return None
    plain = [v for v, _ in factor.form.terms if problem.extents[v] > 1]
    plain.sort(key=lambda v: -abs(factor.form.coefficient(v)))
    # Elements along a line are neighbours in the tensor, whether or not its ends are guarded.
    while plain and abs(factor.form.coefficient(plain[-1])) < abs(dims[-1].stride):
        name = plain.pop()
        extent, stride = problem.extents[name], factor.form.coefficient(name)
        dims.append(WindowDim(Form(0, ((name, 1),)), 0, extent - 1, extent, stride))
    return dims, plain


def pad_whole(problem: Problem, factor: Factor) -> Padded | None:
    """The copy of a guarded factor with its zeros, dims in their own order; None if it has holes.

    The zeros after a line are those before the next one.
    """
    found = window_dims(problem, factor)
    if found is None:
        return None
    dims: list[PaddedDim] = []
    form, step = Form(), 1
    for dim in reversed(found[0]):
        length = dim.length
        if dim.low <= 0:
            length = max(dim.high + 1, min(dim.high, dim.extent - 1) - dim.low + 1, 1)
        dims.insert(0, PaddedDim("", dim.low, 1, length, dim.extent, dim.stride))
        form = form.plus(dim.place.plus(Form(-dim.low)), step)
        step *= length
    for name in reversed(found[1]):
        form = form.plus(Form(0, ((name, step),)))
        step *= problem.extents[name]
    line = dims[-1].length
    reach = problem.span(form)[1] + SLACK
    slack = max(1, -(-(reach - step) // line))
    plain = tuple((problem.extents[v], factor.form.coefficient(v)) for v in found[1])
    return Padded(
        factor.tensor, plain, factor.form.offset, tuple(dims), step // line, slack, form, ()
    )
