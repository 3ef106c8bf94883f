"""The launches that put rows in order: which kernels, by the length of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ....ops.calls.symbols import maximum
from ....ops.dtype import int32, int64
from ....ops.errors import BackendError
from ...ir.loops import Function
from ...ir.thread_instructions import WARP
from ...launch import (
    Grid,
    Kernel,
    Launch,
    LaunchArgument,
    Number,
    Pointer,
    Schedule,
    Status,
    Temporary,
)
from ...nest.nest import Nest
from ...ordering.keys import Elements, elements_of
from ...ordering.plan import Planner
from ...ordering.plan import match as match
from ...ordering.rows import Wanted
from .. import tile
from ..narrow import are_narrow, narrowed
from .first import NUMBERS as FIRST_NUMBERS
from .first import build_first
from .long import NUMBERS, buffers, build_begin, build_count, build_move
from .ranking import WARPS, build_ranking
from .rows import build_rows
from .select import NUMBERS as SELECTING
from .select import SCRATCH, build_choose, build_find, build_tally
from .shape import THREADS, OrderShape

RANKED = (1, 2, 4)
"""Elements of a thread of a warp that ranks a row."""

SORTED = {32: (1, 4, 16), 64: (1, 4, 8)}
"""Elements of a thread of a block that sorts a row, by the width of words: as many as have room in
48 KB of shared memory, with their places and counts."""

LONGEST_ROW = 1 << 31

PIECES = 512
"""Pieces of all rows together, in which digits are counted: some four for each multiprocessor."""

FEW = 8
"""Tiles keep their first ones only if these are at most so large a part of them."""

Make = Callable[[OrderShape, str, tuple[str, ...]], Function]
"""Writes a kernel, given its shape, its name and the names of its integer arguments."""


def build(nest: Nest) -> list[Launch]:
    """The launches of an order, and of the maps beside it."""
    return SimtPlanner(nest).build()


class SimtPlanner(Planner):
    """Plans one order for blocks of threads."""

    @property
    def parts_truths(self) -> bool:
        """Never: truth values are sorted as other keys are, in one pass over their digit."""
        return False

    def order(
        self, count: int, length: int, kept: int, wanted: Wanted, memory: dict[str, str]
    ) -> list[Launch]:
        """The launches that put rows in order, or find one place in each."""
        elements = elements_of(self.element, self.step.reverse)
        place, number = "first", kept
        if self.step.kind != "first":
            found = self.place(length, memory)
            place, number = ("each", 0) if found is None else ("one", found)
        plan = order_rows(elements, wanted, place, count, length, number, self.context.target.name)
        return self.named(plan, memory)

    def pointwise(self, nest: Nest) -> list[Launch]:
        """The launch of maps."""
        return tile.build(nest) if tile.match(nest) else [nest.launch()]


def order_rows(
    elements: Elements, wanted: Wanted, place: str, rows: int, length: int, number: int, target: str
) -> Schedule:
    """The launches that put rows of `input` in order.

    Args:
        elements: What is compared, and which way.
        wanted: Which of `values` and `indices` are written.
        place: See `OrderShape`.
        rows, length: Of the input, which is contiguous; both are at least 1.
        number: How many of the first ones are written, or which one.
        target: Name of the processor.

    Raises:
        BackendError: Rows are too long.
    """
    if length > LONGEST_ROW:
        raise BackendError(f"a row that is put in order must have at most 2**31 elements: {length}")
    asked = {"first": {"kept": number}, "one": {"wanted": number}, "each": {}}[place]
    numbers = {"rows": rows, "length": length, **asked}
    for items in RANKED:
        if length <= items * WARP:
            shape = OrderShape(elements, wanted, place, items)
            return Schedule((_launch("rank", shape, numbers, target, build_ranking, WARPS),))
    sizes = SORTED[64 if elements.width > 32 else 32]
    for items in sizes:
        if length <= items * THREADS:
            shape = OrderShape(elements, wanted, place, items)
            return Schedule((_launch("sort", shape, numbers, target, build_rows, 1),))
    shape = OrderShape(elements, wanted, place, sizes[-1])
    if place == "first" and number <= shape.tile // FEW:
        return _first_of_long(shape, rows, length, number, target)
    if place != "first":
        return _select(shape, numbers, asked, target)
    return _sort_long(shape, numbers, asked, target)


def _launch(
    name: str, shape: OrderShape, numbers: dict[str, int], target: str,
    make: Make, each: int, scratch: tuple[str, ...] = (), units: str = "rows",
    structure: object = None,
) -> Launch:  # fmt: skip
    """The launch of a kernel.

    Args:
        name: Of the kernel, before its key.
        shape: Its structure.
        numbers: Its integer arguments.
        target: Name of the processor.
        make: Writes it.
        each: Units that a block takes at a time.
        scratch: Memory between the input and the results.
        units: The number that says how many units there are.
        structure: What its code depends on besides the shape.
    """
    names = tuple(numbers)
    given = numbers["rows"] * numbers.get("given", numbers["length"])
    narrow = are_narrow([*numbers.values(), given, numbers[units] * THREADS])
    key = (f"order_{name}", repr((shape, names, structure, narrow)), target)
    entry = f"{key[0]}_{hashlib.sha256(key[1].encode()).hexdigest()[:16]}"
    grid = Grid(THREADS, names.index(units), each)
    arguments: list[LaunchArgument] = [Status()] if shape.place == "each" else []
    arguments += [Pointer(x) for x in ("input", *scratch, *shape.names)]
    arguments += [Number(value) for value in numbers.values()]
    kernel = Kernel(
        key, lambda: narrowed(make(shape, entry, names), narrow), grid=grid, entry=entry
    )
    return Launch(kernel, tuple(arguments), grid.blocks(list(numbers.values())))


def _first_of_long(shape: OrderShape, rows: int, length: int, kept: int, target: str) -> Schedule:
    """Launches that keep the first few of tiles, until there is one tile of each row."""
    launches: list[Launch] = []
    left, source, most = length, None, 0
    while True:
        tiles = -(-left // shape.tile)
        to = None if tiles == 1 else 0 if source is None else 1 - source
        written = shape if to is None else replace(shape, wanted=Wanted(False, False))
        numbers = dict(zip(FIRST_NUMBERS, (rows, left, tiles, rows * tiles, kept, length)))
        names = tuple(name for name, _ in buffers(shape, source, to))
        make = partial(build_first, source=source, target=to)
        launches.append(
            _launch("first", written, numbers, target, make, 1, names, "units", (source, to))
        )
        if to is None:
            break
        left, source = tiles * kept, to
        most = max(most, left)
    return Schedule(tuple(launches), _buffers(shape, rows * most))


def _buffers(shape: OrderShape, count: int) -> tuple[Temporary, ...]:
    """Memory for two buffers of pairs."""
    kinds = (("words", int64 if shape.elements.width > 32 else int32), ("places", int32))
    return tuple(Temporary(f"{what}{k}", kind, count) for k in (0, 1) for what, kind in kinds)


def _select(
    shape: OrderShape, sizes: dict[str, int], asked: dict[str, int], target: str
) -> Schedule:
    """Two launches for each digit, from the highest one, and one that finds the element."""
    rows, length = sizes["rows"], sizes["length"]
    wanted = maximum(1, PIECES // rows)
    each = -(-length // (wanted * shape.tile)) * shape.tile
    pieces = -(-length // each)
    counting = replace(shape, wanted=Wanted(False, False), place="first")
    asking, finding = replace(shape, wanted=Wanted(False, False)), replace(shape, place="first")
    launches: list[Launch] = []
    for digit in reversed(range(shape.digits)):
        first = digit == shape.digits - 1
        numbers = dict(zip(SELECTING, (rows, length, pieces, rows * pieces, each, digit)))
        tally, choose = partial(build_tally, first=first), partial(build_choose, first=first)
        chosen = (asking, numbers | asked) if first else (counting, numbers)
        launches += [
            _launch("tally", counting, numbers, target, tally, 1, SCRATCH, "units", first),
            _launch("choose", *chosen, target, choose, 1, SCRATCH, structure=first),
        ]
    launches.append(_launch("find", finding, numbers, target, build_find, 1, SCRATCH))
    kinds = (int64 if shape.elements.width > 32 else int32, int32, int32)
    counts = (rows, rows, rows * pieces * THREADS)
    return Schedule(tuple(launches), tuple(map(Temporary, SCRATCH, kinds, counts)))


def _sort_long(
    shape: OrderShape, sizes: dict[str, int], asked: dict[str, int], target: str
) -> Schedule:
    """Three launches for each digit, the last of which writes the results."""
    rows, length = sizes["rows"], sizes["length"]
    tiles = -(-length // shape.tile)
    launches: list[Launch] = []
    for digit in range(shape.digits):
        numbers = dict(zip(NUMBERS, (rows, length, tiles, rows * tiles, digit)))
        launches += _by_digit(shape, numbers, asked, target)
    return Schedule(
        tuple(launches),
        (
            *_buffers(shape, rows * length if shape.digits > 1 else 0),
            Temporary("counts", int32, rows * tiles * THREADS),
            Temporary("totals", int32, rows * THREADS),
        ),
    )


def _by_digit(
    shape: OrderShape, numbers: dict[str, int], asked: dict[str, int], target: str
) -> list[Launch]:
    """The launches that sort by one digit: pairs go from one buffer to the other."""
    digit, last = numbers["digit"], shape.digits - 1
    ends = None if digit == 0 else digit % 2, None if digit == last else (digit + 1) % 2
    source, _ = ends
    inner = OrderShape(shape.elements, Wanted(False, False), "first", shape.items)
    lines = {**numbers, "units": numbers["rows"] * THREADS}
    words = () if source is None else (f"words{source}",)
    pairs = (name for name, _ in buffers(shape, *ends))
    sums = ("counts", "totals")
    count = partial(build_count, source=source)
    move = partial(build_move, source=source, target=ends[1])
    moved = (inner, numbers) if digit < last else (shape, numbers | asked)
    return [
        _launch("count", inner, numbers, target, count, 1, (*words, "counts"), "units", source),
        _launch("begin", inner, lines, target, build_begin, 1, sums, "units"),
        _launch("move", *moved, target, move, 1, (*pairs, *sums), "units", ends),
    ]
