"""The kernel of a sum of products by warp groups whose factors a thread copies in boxes (TMA).

One thread of a warp of its own asks for boxes of both factors, a stage for each step of depth, and
goes from tile to tile without waiting for results to be written. Two barriers belong to a stage:
at one of them its bytes arrive, at the other each warp that multiplies arrives when the products
that read the stage have ended.

    copying thread, step k:   wait until all warps are through with the stage; ask for its boxes
    multiplying warp, step k: wait for the boxes; begin their products (those of step k - 1 go on)
                              wait for the products of step k - 1; give its stage back

Nothing makes threads of different warps meet but these barriers. Boxes have zeros for what lies
outside of a factor, and packs turned as products read them, so that no thread looks at elements. Of
nine warps three share a quarter of the registers, which leaves 168 for each thread.

Source:
    PTX ISA, "mbarrier" and "cp.async.bulk.tensor"; the parity of a phase in which a barrier has
    been used n times is n mod 2, and one that has never been used looks as if a phase of parity 1
    were over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...ir.instructions import bits
from ...ir.loops import I1, I64, Descriptor, Function, Value
from ...ir.thread_instructions import WARP
from .group import GroupEmitter
from .kernel import Tile
from .shape import GROUP_ALIGNMENT, GROUP_BYTES, THREADS, ProductShape
from .write import Results


def build_mapped_product(shape: ProductShape) -> Function:
    """The kernel of a shape."""
    return MappedEmitter(shape).function()


class MappedEmitter(GroupEmitter):
    """Writes one kernel.

    Attributes:
        maps: Of both factors.
        shared: Shared memory of both factors.
        barriers: For each stage the one at which its bytes arrive, then for each stage the one at
            which it is given back.
    """

    def __init__(self, shape: ProductShape) -> None:
        super().__init__(shape)
        b = self.b
        self.maps = [Value(Descriptor(shape.element), f"map{k}") for k in (0, 1)]
        b.function.arguments[:0] = self.maps
        self.shared = [
            b.shared(shape.stages * shape.stage(k), shape.element, GROUP_ALIGNMENT) for k in (0, 1)
        ]
        self.barriers = b.shared(2 * shape.stages, I64, GROUP_ALIGNMENT)

    def function(self) -> Function:
        """The finished kernel."""
        b = self.b
        self.narrow_scalars()
        self.make_barriers()
        producing = b.branch(b.compare("sge", self.thread, b.constant(THREADS)))
        with b.inside(producing.then):
            first = b.branch(b.compare("eq", self.thread, b.constant(THREADS)))
            with b.inside(first.then):
                self.produce()
            with b.inside(first.otherwise):
                pass
        with b.inside(producing.otherwise):
            self.consume()
        return b.finish()

    def make_barriers(self) -> None:
        """Makes the barriers, and shows them to all threads."""
        b, stages = self.b, self.shape.stages
        first = b.branch(b.compare("eq", self.thread, b.constant(0)))
        with b.inside(first.then):
            for stage in range(stages):
                b.make_barrier((self.barriers, b.constant(stage)), 1)
            for stage in range(stages):
                b.make_barrier((self.barriers, b.constant(stages + stage)), THREADS // WARP)
            b.show_barriers()
        with b.inside(first.otherwise):
            pass
        b.barrier()

    @contextmanager
    def tiles(self) -> Iterator[tuple[Tile, list[Value]]]:
        """The tiles of a block; the list has the number of steps so far, and is to be given the
        number with those of this tile."""
        b, n = self.b, self.numbers
        with b.loop(b.block_id(), n["units"], b.grid_dim(), [b.constant(0)]) as loop:
            counts = list(loop.carried)
            yield self.tile(loop.index), counts
            loop.next = counts[-1:]

    def produce(self) -> None:
        """Asks for all boxes, one step after the other."""
        b, shape = self.b, self.shape
        expected = sum(shape.stage(k) for k in (0, 1)) * bits(shape.element) // 8
        with self.tiles() as (tile, counts):
            with b.loop(*tile.steps, carried=counts) as loop:
                (count,) = loop.carried
                slot, parity = self._stage_of(count)
                b.wait_for_phase(self._given_back(slot), b.minus(b.constant(1), parity))
                b.expect_bytes((self.barriers, slot), expected)
                for number in (0, 1):
                    self.copy_stage(number, tile, loop.index, slot)
                loop.next = [b.plus(count, b.constant(1))]
            counts += loop.results

    def copy_stage(self, number: int, tile: Tile, step: Value, slot: Value) -> None:
        """Asks for the boxes of a factor in a step: one, or one for each 64 rows (or columns)."""
        b, shape = self.b, self.shape
        length = GROUP_BYTES * 8 // bits(shape.element)
        depth, start = b.times(step, b.constant(shape.depth)), tile.starts[number]
        beyond = [tile.outer] * (shape.maps[number] - 2)
        place = self._stage(slot, number)
        if shape.factors[number].deep:
            self._copy(number, place, slot, [depth, start, *beyond])
            return
        for first in range(0, shape.sides[number], length):
            here = b.plus(place, b.constant(first * shape.depth))
            self._copy(number, here, slot, [b.plus(start, b.constant(first)), depth, *beyond])

    def _copy(self, number: int, place: Value, slot: Value, corner: list[Value]) -> None:
        arrived = self.barriers, slot
        self.b.copy_box(self.shared[number], place, self.maps[number], arrived, corner)

    def consume(self) -> None:
        """Multiplies, and writes results."""
        b, shape = self.b, self.shape
        results = Results(b, shape, self.places, self.memory, self.scalars)
        with self.tiles() as (tile, counts):
            counts.append(self.multiply_tile(tile, counts[0]))
            results.begin(tile.digits, tile.place)
            self.write(results, self.loaded(), tile.starts, self.thread, self.thread)

    def multiply_tile(self, tile: Tile, done: Value) -> Value:
        """Makes the sums of a tile.

        Args:
            tile: That it is.
            done: Steps of this block before it.

        Returns:
            Steps of this block with those of the tile.
        """
        b = self.b
        self.clear()
        with b.loop(*tile.steps, carried=[done]) as loop:
            (count,) = loop.carried
            slot, parity = self._stage_of(count)
            b.wait_for_phase((self.barriers, slot), parity)
            self.begin_step(self.shared, slot)
            b.wait_for_products(self.sums, 1)
            self.give_back(count)
            loop.next = [b.plus(count, b.constant(1))]
        b.wait_for_products(self.sums, 0)
        return loop.results[0]

    def give_back(self, count: Value) -> None:
        """Arrives, for this warp, at the barrier of the stage before, if there is one.

        That of the last step of a tile is given back in the next tile: a condition that only the
        first step of a tile does not meet makes the compiler unroll that one, and copy sums that
        products are being added to.
        """
        b = self.b
        first = b.compare("eq", self.b.rest(self.thread, WARP), b.constant(0))
        here = b.add("arith.andi", [first, b.compare("sgt", count, b.constant(0))], I1)
        slot, _ = self._stage_of(b.minus(count, b.constant(1)))
        b.arrive(self._given_back(slot), here)

    def _given_back(self, slot: Value) -> tuple[Value, Value]:
        return self.barriers, self.b.plus(slot, self.b.constant(self.shape.stages))

    def _stage_of(self, count: Value) -> tuple[Value, Value]:
        """The stage of a step, and the parity of how often it was used before."""
        stages = self.shape.stages
        return self.b.rest(count, stages), self.b.rest(self.b.quotient(count, stages), 2)
