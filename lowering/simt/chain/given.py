"""Rows whose values are in memory: each element follows from its products; products along them.

    for each tile of elements
        products, from which the elements follow
        for each product of rows: its elements to shared memory; products along them
    results

Source:
    Dao 2023, arXiv 2307.08691, algorithm 2 (tiles of scores computed anew from values of rows),
    without its atomic additions: rows and columns are walked by kernels of their own.
"""

from __future__ import annotations

from ....ops.expression import Read
from ...loops import Value
from .block import BlockEmitter
from .shape import SIDE


class GivenEmitter(BlockEmitter):
    """Writes one kernel."""

    def walk(self, start: Value, first: Value, end: Value) -> None:
        """See `BlockEmitter.walk`."""
        b, count = self.b, len(self.block.packs)
        names = tuple(dict.fromkeys(self.block.elements))
        sizes = [len(self.sums_of(tail)) for tail in range(count)]
        with b.loop(first, end, SIDE, [v for t in range(count) for v in self.sums_of(t)]) as tiles:
            products = [self.products(head, start, tiles.index) for head in self.shape.heads]
            wanted = [Read(name, self.places) for name in names]
            found, _ = self.elements(wanted, products, tiles.index, 0.0)
            rest, after = tiles.carried, []
            for number, name in enumerate(names):
                if number:
                    b.barrier()  # all have read the elements before
                self.store_weights(found[number])
                for tail in range(count):
                    if self.block.elements[tail] == name:
                        own = rest[sum(sizes[:tail]) :][: sizes[tail]]
                        after.append((tail, self.sum_along(tail, own, tiles.index)))
            tiles.next = [value for _, values in sorted(after, key=_tail) for value in values]
        for tail in range(count):
            own = tiles.results[sum(sizes[:tail]) :][: sizes[tail]]
            self.write(tail, own, [{}] * len(self.rows))


def _tail(item: tuple[int, list[Value]]) -> int:
    return item[0]
