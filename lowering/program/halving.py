"""Searches: how far a condition holds along an index, found by halving what is left of it.

`partition_point[n](s[n] < v)` stays inside the value that it stands in, as a loop of its own: all
elements of a vector, or all threads, halve the same range, so that nothing branches.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...ops.calls.symbols import one_step
from ...ops.language.expression import Expression, Size, node

_ROUNDS = "ROUNDS OF "


@node
class Probe(Expression):
    """The index at which a search looks at its condition; it runs over `size`."""

    size: str
    number: int


@node
class Halving(Expression):
    """How many elements satisfy a condition that holds up to some element and then no more.

    Attributes:
        probe: The index in the condition.
        extent: Number of elements.
        rounds: How often they are halved.
        condition: Over the probe.
    """

    probe: Probe
    extent: Expression
    rounds: Expression
    condition: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.extent, self.rounds, self.condition)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Halving(self.probe, *children)


def search(probe: Probe, condition: Expression) -> Halving:
    """The search for where a condition over a probe ends."""
    return Halving(probe, Size(probe.size), Size(_ROUNDS + probe.size), condition)


def rounds_of(name: str, sizes: Mapping[str, int]) -> int | None:
    """How often a size is halved until nothing is left, if that is what the name says."""
    return _rounds(sizes[name.removeprefix(_ROUNDS)]) if name.startswith(_ROUNDS) else None


@one_step
def _rounds(extent: int) -> int:
    return (extent - 1).bit_length() + 1 if extent else 0
