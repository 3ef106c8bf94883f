"""How a direct convolution is cut: panels, blocks of depth, tasks. It depends on sizes only."""

from __future__ import annotations

from dataclasses import replace
from math import lcm

from ...ops.calls.symbols import maximum, one_step
from ...ops.dataclass import dataclass
from .near import Near

DEPTH = 320  # of a block: a panel of it leaves room in the first-level cache
STEP = 16  # a block's depth is a multiple of it: transposing writes so many steps at once
TASK = 1 << 21  # multiply-adds that are worth a task of their own: some 40 us of a core
MOST_TASKS = 32
MOST_ROWS = 128  # of a task: what a window reads comes from far away once for all of them
MOST_SUMS = 24 << 10  # of a task: with what it reads they fit the second-level cache
FEW_COLUMNS = 48  # a task with fewer would read the panels too often


@dataclass(frozen=True)
class DirectBlocks:
    """Numbers of the blocking.

    Attributes:
        panels: Of all rows.
        task_panels, task_columns: Of a task.
        image, image_tasks: Columns that tasks do not cross the end of, and tasks along them.
        row_tasks, column_tasks: Tasks along the panels and the columns, at each outer position.
        units: All tasks.
        grain: Tasks in a chunk.
        run: Depth within which no block ends but at its last step.
        block: Depth of a block.
        blocks: Their number.
    """

    panels: int
    task_panels: int
    task_columns: int
    image: int
    image_tasks: int
    row_tasks: int
    column_tasks: int
    units: int
    grain: int
    run: int
    block: int
    blocks: int


def ceil_div(a: int, b: int) -> int:
    """The least whole number that is not below a / b."""
    return -(-a // b)


def cut(
    outer: int, rows: int, columns: int, depth: int, run: int, width: int, tile: int
) -> DirectBlocks:
    """The blocking of a problem.

    Args:
        outer, rows, columns, depth: Extents of the groups.
        run: Length of the runs of the depth.
        width: Rows of a panel.
        tile: Columns of a register tile.
    """
    return DirectBlocks(*_cut(outer, rows, columns, depth, run, width, tile))


@one_step
def _cut(
    outer: int, rows: int, columns: int, depth: int, run: int, width: int, tile: int
) -> tuple[int, ...]:
    panels = ceil_div(rows, width)
    wanted = max(1, min(MOST_TASKS, outer * panels * width * columns * depth // TASK))
    row_tasks = ceil_div(panels, max(1, MOST_ROWS // width))
    most = MOST_SUMS // max(1, min(panels * width, MOST_ROWS))
    column_tasks = max(ceil_div(columns, most), ceil_div(wanted, outer * row_tasks))
    least = min(FEW_COLUMNS, columns)
    task_columns = ceil_div(max(ceil_div(columns, column_tasks), least), tile) * tile
    column_tasks = ceil_div(columns, task_columns)
    row_tasks = max(row_tasks, min(panels, ceil_div(wanted, outer * column_tasks)))
    task_panels = ceil_div(panels, row_tasks)
    row_tasks = ceil_div(panels, task_panels)
    units = outer * row_tasks * column_tasks
    parts = max(1, ceil_div(run, DEPTH))
    block = max(STEP, ceil_div(ceil_div(run, parts), STEP) * STEP)
    grain = max(1, units // wanted)
    blocks = max(1, depth // max(run, 1) * ceil_div(run, block))
    return (
        panels, task_panels, task_columns, columns, column_tasks, row_tasks, column_tasks, units,
        grain, run, block, blocks
    )  # fmt: skip


def cut_near(blocks: DirectBlocks, near: Near, columns: int, most: int, tile: int) -> DirectBlocks:
    """The blocking whose tasks take whole lines of an image, and its blocks whole channels.

    It is left as it is where what a task reads would be more than `most` elements, or lines or
    channels do not suit.
    """
    lines, block = _whole(
        blocks.task_columns, near.lines, near.inner, near.taps, blocks.run, near.step, near.reach,
        near.row, most, tile,
    )  # fmt: skip
    if lines == 0:
        return blocks
    image = near.lines * near.inner
    image_tasks = ceil_div(near.lines, lines)
    column_tasks = columns // image * image_tasks
    units = blocks.units // blocks.column_tasks * column_tasks
    return replace(
        blocks,
        task_columns=lines * near.inner,
        image=image,
        image_tasks=image_tasks,
        column_tasks=column_tasks,
        units=units,
        grain=maximum(1, blocks.grain * units // blocks.units),
        block=block,
        blocks=ceil_div(blocks.run, block),
    )


@one_step
def _whole(
    columns: int, lines: int, inner: int, taps: int, run: int, step: int, reach: int, row: int,
    most: int, tile: int,
) -> tuple[int, int]:  # fmt: skip
    """Lines of a task, and depth of a block; zeros where they do not suit."""
    parts = ceil_div(run, DEPTH)
    unit = STEP if parts == 1 else lcm(taps, STEP)
    block = ceil_div(ceil_div(run, parts), unit) * unit
    room = most // (min(block, run) // taps * row) if block <= DEPTH + STEP else 0
    fitting = 1 + (room - reach) // step if room >= reach else 0
    task_lines = min(lines, fitting, max(1, (2 * columns + inner) // (2 * inner)))
    if not task_lines:
        return 0, 0
    task_lines = ceil_div(lines, ceil_div(lines, task_lines))
    wide = task_lines * inner
    # Lanes of the last tile, and panels that are read again and again, are to be worth it.
    if wide < FEW_COLUMNS or 20 * wide < 19 * ceil_div(wide, tile) * tile:
        return 0, 0
    return task_lines, block
