"""Structure, numbers and temporaries of a matrix times a few vectors."""

from __future__ import annotations

from dataclasses import replace

from ...ops.calls.symbols import maximum, one_step
from ...ops.dataclass import dataclass
from ..launch import Kernel, Launch, LaunchArgument, Number, Pointer
from .blocks import ceil_div
from .epilogue import Work
from .matrix_plan import MatrixPlanner, join_variables
from .narrow_kernel import MOST_VECTORS, STRIP_BYTES, build_combining, build_narrow
from .problem import Problem
from .roles import Roles, assign_roles
from .shape import NarrowShape, layout_of

LEAST_TASK = 1 << 17  # elements of the matrix that are worth a task of their own
FEW_TASKS = 4
TASK = 1 << 23  # beyond that many tasks
MOST_TASKS = 16
NARROWEST = 4096  # columns of a task, where lines run along them: a line is read in long pieces
SHORTEST = 256  # steps in a piece of the depth
LONGEST = 1 << 14  # more of them would round too often
COMBINED = 1 << 16  # sums of pieces that a chunk adds up


def plan_narrow(work: Work, problem: Problem) -> list[Launch] | None:
    """The launches of a matrix times at most a few vectors; None where it is something else."""
    if problem.valid or any(factor.guards for factor in problem.factors):
        return None
    assigned = assign_roles(problem, least=1)
    if assigned is None or problem.total(problem.depth) < 2:
        return None
    found = [joined for joined in map(_fitting, (assigned, _turned(*assigned))) if joined]
    if not found:
        return None
    return NarrowPlanner(work, *max(found, key=lambda one: one[0].total(one[1].columns))).plan()


def _turned(problem: Problem, roles: Roles) -> tuple[Problem, Roles]:
    """Rows and columns exchanged."""
    first, second = problem.factors
    return replace(problem, factors=(second, first)), replace(
        roles, rows=roles.columns, columns=roles.rows
    )


def _fitting(assigned: tuple[Problem, Roles]) -> tuple[Problem, Roles] | None:
    """The problem with one variable for columns and depth, where its columns are a matrix."""
    joined = join_variables(*assigned)
    if joined is None:
        return None
    problem, roles = joined
    if not 1 <= problem.total(roles.rows) <= MOST_VECTORS:
        return None
    if problem.total(roles.columns) < 2 or problem.total(roles.depth) < 2:
        return None
    form = problem.factors[1].form
    known = problem.chained(form, roles.depth) or problem.chained(form, roles.columns)
    return joined if known else None


@dataclass(frozen=True)
class NarrowBlocks:
    """How a matrix times vectors is cut.

    Attributes:
        task_columns, column_tasks: Columns of a task; tasks along the columns.
        piece, pieces: Depth of a task; tasks along the depth.
        units: All tasks.
        grain: Tasks in a chunk.
    """

    task_columns: int
    column_tasks: int
    piece: int
    pieces: int
    units: int
    grain: int


def cut_narrow(outer: int, n: int, k: int, least_columns: int) -> NarrowBlocks:
    """The blocking of a product, by sizes only.

    Args:
        outer: Outer positions.
        n: Columns.
        k: Depth.
        least_columns: Of a task; those of all tasks but the last are a multiple of it.
    """
    return NarrowBlocks(*_cut(outer, n, k, least_columns))


@one_step
def _cut(outer: int, n: int, k: int, least_columns: int) -> tuple[int, ...]:
    work = outer * n * k
    wanted = max(1, min(FEW_TASKS, work // LEAST_TASK), min(MOST_TASKS, work // TASK))
    column_tasks = max(1, min(ceil_div(wanted, max(outer, 1)), n // least_columns))
    task_columns = ceil_div(ceil_div(n, column_tasks), least_columns) * least_columns
    column_tasks = ceil_div(n, task_columns)
    pieces = min(ceil_div(wanted, max(outer * column_tasks, 1)), k // SHORTEST)
    pieces = max(1, pieces, ceil_div(k, LONGEST))
    piece = ceil_div(ceil_div(k, pieces), 8) * 8
    pieces = ceil_div(k, piece)
    units = outer * column_tasks * pieces
    grain = max(1, ceil_div(units, wanted))
    return task_columns, column_tasks, piece, pieces, units, grain


class NarrowPlanner(MatrixPlanner):
    """Plans the launches of one product."""

    def plan(self) -> list[Launch]:
        """One launch; a second one where the depth is cut into pieces."""
        shape, blocks = self._narrow_shape()
        chunks = ceil_div(blocks.units, blocks.grain)
        arguments: list[LaunchArgument] = [Pointer(name) for name, _, _ in shape.memory]
        for name, used, elements in (
            ("pack", shape.packed, self.values["packed"] * chunks),
            ("partial", shape.split, self.values["partial"]),
        ):
            if used:
                self._reserve(f"{self.prefix}.{name}", self.work.scratch, elements)
                arguments.append(Pointer(f"{self.prefix}.{name}"))
        arguments += self._scalar_arguments(shape.scalars)
        arguments += [Number(self.values[name]) for name in shape.numbers]
        layout = layout_of(shape.factors)
        kernel = Kernel(("contraction", shape), lambda: build_narrow(shape), layout=layout)
        launches = [Launch(kernel, tuple(arguments), chunks)]
        if shape.split:
            combine = Kernel(("combining", shape), lambda: build_combining(shape), layout=layout)
            outer = blocks.units // (blocks.column_tasks * blocks.pieces)
            tasks = outer * self.values["combine_tasks"]
            launches.append(Launch(combine, tuple(arguments), tasks))
        return launches

    def _narrow_shape(self) -> tuple[NarrowShape, NarrowBlocks]:
        reads = self._add_forms()
        vector, matrix = (self._matrix_factor(number) for number in (0, 1))
        problem, roles = self.problem, self.roles
        o, m, n, k = (
            problem.total(g) for g in (roles.outer, roles.rows, roles.columns, roles.depth)
        )
        fields = self._fields((vector, matrix), reads)
        itemsize = self.work.scratch.itemsize
        blocks = cut_narrow(o, n, k, 8 if matrix.deep else NARROWEST)
        packed = matrix.deep and not vector.deep
        combined = maximum(8, COMBINED // (blocks.pieces * m * 8) * 8)
        self.values |= {
            "M": m, "N": n, "K": k, "column_tasks": blocks.column_tasks,
            "task_columns": blocks.task_columns, "piece": blocks.piece, "pieces": blocks.pieces,
            "units": blocks.units, "grain": blocks.grain,
            "strip": STRIP_BYTES // (itemsize * m * 16) * 16, "packed": m * blocks.piece,
            "partial": o * blocks.pieces * m * n, "combined": combined,
            "combine_tasks": ceil_div(n, combined),
        }  # fmt: skip
        shape = NarrowShape(
            **fields,
            rows=1,
            vectors=1,
            numbers=tuple(self.values),
            blocked=False,
            held=False,
            parts=1,
            higher=False,
            several=bool(roles.rows),
            split=blocks.pieces > 1,
            packed=packed,
        )
        return shape, blocks
