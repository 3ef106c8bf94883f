"""A case: a named call, prepared with whichever library is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Statement:
    """A statement to time without the call of a function around it, which costs 30 to 50 ns.

    Attributes:
        text: Python source.
        names: Its global variables.
    """

    text: str
    names: dict[str, Any]

    def __call__(self) -> None:
        """Run it once."""
        exec(self.text, dict(self.names))


Call = Callable[[], Any] | Statement
Scale = Callable[[int], int]
Setup = Callable[[Any, Scale], Call]


@dataclass(frozen=True)
class Case:
    """A timed call.

    Attributes:
        group: A key of `bars.BARS`.
        name: What is computed, with its sizes; unique in its group.
        setup: `setup(library, scale)` prepares the data and returns the call. Every size goes
            through `scale`, which is the identity when time is taken; tests make sizes small.
        bytes: Memory that the call must move at least, in bytes; 0 if it is not bound by memory.
        flops: Floating-point operations of the call; 0 if it is not bound by arithmetic.
        dtype: Whose peak the flops are compared with: float32 or float64.
        reads: The call reads all of its bytes and writes next to nothing.
        peers: Libraries that it can be timed with, besides tensorsmith.
    """

    group: str
    name: str
    setup: Setup
    bytes: int = 0
    flops: int = 0
    dtype: str = "float32"
    peers: tuple[str, ...] = ("torch",)
    reads: bool = False


CASES: list[Case] = []


def case(
    group: str,
    name: str,
    bytes: int = 0,
    flops: int = 0,
    dtype: str = "float32",
    peers: tuple[str, ...] = ("torch",),
    reads: bool = False,
) -> Callable[[Setup], Setup]:
    """Registers the function that prepares a case."""

    def register(setup: Setup) -> Setup:
        CASES.append(Case(group, name, setup, bytes, flops, dtype, peers, reads))
        return setup

    return register


def forward_and_backward(
    forward: Callable[[], Any], leaves: Iterable[Any], cotangent: Any = None
) -> Callable[[], None]:
    """A call that runs forward and backward into empty gradients."""
    leaves = tuple(leaves)

    def run() -> None:
        for leaf in leaves:
            leaf.grad = None
        forward().backward(cotangent)

    return run
