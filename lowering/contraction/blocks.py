"""How a contraction is cut: register tiles, packed blocks, tasks. It depends on sizes only."""

from __future__ import annotations

from ...ops.calls.symbols import maximum, minimum, one_step
from ...ops.dataclass import dataclass
from .problem import Problem
from .roles import Roles

DEPTH = 256  # of a packed block: a tile's columns fill the first-level cache
BLOCK = 16  # a block's depth is a multiple of it: transposing writes so many steps at once
STRIP = 4  # tiles of columns that are packed together
TASK = 1 << 21  # multiply-adds that are worth a task of their own
MOST_TASKS = 32
MOST_ROWS = 384  # of a task: its packed rows fit the second-level cache
MOST_COLUMNS = 2048


@dataclass(frozen=True)
class Blocks:
    """Numbers of the blocking.

    Attributes:
        rows: Rows of a register tile.
        columns: Columns of a register tile.
        task_rows, task_columns: Of a task.
        row_tasks, column_tasks: Tasks along the rows, along the columns, at each outer position.
        units: All tasks.
        grain: Tasks in a chunk.
        run: Depth within which no block ends but at its last step.
        block: Depth of a block.
        blocks: Their number.
        strip: Columns packed together.
        shared: Several tasks use the same rows, which are packed once, before.
    """

    rows: int
    columns: int
    task_rows: int
    task_columns: int
    row_tasks: int
    column_tasks: int
    units: int
    grain: int
    run: int
    block: int
    blocks: int
    strip: int
    shared: bool


def ceil_div(a: int, b: int) -> int:
    """The least whole number that is not below a / b."""
    return -(-a // b)


@one_step
def tile_rows(most: int, rows: int) -> int:
    """Rows of a tile: many, so that columns are loaded seldom, but few beyond the end."""

    def worth(count: int) -> float:
        return some / (ceil_div(some, count) * count) * count / (count + 1.5)

    some = max(rows, 1)
    return max(range(1, most + 1), key=worth)


def cut(
    problem: Problem, roles: Roles, run: int, most_rows: int, columns: int, again: bool
) -> Blocks:
    """The blocking of a problem.

    Args:
        problem, roles: Extents and groups.
        run: Length of the runs of the depth.
        most_rows: Of a register tile.
        columns: Of a register tile.
        again: The rows are the same at all outer positions.
    """
    m, n, k, o = (problem.total(g) for g in (roles.rows, roles.columns, roles.depth, roles.outer))
    rows = tile_rows(most_rows, m)
    wanted = maximum(1, minimum(MOST_TASKS, o * m * n * k // TASK))
    task_rows, task_columns, row_tasks, column_tasks = _tasks(
        o, m, n, wanted, rows, columns, int(again)
    )
    units = o * row_tasks * column_tasks
    parts = maximum(1, ceil_div(run, DEPTH))
    block = maximum(BLOCK, ceil_div(ceil_div(run, parts), BLOCK) * BLOCK)
    return Blocks(
        rows, columns, task_rows, task_columns, row_tasks, column_tasks, units,
        grain=maximum(1, -(-units // maximum(wanted, 1))),
        run=run, block=block, blocks=maximum(1, k // maximum(run, 1) * ceil_div(run, block)),
        strip=minimum(columns * STRIP, task_columns), shared=again and o * column_tasks > 1,
    )  # fmt: skip


@one_step
def _tasks(
    outer: int, m: int, n: int, wanted: int, rows: int, columns: int, again: int
) -> tuple[int, int, int, int]:
    """Rows and columns of a task, tasks along the rows, along the columns.

    A task has rows and columns even where there is nothing to compute, and thus no task.
    """
    height, width = max(m, 1), max(n, 1)
    row_tasks, column_tasks = ceil_div(height, MOST_ROWS), ceil_div(width, MOST_COLUMNS)
    while outer * row_tasks * column_tasks < wanted:
        task_rows, task_columns = ceil_div(height, row_tasks), ceil_div(width, column_tasks)
        if task_columns >= 8 * columns and (again or task_columns >= task_rows):
            column_tasks *= 2
        elif task_rows >= 8 * rows:
            row_tasks *= 2
        elif task_columns >= 2 * columns:
            column_tasks *= 2
        else:
            break
    task_rows = ceil_div(ceil_div(height, row_tasks), rows) * rows
    task_columns = ceil_div(ceil_div(width, column_tasks), columns) * columns
    return task_rows, task_columns, ceil_div(m, task_rows), ceil_div(n, task_columns)
