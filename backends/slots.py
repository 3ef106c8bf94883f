"""Launches as native code runs them: argument slots, and what fills those that vary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ..lowering.launch import Launch, Number, Pointer, ScalarArgument, Schedule, Status
from ..ops.dataclass import dataclass

MANY = 4096  # a size from which on other Python threads may run meanwhile


class Loaded(Protocol):
    """A kernel in memory.

    Attributes:
        address: Of its function; what the driver calls it, on a GPU.
        name: For errors; a text that lives as long as the process, on a GPU.
        threads: Of a block, on a GPU; else 0.
        shared: Bytes of shared memory that a launch gives a block, on a GPU; else 0.
    """

    @property
    def address(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def threads(self) -> int: ...
    @property
    def shared(self) -> int: ...


@dataclass(frozen=True)
class Source:
    """What fills a slot: the address of an operand or of scratch memory, a number, the status.

    Attributes:
        place: Of the slot.
        kind: `pointer`, `status`, or the name of a number's dtype.
        name: Of the operand, the scratch memory or the number.
    """

    place: int
    kind: str
    name: str


@dataclass(frozen=True)
class Slots:
    """One kernel and its arguments.

    Attributes:
        address, name, threads, shared: Of the kernel; see `Loaded`.
        chunks: How many chunks, or blocks of threads, there are.
        template: The slots, 0 where they vary.
        sources: What fills those.
        busy: It takes long enough to let other Python threads run meanwhile.
    """

    address: int
    chunks: int
    template: tuple[int, ...]
    sources: tuple[Source, ...]
    busy: bool
    name: str = ""
    threads: int = 0
    shared: int = 0


@dataclass(frozen=True)
class Place:
    """The GPU that a schedule runs on, for native code.

    Attributes:
        gpu: Address of its struct.
        number: Of the device.
        find_here: Python function that gives the address of what the calling thread is at.
        size_number: The number of the blocks for a request of so many bytes; -1 if they have none.
        label: What a list of who has taken a record holds of a call.
    """

    gpu: int
    number: int
    find_here: Callable[[], int]
    size_number: Callable[[int], int]
    label: object


@dataclass(frozen=True)
class Solved:
    """All that running a schedule takes.

    Attributes:
        launches: In order.
        temporaries: Name and bytes of scratch memory.
        zeroed: Name and bytes of what is to be filled with zero bytes first.
        place: The GPU; None on the CPU.
    """

    launches: tuple[Slots, ...]
    temporaries: tuple[tuple[str, int], ...]
    zeroed: tuple[tuple[str, int], ...]
    place: Place | None = None


def is_busy(numbers: Sequence[int]) -> bool:
    """Whether a launch with these numbers takes so long that giving up the interpreter lock pays:
    that costs as much as adding some thousand numbers."""
    return bool(numbers) and (max(numbers) > MANY or min(numbers) < -MANY)


def solve(
    planned: Schedule,
    kernels: Sequence[Loaded],
    zeroed: Mapping[str, int],
    place: Place | None = None,
) -> Solved:
    """A schedule with its kernels, as native code runs it.

    Args:
        zeroed: Bytes of each operand or temporary that is to be zeroed.
        place: The GPU; None on the CPU.
    """
    launches = tuple(
        _slots(launch, kernel) for launch, kernel in zip(planned.launches, kernels) if launch.chunks
    )
    temporaries = tuple(
        (t.name, max(t.elements, 1) * t.dtype.itemsize) for t in planned.temporaries
    )
    return Solved(launches, temporaries, tuple(zeroed.items()), place)


def _slots(launch: Launch, kernel: Loaded) -> Slots:
    template: list[int] = []
    sources: list[Source] = []
    for place, argument in enumerate(launch.arguments):
        template.append(argument.value if isinstance(argument, Number) else 0)
        match argument:
            case Pointer(name):
                sources.append(Source(place, "pointer", name))
            case ScalarArgument(name, kind):
                sources.append(Source(place, kind.name, name))
            case Status():
                sources.append(Source(place, "status", ""))
    return Slots(
        kernel.address, launch.chunks, tuple(template), tuple(sources), is_busy(template),
        kernel.name, kernel.threads, kernel.shared,
    )  # fmt: skip
