"""How a product of matrices is cut: tasks, blocks of the depth, what is packed. By sizes only."""

from __future__ import annotations

from math import gcd

from ...ops.calls.symbols import maximum, one_step
from ...ops.dataclass import dataclass
from .blocks import ceil_div

DEPTH = 320  # of a block: a panel of columns fills half of the first-level cache
PITCH = 2  # steps of depth between packed panels: they do not all begin at one set of a cache
STEP = 16  # a block's depth is a multiple of it
STRIP_BYTES = 80 << 10  # of packed columns, which lie on the stack
LEAST_TASK = 1 << 18  # multiply-adds that are worth a task of their own: some 3 us of a core
FEW_TASKS = 4
TASK = 1 << 26  # beyond that many tasks: each packs for itself, so that many cost packing
MOST_TASKS = 16
ROW_COST, COLUMN_COST = 8, 3  # of packing an element of the rows, of the columns
MOST_ROWS = 264  # of a task: its packed rows fit the second-level cache
MOST_COLUMNS = 1024
PAGE = 4096  # bytes after which lines fall into the same set of the first-level cache
MOST_IN_PLACE = 4  # lines of a tile in one set
NEAR = 48 << 10  # bytes of a factor that is read where it lies as often as need be


@dataclass(frozen=True)
class MatrixBlocks:
    """Numbers of the blocking.

    Attributes:
        task_rows, task_columns: Of a task.
        row_tasks, column_tasks: Tasks along the rows, along the columns, at each outer position.
        units: All tasks.
        grain: Tasks in a chunk.
        block: Depth of a block.
        strip: Columns packed together.
        packed: Whether each factor is packed.
    """

    task_rows: int
    task_columns: int
    row_tasks: int
    column_tasks: int
    units: int
    grain: int
    block: int
    strip: int
    packed: tuple[bool, bool]


def strip_columns(columns: int, double: bool) -> int:
    """Columns of a strip: whole tiles."""
    most = STRIP_BYTES // (DEPTH * (8 if double else 4))
    return max(1, most // columns) * columns


@dataclass(frozen=True)
class Extents:
    """Sizes of a product, and of the tile that it is made of.

    Attributes:
        outer, m, n, k: Outer positions, rows, columns, depth.
        rows, columns: Of a tile.
        itemsize: Bytes of an element.
        step: Distance of neighbouring steps of depth in the columns' factor, in elements.
    """

    outer: int
    m: int
    n: int
    k: int
    rows: int
    columns: int
    itemsize: int
    step: int


def cut_matrix(size: Extents, must: tuple[bool, bool], parts: int = 1) -> MatrixBlocks:
    """The blocking of a product.

    Args:
        size: Extents.
        must: Factors that must be packed.
        parts: Steps of the depth in a packed element.
    """
    task_rows, task_columns = _tasks(size.outer, size.m, size.n, size.k, size.rows, size.columns)
    row_tasks, column_tasks = ceil_div(size.m, task_rows), ceil_div(size.n, task_columns)
    units = size.outer * row_tasks * column_tasks
    near = NEAR // (size.itemsize * maximum(size.k, 1))  # rows or columns that are near
    pack_columns = must[1] or task_columns > near or _crowded(size)
    pack_rows = must[0] or (task_rows > near and task_columns > 4 * size.columns)
    block = maximum(1, size.k)
    if pack_rows or pack_columns:
        block = ceil_div(ceil_div(block, ceil_div(block, DEPTH * parts)), STEP) * STEP
    strip = strip_columns(size.columns, size.itemsize == 8)
    work = maximum(1, size.m * size.n * size.k // maximum(1, row_tasks * column_tasks))
    grain = maximum(1, LEAST_TASK // work, ceil_div(units, MOST_TASKS))
    return MatrixBlocks(
        task_rows, task_columns, row_tasks, column_tasks, units, grain, block, strip,
        (pack_rows, pack_columns),
    )  # fmt: skip


def _crowded(size: Extents) -> bool:
    """Whether lines of a tile's columns push each other out of the first-level cache."""
    # where in a set of lines steps of the depth fall
    places = PAGE // one_step(gcd)(size.step * size.itemsize, PAGE)
    return size.m > size.rows and size.k > MOST_IN_PLACE * places


@one_step
def _tasks(
    outer: int, m: int, n: int, k: int, tile_rows: int, tile_columns: int
) -> tuple[int, int]:
    """Rows and columns of a task."""
    work = outer * m * n * k
    wanted = max(1, min(FEW_TASKS, work // LEAST_TASK), min(MOST_TASKS, work // TASK))
    if outer == 1:  # halves of halves: three tasks would become four, too small ones
        wanted = 1 << wanted.bit_length() - 1
    row_tasks, column_tasks = ceil_div(m, MOST_ROWS), ceil_div(n, MOST_COLUMNS)
    while outer * row_tasks * column_tasks < wanted:
        rows, columns = ceil_div(m, row_tasks), ceil_div(n, column_tasks)
        high, wide = rows >= 4 * tile_rows, columns >= 4 * tile_columns
        # Halves of the rows pack all columns twice, halves of the columns all rows.
        if high and (not wide or ROW_COST * rows >= COLUMN_COST * columns):
            row_tasks *= 2
        elif wide:
            column_tasks *= 2
        else:
            break
    rows = ceil_div(ceil_div(max(m, 1), max(row_tasks, 1)), tile_rows) * tile_rows
    columns = ceil_div(ceil_div(max(n, 1), max(column_tasks, 1)), tile_columns) * tile_columns
    return rows, columns
