"""The kernel of a sum of products: tile after tile of the result, step after step of the depth.

While a step is multiplied out of shared memory, the next ones are on their way there, each to a
stage of its own; one barrier begins a step. A thread has packs of four rows and of four columns, so
that shared memory is read 16 bytes at a time.

Source:
    Volkov and Demmel 2008, doi:10.1109/SC.2008.5214359 (register blocking on GPUs).
"""

from __future__ import annotations

from collections.abc import Sequence

from ....ops.dataclass import dataclass
from ...contraction.table import Places
from ...emit.memory import Typed
from ...ir.builder import Builder
from ...ir.loops import F64, I64, INDEX, Function, Memref, Value, Vector
from ...naming import memory_name
from .fetch import Fetcher
from .shape import GROUP, PACK, SIDE, ProductShape
from .table import DepthTable
from .write import Results


def build_product(shape: ProductShape) -> Function:
    """The kernel of a shape."""
    return ProductEmitter(shape).function()


@dataclass(frozen=True)
class Tile:
    """A tile of the result.

    Attributes:
        outer: Its outer position.
        digits: Of that.
        starts: Its first row and column.
        steps: The first step of depth, and the one after the last.
        place: Of the slice among the sums of all slices.
    """

    outer: Value
    digits: list[Value]
    starts: list[Value]
    steps: tuple[Value, Value]
    place: Value


class ProductEmitter:
    """Writes one kernel."""

    def __init__(self, shape: ProductShape) -> None:
        self.shape = shape
        self.b = b = Builder(shape.name)
        b.function.threads = shape.threads
        b.function.together = shape.together
        b.function.shared = shape.shared
        self.memory: dict[str, Value] = {}
        for number, (name, scalar, _) in enumerate(shape.memory):
            self.memory[name] = b.argument(Memref(scalar), memory_name(number, name))
        self.scalars: dict[str, Typed] = {}
        for number, (name, kind) in enumerate(shape.scalars):
            wide = F64 if kind.category == 2 else I64
            self.scalars[name] = Typed(b.argument(wide, f"s{number}_{name}"), kind)
        self.numbers = {name: b.argument(INDEX, f"n{k}") for k, name in enumerate(shape.numbers)}
        self.places = Places(b, self.numbers, dict(shape.groups))
        self.thread = b.thread_id()

    def function(self) -> Function:
        """The finished kernel."""
        b, shape, n = self.b, self.shape, self.numbers
        self.narrow_scalars()
        fetchers = [
            Fetcher(b, shape, number, self.places, self.memory, self.thread) for number in (0, 1)
        ]
        results = Results(b, shape, self.places, self.memory, self.scalars)
        across, down = self.b.rest(self.thread, SIDE), self.b.quotient(self.thread, SIDE)
        with b.loop(b.block_id(), n["units"], b.grid_dim()) as loop:
            tile = self.tile(loop.index)
            for fetcher, start in zip(fetchers, tile.starts):
                fetcher.begin(start, tile.digits)
            sums = self.multiply(fetchers, tile.steps, down, across)
            results.begin(tile.digits, tile.place)
            self.write(results, sums, tile.starts, down, across)
        return b.finish()

    def tile(self, unit: Value) -> Tile:
        """The tile of a number."""
        b, shape, n = self.b, self.shape, self.numbers
        outer, row_tile, column_tile = self.tile_of(unit)
        steps = b.constant(0), n["steps"]
        place = b.constant(0)
        if shape.sliced:
            part, outer = self.b.divided(outer, n["outer"])
            first = b.times(part, n["each"])
            steps = first, b.minimum_index(b.plus(first, n["each"]), n["steps"])
            place = b.times(part, n["size"])
        tiles = zip((row_tile, column_tile), shape.sides)
        starts = [b.times(tile, b.constant(side)) for tile, side in tiles]
        return Tile(outer, self.places.digits(outer, "o"), starts, steps, place)

    def tile_of(self, unit: Value) -> tuple[Value, Value, Value]:
        """Outer position, row and column of a tile: blocks that run at the same time have a square
        of tiles, as far as there is one, so that they share what they read."""
        b, n = self.b, self.numbers
        outer, rest = self.b.divided(unit, b.times(n["row_tiles"], n["column_tiles"]))
        group, rest = self.b.divided(rest, b.times(b.constant(GROUP), n["column_tiles"]))
        first = b.times(group, b.constant(GROUP))
        height = b.minimum_index(b.minus(n["row_tiles"], first), b.constant(GROUP))
        column, row = self.b.divided(rest, height)
        return outer, b.plus(first, row), column

    def write(
        self, results: Results, sums: list[Value], starts: list[Value], down: Value, across: Value
    ) -> None:
        """Writes the sums of this thread, which begin at rows and columns of the tile."""
        places = [self.b.plus(start, self._packed(m)) for start, m in zip(starts, (down, across))]
        results.write(sums, places[0], places[1])

    def narrow_scalars(self) -> None:
        """Brings numbers, which are passed as 64 bits, to the kinds in which they are used."""
        for name, typed in self.scalars.items():
            value = self.b.convert(typed.value, typed.kind.scalar)
            self.scalars[name] = Typed(value, typed.kind)

    def multiply(
        self, fetchers: Sequence[Fetcher], steps: tuple[Value, Value], down: Value, across: Value
    ) -> list[Value]:
        """The sums of this thread: for each row of its packs a vector for each pack of columns.

        Args:
            fetchers: Of the two factors.
            steps: The first step of depth, and the one after the last.
            down, across: This thread's place in the tile.
        """
        b, shape = self.b, self.shape
        tables = [fetcher.table for fetcher in fetchers if fetcher.table is not None]
        ahead = shape.stages - 1
        stages = [b.constant(number * shape.stage(0)) for number in range(shape.stages)]
        for number in range(ahead):
            step = b.plus(steps[0], b.constant(number))
            self.fill(tables, step)
            if tables:
                b.barrier()
            for fetcher in fetchers:
                fetcher.store(fetcher.fetch(step, stages[number]), stages[number])
            b.end_group()
        self.fill(tables, b.plus(steps[0], b.constant(ahead)))
        with b.loop(steps[0], steps[1], carried=[*self.zeros(), stages[0]]) as loop:
            *sums, this = loop.carried
            free = self.around(this, -1)
            b.wait_for_groups(ahead - 1)
            b.barrier()  # this step is there, and all threads are through with the one before
            step = b.plus(loop.index, b.constant(ahead))
            fetched = [fetcher.fetch(step, free) for fetcher in fetchers]
            b.end_group()
            self.fill(tables, b.plus(step, b.constant(1)))
            sums = self.step(fetchers, this, down, across, sums)
            for fetcher, values in zip(fetchers, fetched):
                fetcher.store(values, free)
            loop.next = [*sums, self.around(this, 1)]
        b.wait_for_groups(0)
        b.barrier()
        return loop.results[:-1]

    def fill(self, tables: Sequence[DepthTable], step: Value) -> None:
        """Makes the tables of a step of depth."""
        for table in tables:
            table.fill(step, self.thread)

    def around(self, stage: Value, step: int) -> Value:
        """The stage after another one (step 1), or before it (-1), in a ring."""
        b, size = self.b, self.shape.stage(0)
        ends = (self.shape.stages - 1) * size, 0
        end, start = ends if step == 1 else ends[::-1]
        at_end = b.compare("eq", stage, b.constant(end))
        return b.select(at_end, b.constant(start), b.plus(stage, b.constant(step * size)))

    def zeros(self) -> list[Value]:
        """The sums before the first step."""
        zero = self.b.constant(0.0, Vector(PACK, self.shape.scalar))
        return [zero] * (PACK * self.shape.packs * self.shape.packs)

    def step(
        self,
        fetchers: Sequence[Fetcher],
        stage: Value,
        down: Value,
        across: Value,
        sums: list[Value],
    ) -> list[Value]:
        """The sums with the products of what is in a stage of shared memory."""
        b, shape = self.b, self.shape
        first, second = fetchers
        with b.loop(b.constant(0), b.constant(shape.depth), carried=sums, unroll=1) as loop:
            line = b.plus(stage, b.times(loop.index, b.constant(shape.pitch)))
            rows = self._packs(first.shared, line, down)
            columns = self._packs(second.shared, line, across)
            left = [b.broadcast(b.extract(v, k), PACK) for v in rows for k in range(PACK)]
            pairs = [(row, column) for row in left for column in columns]
            loop.next = [b.math("fma", x, y, s) for (x, y), s in zip(pairs, loop.carried)]
        return loop.results

    def _packs(self, shared: Value, line: Value, member: Value) -> list[Value]:
        """This thread's packs of a line of shared memory."""
        b = self.b
        start = b.plus(line, self._packed(member))
        return [
            b.vector_load(shared, b.plus(start, b.constant(k * PACK * SIDE)), PACK)
            for k in range(self.shape.packs)
        ]

    def _packed(self, member: Value) -> Value:
        return self.b.times(member, self.b.constant(PACK))
