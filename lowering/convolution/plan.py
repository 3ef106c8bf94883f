"""Structure, numbers and temporaries of one direct convolution."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from ...ops.dtype import float64, int64
from ...ops.language.expression import Cast, Size, sizes_in, walk
from ..contraction.epilogue import Work
from ..contraction.factors import Factor
from ..contraction.pad import SLACK, Padded
from ..contraction.pad_kernel import pad_launch
from ..contraction.plan import Planner
from ..contraction.problem import Problem
from ..contraction.roles import Roles
from ..contraction.shape import ContractionShape, FactorShape
from ..ir.kinds import STORED, of_dtype
from ..launch import Kernel, Launch, LaunchArgument, Number, Pointer, ScalarArgument
from ..naming import identifier
from ..program.gather import integer
from ..program.layout import Form
from .blocks import DirectBlocks, ceil_div, cut, cut_near
from .kernel import build_direct, build_panels
from .near import BYTES, Near, find_near
from .shape import DirectShape
from .window import is_windowed, pad_whole

COLUMNS = 6  # of a tile: as many addresses fit the general registers of x86 beside the loop's own
VECTORS = {16: 2, 32: 4}  # of a tile's rows, by the number of vector registers
LINE = 4  # vectors of a line that is written at a time
LEAST_FILLED = 0.6  # part of the lanes that must be rows
LEAST_OF_ONE = 0.35  # the same where one vector holds them all: matrices of few rows are slow too
LEAST_COLUMNS, LEAST_DEPTH = 24, 9


def find_direct(problem: Problem, exact: tuple[bool, bool]) -> tuple[Problem, Roles] | None:
    """Roles in which the second factor is the windowed one; None where there is no such factor.

    Args:
        problem: Without guards that always hold.
        exact: Which factors are stored as the type that is computed with.
    """
    windowed = [is_windowed(problem, factor) for factor in problem.factors]
    if sum(windowed) != 1:
        return None
    second = windowed.index(True)
    direct, packed = problem.factors[second], problem.factors[1 - second]
    if packed.guards or not (direct.guards or exact[second]):
        return None
    if direct.guards and pad_whole(problem, direct) is None:
        return None
    free = [v for v in problem.free if problem.extents[v] != 1]
    depth = [v for v in problem.depth if problem.extents[v] != 1]
    if any(not packed.depends(v) and not direct.depends(v) for v in depth):
        return None

    def order(v: str) -> int:
        return -abs(problem.result.coefficient(v))

    rows = sorted((v for v in free if packed.depends(v) and not direct.depends(v)), key=order)
    columns = sorted((v for v in free if direct.depends(v) and not packed.depends(v)), key=order)
    outer = [v for v in free if v not in rows and v not in columns]
    depth.sort(key=lambda v: -abs(packed.form.coefficient(v)))
    roles = Roles(tuple(outer), tuple(rows), tuple(columns), tuple(depth))
    return replace(problem, factors=(packed, direct)), roles


class DirectPlanner(Planner):
    """Plans the launches of one problem: a copy with zeros, panels, tiles."""

    def __init__(self, work: Work, problem: Problem, roles: Roles) -> None:
        super().__init__(work, problem, roles)
        self.prefix = f"{work.last.target}/convolution"
        target = self.context.target
        self.lanes = work.lanes
        few = problem.total(roles.rows) <= self.lanes
        self.vectors = 1 if few else VECTORS[target.registers]
        self.width = self.lanes * self.vectors

    def pays(self) -> bool:
        """Whether rows fill the lanes, and there is enough of columns and depth."""
        problem, roles = self.problem, self.roles
        rows = problem.total(roles.rows)
        filled = rows / (-(-rows // self.width) * self.width)
        return (
            filled >= (LEAST_FILLED if self.vectors > 1 else LEAST_OF_ONE)
            and problem.total(roles.columns) >= LEAST_COLUMNS
            and problem.total(roles.depth) >= LEAST_DEPTH
        )

    def plan(self) -> list[Launch]:
        """The launches."""
        packed = self._packed_rows(self.problem.factors[0])
        run = self._run_of(self.problem.factors[0].form) if packed.deep else 0
        problem, roles = self.problem, self.roles
        depth = problem.total(roles.depth)
        blocks = cut(
            problem.total(roles.outer), problem.total(roles.rows), problem.total(roles.columns),
            depth, run or depth, self.width, COLUMNS,
        )  # fmt: skip
        near = find_near(problem, roles, problem.factors[1]) if run in (0, depth) else None
        if near is not None:
            most = BYTES // self.work.scratch.itemsize
            whole = cut_near(blocks, near, problem.total(roles.columns), most, COLUMNS)
            near, blocks = (None if whole is blocks else near), whole
        windowed = self._windowed(problem.factors[1], near, blocks)
        shape = self._direct_shape((packed, windowed), blocks, near)
        chunks = -(-blocks.units // blocks.grain)
        packings = blocks.blocks * problem.total(roles.outer)
        scratch = self.work.scratch
        tables = max(chunks * self.values["looked_up"], packings * self.values["packing_table"])
        self._reserve(
            f"{self.prefix}.panels", scratch, packings * blocks.panels * blocks.block * self.width
        )
        self._reserve(f"{self.prefix}.kept", scratch, chunks * self.values["kept"])
        self._reserve(f"{self.prefix}.table", int64, tables)
        self._reserve(f"{self.prefix}.steps", int64, depth + SLACK)
        arguments = self._arguments(shape)
        panels = Kernel(("panels", shape), lambda: build_panels(shape))
        direct = Kernel(("direct", shape), lambda: build_direct(shape))
        return [
            *self.launches,
            Launch(panels, arguments, packings),
            Launch(direct, arguments, chunks),
        ]

    def _arguments(self, shape: DirectShape) -> tuple[LaunchArgument, ...]:
        names = [name for name, _, _ in shape.sums.memory]
        names += [f"{self.prefix}.{part}" for part in ("panels", "kept", "table", "steps")]
        wide = {True: float64, False: int64}
        return (
            *(Pointer(name) for name in names),
            *(Number(self.values[name]) for name in shape.sums.numbers),
            *(ScalarArgument(name, wide[k.category == 2]) for name, k in shape.sums.scalars),
        )

    def _packed_rows(self, factor: Factor) -> FactorShape:
        self._add_form("A", factor.form)
        unit = self.problem.chained(factor.form, self.roles.rows)
        return FactorShape(factor.tensor, unit=unit, deep=self._deep(factor.form) and not unit)

    def _windowed(self, factor: Factor, near: Near | None, blocks: DirectBlocks) -> FactorShape:
        if near is not None:
            self._add_near(factor, near, blocks.task_columns // near.inner)
            return FactorShape(factor.tensor, direct=True)
        padded = pad_whole(self.problem, factor) if factor.guards else None
        if padded is None:
            self._add_form("B", factor.form)
            return FactorShape(factor.tensor, direct=True)
        return FactorShape(self._copied(padded), direct=True)

    def _add_near(self, factor: Factor, near: Near, lines: int) -> None:
        """Numbers of the copy of what a task reads, and of where that lies."""
        form, height = near.form(lines), near.height(lines)
        channel = factor.form.coefficient(near.channel)
        self._add_form("B", form)
        self._add_form("S", factor.form.plus(Form(0, ((near.channel, -channel),))))
        lengths = [height, *(dim.length for dim in near.dims[1:-1])]
        self.values |= {f"r{number}": length for number, length in enumerate(lengths, 1)}
        for number, dim in enumerate(near.dims):
            named = {"low": dim.low, "extent": dim.extent, "stride": dim.stride}
            self.values |= {f"d{number}.{name}": value for name, value in named.items()}
        self.values |= {
            "line": near.line, "near.channel": channel, "near.taps": near.taps,
            "near.lines": prod(lengths), "near.step": lines * near.step,
            "near.row": near.row, "near.plane": form.coefficient(near.channel),
        }  # fmt: skip

    def _copied(self, padded: Padded) -> str:
        """Name of the copy, which a launch fills."""
        scalar, copy = self.work.kind.scalar, f"{self.prefix}.B"
        elements = (padded.lines + padded.slack) * padded.dims[-1].length + SLACK
        self._reserve(copy, self.work.scratch, elements)
        self.launches.append(pad_launch(self.context, padded, scalar, copy))
        self._add_form("B", padded.form)
        return copy

    def _direct_shape(
        self, factors: tuple[FactorShape, FactorShape], blocks: DirectBlocks, near: Near | None
    ) -> DirectShape:
        context, work, problem, roles = self.context, self.work, self.problem, self.roles
        reads = self._epilogue_reads()
        self._add_form("C", problem.result)
        self._add_extents()
        self._count_direct(blocks, len(reads))
        words = sorted({n.dtype for n in walk(work.epilogue) if isinstance(n, Cast)})
        target = work.last.target
        for name in sorted(sizes_in(work.epilogue)):
            self.values[f"size {name}"] = integer(Size(name), context.binding) or 0
        sums = ContractionShape(
            name=f"{identifier(context.name)}_direct",
            scalar=work.kind.scalar,
            lanes=self.lanes,
            vectors=LINE,
            rows=self.width,
            factors=factors,
            result=target,
            unit=problem.chained(problem.result, roles.columns),
            valid=(),
            epilogue=work.epilogue,
            reads=tuple(reads),
            memory=self._memory(
                [factors[0].tensor, factors[1].tensor, target, *(r.tensor for r in reads)]
            ),
            numbers=tuple(self.values),
            groups=tuple((g, len(v)) for g, v in roles.groups().items()),
            scalars=tuple(self._scalars()),
            words=tuple(
                (w, of_dtype(d), STORED[d.name])
                for w, d in ((w, context.inference.named(w)) for w in words)
            ),
            kinds=((target, context.inference.tensor(target)),),
            blocked=True,
            shared=True,
        )
        return DirectShape(sums, COLUMNS, self.vectors, 0 if near is None else len(near.dims))

    def _count_direct(self, blocks: DirectBlocks, reads: int) -> None:
        """Numbers of the blocking."""
        problem, roles, width = self.problem, self.roles, self.width
        rows = blocks.task_panels * width
        staged = width * LINE * self.lanes
        wide = ceil_div(blocks.task_columns, COLUMNS) * COLUMNS
        self.values |= {
            "M": problem.total(roles.rows), "N": problem.total(roles.columns),
            "panels": blocks.panels, "task_panels": blocks.task_panels,
            "task_columns": blocks.task_columns, "wide": wide,
            "image": blocks.image, "image_tasks": blocks.image_tasks,
            "row_tasks": blocks.row_tasks, "column_tasks": blocks.column_tasks,
            "units": blocks.units, "grain": blocks.grain, "run": blocks.run,
            "block": blocks.block, "blocks": blocks.blocks,
            "kept": (blocks.task_panels * wide + SLACK) * width + staged,
            "looked_up": (rows + 64) * (1 + reads) + (blocks.task_columns + 64) * (2 + reads),
            "packing_table": problem.total(roles.rows) + 64 + blocks.block,
        }  # fmt: skip
