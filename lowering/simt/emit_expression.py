"""Expressions of nests for blocks of threads: quotients by reciprocals, numbers as places."""

from __future__ import annotations

from ..emit.memory import Typed
from ..ir.instructions import like
from ..ir.loops import I64, INDEX, Value
from .emit_tile import TurnedExpressions


class SimtExpressions(TurnedExpressions):
    """Computes expressions where many threads may find something wrong at once.

    Attributes:
        reciprocals: Of numbers that places are divided by.
    """

    reciprocals: dict[Value, Value]

    def write_status(self, status: Value, words: list[Value]) -> None:
        """The thread that comes first tells what it saw; the others leave it at that."""
        self.b.report(status, words)

    def to_index(self, value: Typed) -> Value:
        """An integer as `index`: any number at all, as users give them."""
        wide = self.b.convert(value.value, I64, value.kind.signed)
        return self.b.add("ts.place", [wide], like(wide.type, INDEX))

    def scaled(
        self, place: Value, divisor: int | None, modulus: int | None, stride: int | None
    ) -> Value:
        """`place // divisor % modulus * stride`."""
        numbers = self.arguments.numbers
        for slot, takes_rest in ((divisor, False), (modulus, True)):
            if slot is not None and numbers[slot] in self.reciprocals:
                place = self.divided(place, numbers[slot])[takes_rest]
                slot = None
            divisor, modulus = (divisor, slot) if takes_rest else (slot, modulus)
        return super().scaled(place, divisor, modulus, stride)

    def divided(self, number: Value, divisor: Value) -> tuple[Value, Value]:
        """Quotient and remainder, by a number whose reciprocal is known."""
        b = self.b
        first, second = self.alike([number, self.reciprocals[divisor]])
        quotient = b.add("ts.quotient", [first, second], first.type)
        _, spread = self.alike([quotient, divisor])
        return quotient, b.minus(first, b.times(quotient, spread))
