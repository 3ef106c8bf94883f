"""Places in a contraction: digits of flattened positions, and tables of where elements lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..ir.builder import Builder
from ..ir.loops import I64, INDEX, Value, Vector

NOWHERE = -1
"""Place of a column that is not written."""


class Places:
    """Forms whose coefficients are arguments `LABEL.g0`, `LABEL.g1`, ... for a group g."""

    def __init__(
        self, builder: Builder, numbers: Mapping[str, Value], counts: Mapping[str, int]
    ) -> None:
        self.b = builder
        self.numbers = numbers
        self.counts = counts

    def digits(self, position: Value, group: str) -> list[Value]:
        """Values of a group's variables at a flattened position."""
        count = self.counts[group]
        result: list[Value] = []
        for number in reversed(range(1, count)):
            extent = self.numbers[f"{group}{number}"]
            result.append(self.b.add("arith.remui", [position, extent], INDEX))
            position = self.b.add("arith.divui", [position, extent], INDEX)
        if count:
            result.append(position)
        return result[::-1]

    def advance(self, digits: Sequence[Value], group: str) -> list[Value]:
        """Digits of the next position."""
        b = self.b
        one, zero = b.constant(1), b.constant(0)
        result: list[Value] = []
        carry = one
        for number in reversed(range(len(digits))):
            digit = b.plus(digits[number], carry)
            if number:
                wraps = b.compare("eq", digit, self.numbers[f"{group}{number}"])
                digit, carry = b.select(wraps, zero, digit), b.select(wraps, one, zero)
            result.append(digit)
        return result[::-1]

    def combine(self, label: str, group: str, digits: Sequence[Value]) -> Value:
        """What a group's variables add to a form."""
        total: Value | None = None
        for number, digit in enumerate(digits):
            coefficient = self.numbers.get(f"{label}.{group}{number}")
            if coefficient is not None:
                term = self.b.times(digit, coefficient)
                total = term if total is None else self.b.plus(total, term)
        return self.b.constant(0) if total is None else total

    def phase(self, label: str, group: str, digits: Sequence[Value]) -> Value:
        """What a place adds to an address that is cut by its remainder."""
        b, n = self.b, self.numbers
        place = b.plus(n[f"{label}.offset"], self.combine(label, group, digits))
        rest = b.add("arith.remui", [place, n[f"{label}.step"]], INDEX)
        quotient = b.add("arith.divui", [place, n[f"{label}.step"]], INDEX)
        return b.plus(b.times(rest, n[f"{label}.stride"]), b.times(quotient, n[f"{label}.unit"]))

    def fill(
        self,
        table: Table,
        group: str,
        segments: Mapping[str, Value],
        start: Value,
        count: Value,
        beyond: int = 0,
    ) -> None:
        """Writes what a group adds to addresses; places beyond the end repeat the last one.

        Args:
            table: Where to.
            group: Of the loop variables.
            segments: Place in the table's memory for each label.
            start: First position.
            count: Positions.
            beyond: Further entries.
        """
        b = self.b
        last = b.minus(count, b.constant(1))
        carried = self.digits(start, group)
        with b.loop(b.constant(0), b.plus(count, b.constant(beyond)), carried=carried) as loop:
            for label, segment in segments.items():
                table.store(segment, loop.index, self.combine(label, group, loop.carried))
            following = self.advance(loop.carried, group)
            goes_on = b.compare("slt", loop.index, last)
            loop.next.extend(
                b.select(goes_on, new, old) for new, old in zip(following, loop.carried)
            )

    def base(self, label: str, outer: Sequence[Value]) -> Value:
        """The form's offset and what the outer variables add."""
        return self.b.plus(self.numbers[f"{label}.offset"], self.combine(label, "o", outer))


class Table:
    """Memory of 64-bit places, cut into segments."""

    def __init__(self, builder: Builder, memory: Value, base: Value) -> None:
        self.b = builder
        self.memory = memory
        self.end = base

    def segments(self, labels: Sequence[str], length: Value) -> dict[str, Value]:
        """A segment of `length` entries for each label."""
        found: dict[str, Value] = {}
        for label in labels:
            found[label] = self.end
            self.end = self.b.plus(self.end, length)
        return found

    def store(self, segment: Value, index: Value, value: Value) -> None:
        """Writes an entry."""
        self.b.store(self.b.convert(value, I64), self.memory, self.b.plus(segment, index))

    def load(self, segment: Value, index: Value) -> Value:
        """An entry as `index`."""
        return self.b.convert(self.b.load(self.memory, self.b.plus(segment, index)), INDEX)

    def load_vector(self, segment: Value, index: Value, lanes: int) -> Value:
        """Neighbouring entries as a vector of `index`."""
        loaded = self.b.vector_load(self.memory, self.b.plus(segment, index), lanes)
        return self.b.add("arith.index_cast", [loaded], Vector(lanes, INDEX))
