"""Scatters shared out by the places that they write to: each block owns some of them.

What is added at one place must be added in order, so that one thread does all of it. Without more
ado that would be all elements of a row one after the other, however many places there are. So the
places along one axis of the target are cut into ranges: a block reads all indices, and does what
falls into its range. Where an index is the same for all threads of a block, they look at as many
elements at a time as there are threads, and list those that are the block's, in order.
"""

from __future__ import annotations

from ..emit.loops import Body
from ..ir.loops import I1, I32, I64, INDEX, Function, Value
from ..ir.thread_instructions import WARP
from .emit import SimtEmitter
from .shape import OwnerShape, SimtShape


def emit_owners(shape: SimtShape) -> Function:
    """The kernel of a shape."""
    return OwnerEmitter(shape).function()


class OwnerEmitter(SimtEmitter):
    """Writes one kernel.

    Attributes:
        owners: How places are shared out.
        alive: This thread has a row.
        range: The first place of the block's range, and the one after the last.
        is_first: The block has the first range, and answers for places that do not exist.
    """

    def __init__(self, shape: SimtShape) -> None:
        super().__init__(shape)
        assert shape.owners is not None
        self.owners: OwnerShape = shape.owners
        b, threads = self.b, shape.threads
        if self.owners.together:
            self.list = b.shared(threads, I64)
            self.board = b.shared(threads // WARP, I32)

    def function(self) -> Function:
        """The finished kernel."""
        b, shape, owners = self.b, self.shape, self.owners
        self.narrow_scalars()
        threads = b.constant(self.simt.threads)
        with b.loop(b.block_id(), self.numbers[shape.units], b.grid_dim()) as loop:
            tile, owner = self.divided(loop.index, self.numbers[owners.count])
            row, rows = b.plus(b.times(tile, threads), self.team.thread), self.numbers[owners.rows]
            self.alive = b.compare("slt", row, rows)
            near = b.minimum_index(row, b.minus(rows, b.constant(1)))
            first = b.times(owner, self.numbers[owners.each])
            self.range = first, b.plus(first, self.numbers[owners.each])
            self.is_first = b.compare("eq", owner, b.constant(0))
            self.e.scopes.append({})
            self.place_row(near, list(shape.outer))
            self.row()
            self.e.scopes.pop()
        return b.finish()

    def over_inner(
        self, variables: list[str], carried: list[Value], body: Body, width: int, reverse: bool
    ) -> list[Value]:
        """The elements of a row that this block has to do with."""
        assert not carried and not reverse, "a scatter folds nothing"
        if self.owners.together:
            self.listed(variables, body)
            return []
        return super().over_inner(variables, [], self.owned(body), width, reverse)

    def owned(self, body: Body) -> Body:
        """The body where the element at hand is this thread's."""

        def guarded(carried: list[Value]) -> list[Value]:
            mine = self.b.add("arith.andi", [self.alive, self.is_mine()], I1)
            self.where(mine, body)
            return carried

        return guarded

    def where(self, condition: Value, body: Body) -> None:
        """The body if a condition holds."""
        branch = self.b.branch(condition)
        with self.b.inside(branch.then):
            self.e.scopes.append({})
            body([])
            self.e.scopes.pop()
        with self.b.inside(branch.otherwise):
            pass

    def is_mine(self) -> Value:
        """Whether the element at hand goes to the block's range, or nowhere."""
        b, e = self.b, self.e
        e.scopes.append({})
        place = e.to_index(e.emit(self.owners.index))
        e.scopes.pop()
        first, end = self.range
        within = [b.compare("sge", place, first), b.compare("slt", place, end)]
        inside = b.add("arith.andi", within, I1)
        exists = b.compare("ult", place, self.numbers[self.owners.extent])
        return b.select(exists, inside, self.is_first)

    def listed(self, variables: list[str], body: Body) -> None:
        """The body for the elements of the block's range, as many at a time as threads find."""
        b = self.b
        lengths = {name: self.extents[name] for name in variables}
        total = b.constant(1)
        for length in lengths.values():
            total = b.times(total, length)
        with b.loop(b.constant(0), total, self.simt.threads) as loop:
            position = b.plus(loop.index, self.team.thread)
            there = b.compare("slt", position, total)
            near = b.minimum_index(position, b.minus(total, b.constant(1)))
            self.e.scopes.append({})
            self.place_element(near, lengths)
            mine = b.add("arith.andi", [there, self.is_mine()], I1)
            self.e.scopes.pop()
            count = self.compact(mine, position)
            with b.loop(b.constant(0), count) as items:
                position = b.convert(b.load(self.list, items.index), INDEX)
                self.e.scopes.append({})
                self.place_element(position, lengths)
                self.where(self.alive, body)
                self.e.scopes.pop()
            b.barrier()  # before the list is written again

    def place_element(self, position: Value, lengths: dict[str, Value]) -> None:
        """Inner variables from the position of an element."""
        names = list(lengths)
        for name in reversed(names[1:]):
            position, self.e.point[name] = self.divided(position, lengths[name])
        self.e.point[names[0]] = position

    def compact(self, mine: Value, position: Value) -> Value:
        """Lists the positions of all threads whose element is the block's, in order; how many."""
        b, one = self.b, self.b.constant(1, I32)
        lane = b.convert(self.team.lane, I32)
        alike = b.match(b.convert(mine, I32))
        of_block = b.select(mine, alike, b.add("arith.xori", [alike, b.constant(-1, I32)], I32))
        lower = b.minus(b.add("arith.shli", [one, lane], I32), one)
        rank = b.math("ctpop", b.add("arith.andi", [of_block, lower], I32))
        first = b.branch(b.compare("eq", lane, b.constant(0, I32)))
        with b.inside(first.then):
            b.store(b.math("ctpop", of_block), self.board, self.team.warp)
        with b.inside(first.otherwise):
            pass
        b.barrier()
        start = whole = b.constant(0, I32)
        for warp in range(self.simt.threads // WARP):
            found = b.load(self.board, b.constant(warp))
            earlier = b.compare("slt", b.constant(warp), self.team.warp)
            start = b.plus(start, b.select(earlier, found, b.constant(0, I32)))
            whole = b.plus(whole, found)
        kept = b.branch(mine)
        with b.inside(kept.then):
            b.store(b.convert(position, I64), self.list, b.convert(b.plus(start, rank), INDEX))
        with b.inside(kept.otherwise):
            pass
        b.barrier()
        return b.convert(whole, INDEX)
