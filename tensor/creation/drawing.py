"""Calls of ops that draw random numbers: where the numbers of a call begin, also inside of a graph.

A generator is a seed and a position, which kernels take as numbers. What a graph captures reads
them from memory of the device instead: before each replay its generators' seeds and positions are
written there, and the generators move on by what the graph draws. So a graph that is replayed as
often as a program would have run draws the same bits.
"""

from __future__ import annotations

import ctypes
from typing import Any

from ...ops.calls.draws import with_start_in_memory
from ...ops.dataclass import dataclass
from ...ops.dtype import int64
from ...ops.errors import BackendError
from ...ops.language.op import Op
from ..calls.dispatch import call
from ..calls.entries import entry_of
from ..devices import device
from ..layout import strided
from ..storage import Storage, backend_at
from ..tensor import Tensor, wrap
from .generator import Generator, generator_for

WORDS = 2  # a seed and a position


@dataclass
class Captured:
    """What a graph draws from one generator.

    Attributes:
        state: Where its kernels read the seed, and the position that a replay begins at.
        draws: Taken so far.
    """

    state: Tensor
    draws: int = 0

    def operands(self) -> tuple[Tensor, ...]:
        """Seed and position as 0-dim tensors."""
        layout = strided(int64, (), (), self.state._layout.device)
        return tuple(wrap(Tensor, layout, self.state._storage, n) for n in range(WORDS))


@dataclass(frozen=True)
class Draw:
    """Where the numbers of one call begin.

    Attributes:
        name: The op: by name, or the one that reads seed and position from memory.
        operands: What that takes besides those of the op.
        seed, offset: Its attributes.
    """

    name: str | Op
    operands: tuple[Tensor, ...]
    seed: int
    offset: int


Captures = dict[Generator, Captured]
_captures: dict[int, list[Captures]] = {}  # device -> graphs that are captured now


def begin_capture(number: int) -> Captures:
    """Notes what is drawn on a device from now on: it goes into a graph."""
    found: Captures = {}
    _captures.setdefault(number, []).append(found)
    return found


def end_capture(number: int, captures: Captures) -> None:
    """Draws on a device are no longer that graph's."""
    _captures[number] = [each for each in _captures[number] if each is not captures]


def before_replay(captures: Captures) -> None:
    """Lets a replay, which is queued next, draw what its generators would draw now."""
    for generator, captured in captures.items():
        seed, start = generator.advance(captured.draws)
        words = (ctypes.c_int64 * WORDS)(seed, start)
        where = backend_at(captured.state._layout.device)
        where.write(captured.state._data, ctypes.addressof(words), ctypes.sizeof(words))
        where.uses(captured.state._storage.buffer)


def is_captured(place: device) -> bool:
    """Work on a device goes into a graph."""
    return place.type == "cuda" and backend_at(place).is_capturing()


def draw(name: str, place: device, generator: Generator | None, elements: int) -> Draw:
    """Takes the numbers for an op on a device, two for each element.

    Raises:
        RuntimeError: Two graphs are captured on that device at once.
    """
    source = generator_for(place, generator)
    if not is_captured(place):
        seed, offset = source.draw(elements)
        return Draw(name, (), seed, offset)
    captured = _captured_by(source, place)
    offset = captured.draws
    captured.draws += 2 * max(elements, 1)
    op = with_start_in_memory(entry_of(name).op)
    return Draw(op, captured.operands(), 0, offset)


def _captured_by(generator: Generator, place: device) -> Captured:
    """What the graph that is captured on a device draws from a generator."""
    assert place.index is not None, "tensors name their device"
    graphs = _captures.get(place.index, [])
    if len(graphs) != 1:
        raise BackendError(
            "random numbers can be drawn inside of a CUDA graph while one graph is captured on "
            f"the device, but {len(graphs)} are"
        )
    found = graphs[0].get(generator)
    if found is None:
        layout = strided(int64, (WORDS,), (1,), place)
        buffer = backend_at(place).allocate_outside(layout.nbytes)
        found = Captured(wrap(Tensor, layout, Storage(buffer, layout.nbytes, place)))
        graphs[0][generator] = found
    return found


def call_drawing(
    name: str,
    operands: tuple[Any, ...],
    options: dict[str, Any],
    elements: int,
    generator: Generator | None = None,
) -> Any:
    """The result of an op on tensors that draws two numbers for each element.

    Args:
        options: Its attributes besides `seed` and `offset`, by name.
    """
    drawn = draw(name, operands[0]._layout.device, generator, elements)
    attributes = {**options, "seed": drawn.seed, "offset": drawn.offset}
    return call(drawn.name, (*operands, *drawn.operands), attributes)
