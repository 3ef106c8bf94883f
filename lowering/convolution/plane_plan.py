"""Convolutions whose planes do not mix, as depthwise ones and their adjoints: roles and numbers."""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ...ops.dtype import float64, int64
from ...ops.language.expression import Cast, Size, sizes_in, walk
from ..contraction.epilogue import Work
from ..contraction.factors import Factor
from ..contraction.plan import Planner
from ..contraction.problem import Problem
from ..contraction.roles import Roles
from ..contraction.shape import ContractionShape, FactorShape
from ..ir.kinds import STORED, of_dtype
from ..launch import Kernel, Launch, LaunchArgument, Number, Pointer, ScalarArgument
from ..naming import identifier
from ..program.gather import integer
from ..program.layout import Form
from .plane import SLACK
from .plane_shape import PlaneShape, Roll
from .roll import RollingSlide
from .slide import Slide
from .taps import build_taps

MOST_ROWS = 3  # variables of the other factor alone: more make a matrix product
FEW = 16  # unless its other side, columns or depth, is so short that packing would cost most
MOST_TAPS = 512
TASK = 1 << 20  # multiply-adds of a chunk, which clears a copy of its own
MOST_CHUNKS = 64
TILES = range(4, 9)  # rows or taps of a tile
HELD = 9  # weights that stay in registers beside sums and what is read


@dataclass(frozen=True)
class Planes:
    """Loop variables of a problem that goes plane by plane.

    Attributes:
        problem: The factor without a window first.
        outer: Over planes (and the result).
        rows, lane: Of the result in a plane; none and "" where taps are the result.
        taps: Of the window.
        lines, along: Summed places of a plane, where taps are the result.
        planes: Summed planes.
    """

    problem: Problem
    outer: tuple[str, ...]
    rows: tuple[str, ...]
    lane: str
    taps: tuple[str, ...]
    lines: tuple[str, ...] = ()
    along: str = ""
    planes: tuple[str, ...] = ()

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Variables by the letter that stands for their group in the kernel."""
        if self.lane:
            return {"o": self.outer, "m": self.rows, "n": (self.lane,), "k": self.taps}
        inner = {"l": self.lines, "p": self.planes}
        return {"o": self.outer, "m": (), "n": self.taps, "k": ()} | inner


def find_planes(problem: Problem, settled: Problem) -> Planes | None:
    """Roles in which planes do not mix; None where there are none.

    Args:
        problem: With all its guards: they say which dims a window slides along.
        settled: The same without those that always hold.
    """
    for second in (1, 0):
        window, other = problem.factors[second], settled.factors[1 - second]
        if window.guards and not other.guards:
            ordered = _ordered(problem, window, other)
            if ordered is not None:
                return ordered
    return None


def _ordered(problem: Problem, window: Factor, other: Factor) -> Planes | None:
    extents = problem.extents
    plain = {v for v, _ in window.form.terms if extents[v] != 1}
    slid = {v for g in window.guards for v, _ in g.form.terms if extents[v] != 1}
    free = tuple(v for v in problem.free if extents[v] != 1)
    depth = tuple(v for v in problem.depth if extents[v] != 1)
    places = [v for v in free if v in slid]
    if slid & plain or any(g.divisor != 1 for g in window.guards):
        return None
    if not places or any(other.depends(v) for v in places):
        return None
    inner = [v for v in depth if v in slid]
    sliding = problem.total(places) >= problem.total(inner)
    alone = [v for v in free if not window.depends(v)]
    short = depth if sliding else [v for v in free if v not in alone]
    if problem.total(alone) > MOST_ROWS and problem.total(short) > FEW:
        return None
    last = [v for v, _ in window.guards[-1].form.terms if extents[v] != 1]
    outer = tuple(v for v in free if v not in slid)
    swapped = Problem(
        extents, (other, window), problem.result, problem.reads, problem.free, problem.depth
    )
    beyond = tuple(v for v in depth if v not in slid)
    if sliding:
        lanes = [v for v in last if v in free]
        if len(lanes) != 1 or beyond or window.guards[-1].form.coefficient(lanes[0]) < 1:
            return None
        rows = tuple(v for v in places if v != lanes[0])
        return Planes(swapped, outer, rows, lanes[0], depth)
    along = [v for v in last if v in depth]
    if len(along) != 1 or problem.total(places) > MOST_TAPS:
        return None
    if window.guards[-1].form.coefficient(along[0]) < 1 or any(
        not other.depends(v) and not window.depends(v) for v in depth
    ):
        return None
    lines = tuple(v for v in inner if v != along[0])
    taps = sorted(places, key=lambda v: -abs(problem.result.coefficient(v)))
    return Planes(swapped, outer, (), "", tuple(taps), lines, along[0], beyond)


class PlanePlanner(Planner):
    """Plans the one launch of such a problem."""

    def __init__(self, work: Work, planes: Planes) -> None:
        roles = Roles(planes.outer, planes.rows, (planes.lane,) if planes.lane else planes.taps,
                      planes.taps if planes.lane else ())  # fmt: skip
        super().__init__(work, planes.problem, roles)
        self.planes = planes
        self.prefix = f"{work.last.target}/planes"

    def plan(self) -> list[Launch]:
        """The launch."""
        shape, chunks = self._plane_shape()
        scratch = self.work.scratch
        self._reserve(f"{self.prefix}.scratch", scratch, self.values["scratch"] * chunks)
        self._reserve(f"{self.prefix}.table", int64, self.values["looked_up"] * chunks)
        names = [name for name, _, _ in shape.sums.memory]
        names += [f"{self.prefix}.scratch", f"{self.prefix}.table"]
        wide = {True: float64, False: int64}
        arguments: list[LaunchArgument] = [Pointer(name) for name in names]
        arguments += [Number(self.values[name]) for name in shape.sums.numbers]
        arguments += [ScalarArgument(n, wide[k.category == 2]) for n, k in shape.sums.scalars]
        if self.planes.lane:
            writer = Slide if shape.roll is None else RollingSlide
            kernel = Kernel(("slide", shape), lambda: writer(shape).function())
        else:
            kernel = Kernel(("taps", shape), lambda: build_taps(shape))
        return [Launch(kernel, tuple(arguments), chunks)]

    # -- numbers -----------------------------------------------------------------------------------

    def _note(self, label: str, form: Form) -> None:
        """Numbers of a form in the kernel's groups."""
        self.values[f"{label}.offset"] = form.offset
        for group, variables in self.planes.groups().items():
            for number, variable in enumerate(variables):
                coefficient = form.coefficient(variable)
                if coefficient:
                    self.values[f"{label}.{group}{number}"] = coefficient

    def _note_copy(self, lanes: int) -> int:
        """Numbers of the copy of a plane; the step of the window along the lanes."""
        problem, values = self.problem, self.values
        window = problem.factors[1]
        *others, last = window.guards
        main = self.planes.lane or self.planes.along
        step = last.form.coefficient(main)
        low, high = problem.span(last.form)
        low = low // step * step
        start = max(low, 0)
        kept = max(0, min(high, last.extent - 1) - start + 1)
        part = (high - low) // step + 1 + 2 * lanes
        unit, form = step * part, Form()
        for number in reversed(range(len(others))):
            guard = others[number]
            least, most = problem.span(guard.form)
            named = {"low": least, "extent": guard.extent, "stride": guard.stride}
            values |= {f"d{number}.{name}": value for name, value in named.items()}
            values[f"r{number}"] = most - least + 1
            form = form.plus(guard.form.plus(Form(-least)), unit)
            unit *= most - least + 1
        values |= {
            f"d{len(others)}.kept": kept, f"d{len(others)}.stride": last.stride, "step": step,
            "part": part, "line": step * part, "lines": unit // (step * part),
            "before": (start - low) // step, "plane": unit + SLACK,
        }  # fmt: skip
        self._note("W", form)
        taps = last.form.plus(Form(-low, ((main, -step),)))
        self._note("W.p", taps)
        values |= {"W.p.step": step, "W.p.stride": part, "W.p.unit": 1}
        self._note("S", window.form.plus(Form(start * last.stride)))
        self._note("X", problem.factors[0].form)
        return step

    def _tile(self, count: int) -> int:
        """Rows or taps of a tile: few beyond the end, and many."""
        return min(TILES, key=lambda size: (-(-count // size) * size, -size))

    def _plane_shape(self) -> tuple[PlaneShape, int]:
        context, work, problem, planes = self.context, self.work, self.problem, self.planes
        scalar = work.kind.scalar
        lanes = self.work.lanes
        reads = self._epilogue_reads()
        self._note("C", problem.result)
        for group, variables in planes.groups().items():
            for number, variable in enumerate(variables):
                self.values[f"{group}{number}"] = max(1, problem.extents[variable])
        step = self._note_copy(lanes)
        chunks = self._count_planes(lanes, len(reads))
        words = sorted({n.dtype for n in walk(work.epilogue) if isinstance(n, Cast)})
        target = work.last.target
        for name in sorted(sizes_in(work.epilogue)):
            self.values[f"size {name}"] = integer(Size(name), context.binding) or 0
        other, window = problem.factors
        roll = self._roll()
        tile = self._tile(self.values["M"] if planes.lane else self.values["N"])
        tile = tile if roll is None else 1
        sums = ContractionShape(
            name=f"{identifier(context.name)}_planes",
            scalar=scalar,
            lanes=lanes,
            vectors=1,
            rows=1,
            factors=(FactorShape(other.tensor), FactorShape(window.tensor)),
            result=target,
            unit=problem.chained(problem.result, self.roles.columns),
            valid=(),
            epilogue=work.epilogue,
            reads=tuple(reads),
            memory=self._memory([other.tensor, window.tensor, target, *(r.tensor for r in reads)]),
            numbers=tuple(self.values),
            groups=tuple((g, len(v)) for g, v in planes.groups().items()),
            scalars=tuple(self._scalars()),
            words=tuple(
                (w, of_dtype(d), STORED[d.name])
                for w, d in ((w, context.inference.named(w)) for w in words)
            ),
            kinds=((target, context.inference.tensor(target)),),
            blocked=False,
            shared=False,
        )
        even = bool(planes.along) and other.form.coefficient(planes.along) == 1
        fine = step if step <= 2 else 0
        unit = window.guards[-1].stride == 1
        return PlaneShape(sums, len(window.guards), fine, tile, unit, even, roll), chunks

    def _roll(self) -> Roll | None:
        """How the window rolls down a plane; None if it does not."""
        planes, window = self.planes, self.problem.factors[1]
        if len(planes.rows) != 1 or len(planes.taps) != 2 or len(window.guards) != 2:
            return None
        (row,), (down, along) = planes.rows, planes.taps
        lines, places = (guard.form for guard in window.guards)
        if any(lines.coefficient(v) for v in (planes.lane, along)) or places.coefficient(down):
            return None
        extents = [self.problem.extents[tap] for tap in planes.taps]
        step, distance = lines.coefficient(row), lines.coefficient(down)
        if abs(distance) != step or extents[0] * extents[1] > HELD:
            return None
        return Roll(extents[0], extents[1], turned=distance < 0)

    def _count_planes(self, lanes: int, reads: int) -> int:
        """Numbers of the blocking; the number of chunks."""
        problem, planes, values = self.problem, self.planes, self.values
        units = problem.total(planes.outer)
        depth = [v for v in (*planes.taps, *planes.lines, *planes.planes, planes.along) if v]
        places = [v for v in (*planes.rows, planes.lane) if v]
        each = max(1, problem.total(depth) * problem.total(places))
        grain = max(1, min(units, -(-TASK // each)), -(-units // MOST_CHUNKS))
        scratch = values["plane"] + 2 * SLACK
        if planes.lane:
            rows, columns = problem.total(planes.rows), problem.extents[planes.lane]
            taps = problem.total(planes.taps)
            values |= {"M": rows, "N": columns, "K": taps}
            scratch += taps
            table = (rows + SLACK) * (2 + reads) + (columns + SLACK) * (1 + reads) + 2 * taps
        else:
            taps, lines = problem.total(planes.taps), problem.total(planes.lines)
            values |= {"N": taps, "L": lines, "P": problem.total(planes.planes),
                       "Q": problem.extents[planes.along],
                       "X.q": problem.factors[0].form.coefficient(planes.along)}  # fmt: skip
            scratch += (taps + SLACK) * (lanes + 1) + SLACK
            table = (1 + SLACK) * (1 + reads) + (taps + SLACK) * (2 + reads) + 2 * lines
        values |= {"units": units, "grain": grain, "scratch": scratch, "looked_up": table}
        return -(-units // grain) if units else 0
