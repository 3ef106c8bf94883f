"""Rows whose values are in memory: each element follows from its products; products along them.

Source:
    Dao 2023, arXiv 2307.08691, algorithm 2 (tiles of scores computed anew from values of rows),
    without its atomic additions: rows and columns are walked by kernels of their own.
"""

from __future__ import annotations

from ....ops.language.expression import Read
from ...ir.loops import Value
from .block import Block
from .shape import COLUMNS


class GivenWalk:
    """Walks over the rows of one kernel."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.elements = block.block.elements

    def __call__(self, start: Value, first: Value, end: Value) -> None:
        """See `block.Walk`."""
        block, b = self.block, self.block.b
        names = tuple(dict.fromkeys(self.elements))
        zeros = [block.sums(tail) for tail in range(len(self.elements))]
        with b.loop(first, end, COLUMNS, [value for sums in zeros for value in sums]) as tiles:
            column = tiles.index
            heads = range(len(block.shape.heads))
            products = [block.products(head, start, column) for head in heads]
            wanted = [Read(name, block.places) for name in names]
            found = block.elements(wanted, products, column, 0.0)
            sums = _apart(tiles.carried, zeros)
            for number, name in enumerate(names):
                tails = [tail for tail, own in enumerate(self.elements) if own == name]
                before = [(tail, sums[tail]) for tail in tails]
                after = block.sum_along(before, found[number], column, again=number > 0)
                for tail, values in zip(tails, after):
                    sums[tail] = values
            tiles.next = [value for values in sums for value in values]
        for tail, values in enumerate(_apart(tiles.results, zeros)):
            block.write(tail, values, [{}] * len(block.rows))


def _apart(values: list[Value], like: list[list[Value]]) -> list[list[Value]]:
    """Values in lists as long as those of `like`."""
    rest = iter(values)
    return [[next(rest) for _ in group] for group in like]
