"""A tile of a kernel for blocks of threads: loaded along one variable, worked on along another.

    packs down -> shared memory -> packs along the lanes -> shared memory -> packs down

A warp loads 128 bytes of each of four lines. With lines of 32 * copies + 1 elements in shared
memory, the element k of pack p of line i lies in bank 4 p + k + i, for elements of four bytes: of
the 32 threads no two meet, and none of those that read packs along the lanes do. Elements of two
and of eight bytes meet in pairs.

Source:
    Ruetsch and Micikevicius 2009, "Optimizing Matrix Transpose in CUDA" (padded lines).
"""

from __future__ import annotations

from collections.abc import Callable

from ...ops.dataclass import dataclass
from ..emit.expression import ExpressionEmitter
from ..emit.nest import NestEmitter
from ..emit.shape import AccessShape, TileShape
from ..ir.loops import INDEX, Scalar, Value
from ..ir.thread_instructions import WARP

PACKS = 8
"""Packs of a tile along the tall variable."""


class TurnedExpressions(ExpressionEmitter):
    """Reads what was turned over, whose neighbours may lie at any address."""

    def load(self, access: AccessShape, guard: Value | None) -> Value:
        """An element, or a vector of elements."""
        if access.tensor not in self.origins:
            return super().load(access, guard)
        b, memory = self.b, self.arguments.memory[access.tensor]
        base, _ = self.address(access, None)
        places = [b.plus(base, b.constant(lane)) for lane in range(self.shape.lanes)]
        return self.from_memory(access.tensor, b.together([b.load(memory, x) for x in places]))


@dataclass(frozen=True)
class _Packs:
    """The packs of one thread along the tall variable.

    Attributes:
        row: The first element of each, in the tile.
        line: The line of the first, along the lanes; the next ones are 32 lines apart.
        first: Where the tile begins along the tall variable, and along the lanes.
        last: Where it ends.
    """

    row: Value
    line: Value
    first: tuple[Value, Value]
    last: tuple[Value, Value]


class TurningEmitter(NestEmitter):
    """Writes the work of one tile."""

    def memory(self, number: int, name: str, scalar: Scalar) -> Value:
        """Shared memory for a tile, else an argument."""
        tile = self.shape.tile
        if tile is None or name not in dict((*tile.fetches, *tile.puts)):
            return super().memory(number, name, scalar)
        return self.b.shared(PACKS * self.shape.lanes * self._pitch, scalar)

    @property
    def _pitch(self) -> int:
        return WARP * self.shape.unroll + 1

    def tile(self, tile: TileShape, unit: Value, line: Callable[[Value, Value], None]) -> None:
        """All elements of a tile; see `lowering.emit.tile`."""
        b, e, shape = self.b, self.e, self.shape
        assert shape.lane is not None and shape.blocks is not None
        rest, right = self.divided(unit, self.numbers[shape.blocks])
        row, down = self.divided(rest, self.numbers[tile.blocks])
        others = [name for name in shape.outer if name not in (shape.lane, tile.variable)]
        self.place_row(row, others)
        sides = PACKS * shape.lanes, WARP * shape.unroll
        first = b.times(down, b.constant(sides[0])), b.times(right, b.constant(sides[1]))
        ends = self.extents[tile.variable], self.extents[shape.lane]
        last = [b.minimum_index(b.plus(x, b.constant(s)), n) for x, s, n in zip(first, sides, ends)]
        thread = b.thread_id()
        shift = b.constant(PACKS.bit_length() - 1)
        pack = b.add("arith.andi", [thread, b.constant(PACKS - 1)], INDEX)
        packs = _Packs(
            b.times(pack, b.constant(shape.lanes)), b.add("arith.shrui", [thread, shift], INDEX),
            first, (last[0], last[1]),
        )  # fmt: skip
        origin = b.plus(b.times(first[0], b.constant(self._pitch)), first[1])
        for name, _ in (*tile.fetches, *tile.puts):
            e.origins[name] = b.minus(b.constant(0), origin)
        fetched = [(name, self._fetched(tile, access, packs)) for name, access in tile.fetches]
        b.barrier()  # after the work on the tile before
        for name, values in fetched:
            self._spread(name, values, packs)
        if fetched:
            b.barrier()
        self._work(tile, packs, thread)
        if tile.puts:
            b.barrier()
        for name, access in tile.puts:
            self._put(tile, name, access, packs)

    def _places(
        self, tile: TileShape, access: AccessShape, packs: _Packs
    ) -> tuple[list[Value], list[Value]]:
        """Where this thread's packs lie in memory, and their places along the lanes."""
        b, e = self.b, self.e
        e.point[tile.variable] = b.plus(packs.first[0], packs.row)
        places, lanes = [], []
        for copy in range(self.shape.unroll):
            lanes.append(b.plus(b.plus(packs.first[1], packs.line), b.constant(copy * WARP)))
            near = b.minimum_index(lanes[-1], b.minus(packs.last[1], b.constant(1)))
            e.bases, e.copy = [near], 0
            places.append(e.evaluate_base(access.form))
        e.bases = []
        return places, lanes

    def _mask(self, packs: _Packs) -> Value:
        """Elements of a pack that are in the tile."""
        b = self.b
        left = b.minus(packs.last[0], b.plus(packs.first[0], packs.row))
        return b.mask(left, self.shape.lanes)

    def _fetched(self, tile: TileShape, access: AccessShape, packs: _Packs) -> list[Value]:
        """This thread's packs of a tile."""
        memory, mask = self.arguments.memory[access.tensor], self._mask(packs)
        places, _ = self._places(tile, access, packs)
        return [self.b.vector_load(memory, place, self.shape.lanes, mask) for place in places]

    def _own_places(self, packs: _Packs, copy: int) -> list[Value]:
        """Where the elements of a pack lie in shared memory."""
        b = self.b
        start = b.plus(b.times(packs.row, b.constant(self._pitch)), packs.line)
        offsets = (lane * self._pitch + copy * WARP for lane in range(self.shape.lanes))
        return [b.plus(start, b.constant(offset)) for offset in offsets]

    def _spread(self, name: str, values: list[Value], packs: _Packs) -> None:
        """Stores packs to shared memory."""
        b, scratch = self.b, self.arguments.memory[name]
        for copy, value in enumerate(values):
            for lane, place in enumerate(self._own_places(packs, copy)):
                b.store(b.extract(value, lane), scratch, place)

    def _put(self, tile: TileShape, name: str, access: AccessShape, packs: _Packs) -> None:
        """Stores packs of a tile to memory."""
        b, scratch, memory = self.b, self.arguments.memory[name], self.arguments.memory
        places, lanes = self._places(tile, access, packs)
        for copy, (place, lane) in enumerate(zip(places, lanes)):
            inside = b.branch(b.compare("slt", lane, packs.last[1]))
            with b.inside(inside.then):
                value = b.together([b.load(scratch, x) for x in self._own_places(packs, copy)])
                b.vector_store(value, memory[access.tensor], place, self._mask(packs))
            with b.inside(inside.otherwise):
                pass

    def _work(self, tile: TileShape, packs: _Packs, thread: Value) -> None:
        """The elements of this thread: packs along the lanes, in one line of the tall variable."""
        b, e, shape = self.b, self.e, self.shape
        across = WARP // shape.lanes
        shift = b.constant(across.bit_length() - 1)
        row = b.plus(packs.first[0], b.add("arith.shrui", [thread, shift], INDEX))
        member = b.add("arith.andi", [thread, b.constant(across - 1)], INDEX)
        start = b.plus(packs.first[1], b.times(member, b.constant(shape.lanes)))
        bases = [b.plus(start, b.constant(copy * WARP)) for copy in range(shape.unroll)]
        masks = [b.mask(b.minus(packs.last[1], base), shape.lanes) for base in bases]
        width = b.minus(packs.last[1], packs.first[1])
        whole = b.compare("eq", width, b.constant(WARP * shape.unroll))
        inside = b.branch(b.compare("slt", row, packs.last[0]))
        e.point[tile.variable] = row
        with b.inside(inside.then):
            chosen = b.branch(whole)
            for block, of_lanes in ((chosen.then, [None] * len(bases)), (chosen.otherwise, masks)):
                with b.inside(block):
                    e.scopes.append({})
                    self.preload_all(frozenset((shape.lane or "",)))
                    self.in_lanes(bases, list(of_lanes), self.row_body, [])
                    e.scopes.pop()
        with b.inside(inside.otherwise):
            pass
