"""Comparisons of a position that runs over the lanes with a number that is the same in all of them.

`base + lane < number` is `lane < number - base`: the difference is one scalar, which fits into 32
bits once it is clamped to -1 and the number of lanes, so that one narrow vector is compared instead
of two wide ones. Clamped, it also has a value for which the comparison holds everywhere, and one
for which it holds nowhere: a condition that is the same in all lanes is joined to it as a scalar.
"""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ..ir.builder import Builder
from ..ir.loops import I32, I64, INDEX, Value, Vector

MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
PREDICATES = {"lt": "slt", "le": "sle", "gt": "sgt", "ge": "sge", "eq": "eq", "ne": "ne"}
FAR = 1 << 62  # no position is that large, and differences of smaller numbers do not overflow


@dataclass(frozen=True)
class Limit:
    """A comparison `lane predicate count`; the count is an `index` from -1 to the lanes."""

    predicate: str
    count: Value


class Positions:
    """Writes such comparisons, and knows those that it has written."""

    def __init__(self, builder: Builder, lanes: int) -> None:
        self.b = builder
        self.lanes = lanes
        self.far = FAR
        self._limits: dict[Value, Limit] = {}

    def compare(self, function: str, base: Value, number: Value) -> Value:
        """Truth of `base + lane function number` in each lane.

        Args:
            function: `lt`, `le`, `gt`, `ge`, `eq` or `ne`.
            base: The position in lane 0, an `index`.
            number: A scalar i64, any at all.
        """
        b = self.b
        near = b.maximum_index(
            b.minimum_index(number, b.constant(self.far, I64)), b.constant(-self.far, I64)
        )
        count = b.minus(b.add("arith.index_cast", [near], INDEX), base)
        count = b.minimum_index(count, b.constant(self.lanes))
        return self._written(Limit(function, b.maximum_index(count, b.constant(-1))))

    def joined(self, function: str, first: Value, second: Value) -> Value | None:
        """`first and second`, `first or second` where one is such a comparison and the other a
        scalar; None where they are not."""
        for mask, truth in ((first, second), (second, first)):
            limit = self._limits.get(mask)
            if limit is None or isinstance(truth.type, Vector) or limit.predicate in ("eq", "ne"):
                continue
            below = limit.predicate in ("lt", "le")
            everywhere, nowhere = (self.lanes, -1) if below else (-1, self.lanes)
            if function == "or":
                count = self.b.select(truth, self.b.constant(everywhere), limit.count)
            else:
                count = self.b.select(truth, limit.count, self.b.constant(nowhere))
            return self._written(Limit(limit.predicate, count))
        return None

    def _written(self, limit: Limit) -> Value:
        b = self.b
        lane = b.convert(b.step(self.lanes), I32)
        count = b.broadcast(b.convert(limit.count, I32), self.lanes)
        mask = b.compare(PREDICATES[limit.predicate], lane, count)
        self._limits[mask] = limit
        return mask
