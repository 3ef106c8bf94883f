"""A call of an op on a GPU, ready to be queued: scratch memory, zeroing, launches, status."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from ...lowering.launch import (
    Launch,
    Number,
    Pointer,
    ScalarArgument,
    Schedule,
    Status,
    TensorMap,
)
from ...ops.cached import cached_property
from ..arguments import Memory, Scalars, fitted, names_of, scalar_kinds
from ..native.lanes import MOST_GPUS
from ..slots import Place, Solved, solve
from ..template import Numbers, filled, numbers_of
from .loading import MappedKernel
from .locating import Locator
from .runtime import copying
from .runtime.blocks import size_number
from .runtime.context import here_address
from .runtime.current import queue_of
from .runtime.device import Device
from .runtime.module import LoadedKernel

Launchable = LoadedKernel | MappedKernel


class CudaRunner:
    """Any schedule on one device; its launches are queued on the current stream.

    Args:
        name: Of the op, for messages.
        device: Where it runs.
        planned: What runs.
        kernels: For each launch.
        zeroed: Where what is to be zeroed lies.
        locator: See below.
        label: See `label_of`.

    Attributes:
        operands: Names of the operands, in the order of their pointers.
        scalars: Names of the scalars.
        locator: Finds the element that a kernel complains of, in a checked run.
    """

    def __init__(
        self,
        name: str,
        device: Device,
        planned: Schedule,
        kernels: Sequence[Launchable],
        zeroed: Mapping[str, Memory],
        locator: Locator | None = None,
        label: tuple[str, bool] = ("", False),
    ) -> None:
        self.label = label
        self.name, self.device, self.kernels = name, device, kernels
        self.operands, self.scalars = names_of(planned)
        self._shape = planned
        self.locator = locator
        self._kinds = scalar_kinds(planned.launches, self.scalars)
        places = {n: k for k, n in enumerate([*self.operands, *self.scalars])}
        shift = len(places)
        places |= {t.name: shift + k for k, t in enumerate(planned.temporaries)}
        self._status = len(places)
        self._checked = any(isinstance(a, Status) for x in planned.launches for a in x.arguments)
        self._zeroes = [(places[name], memory) for name, memory in zeroed.items()]
        count = self._status + self._checked
        self._sources = [_sources(x, places, self._status, count) for x in planned.launches]
        self._fill(
            tuple((x.chunks, numbers_of(x)) for x in planned.launches),
            tuple(max(t.elements, 1) for t in planned.temporaries),
        )

    def _fill(self, launches: Numbers, scratch: Sequence[int]) -> None:
        """Takes blocks and numbers of each launch, and elements of scratch memory."""
        self._numbers, self._scratch = launches, scratch
        self._steps = [
            (kernel.launch, blocks, pick, numbers)
            for kernel, pick, (blocks, numbers) in zip(self.kernels, self._sources, launches)
        ]
        self._sizes = [n * t.dtype.itemsize for n, t in zip(scratch, self._shape.temporaries)]
        self._plain = not (self._sizes or self._zeroes or self._checked or self.scalars)

    def filled(self, launches: Numbers, scratch: Sequence[int]) -> CudaRunner:
        """A runner that differs in numbers only."""
        made = object.__new__(CudaRunner)
        made.__dict__.update(self.__dict__)
        for name in ("planned", "solved"):
            made.__dict__.pop(name, None)
        made._fill(launches, scratch)
        return made

    @cached_property
    def planned(self) -> Schedule:
        """What it runs."""
        return filled(self._shape, self._numbers, self._scratch)

    @cached_property
    def solved(self) -> Solved | None:
        """The same for native code; None if that cannot run it."""
        place = place_of(self.device, self.label)
        kernels = [each for each in self.kernels if isinstance(each, LoadedKernel)]
        if place is None or self._zeroes or self.locator or len(kernels) < len(self.kernels):
            return None
        return solve(self.planned, kernels, {}, place)

    def __call__(self, pointers: Sequence[int], scalars: Scalars = ()) -> None:
        """Queues all launches. What a kernel complains of is told when somebody waits for them."""
        queue = queue_of(self.device)
        values: tuple[Any, ...] = tuple(pointers)
        if self._plain:
            for launch, blocks, pick, numbers in self._steps:
                launch(blocks, queue, pick(values + numbers)[:-1])
            return
        allocate = self.device.allocator.allocate
        scratch = [allocate(size, queue) for size in self._sizes]
        values = (*values, *fitted(scalars, self._kinds), *[block.address for block in scratch])
        if self._checked:
            records, locator = self.device.records(queue), self.locator
            locate = None if locator is None else locator.of_call(pointers, queue)
            label, from_end = self.label
            values += (records.take(label, locate, from_end),)
        for place, memory in self._zeroes:
            for start, size in memory.pieces():
                copying.fill(values[place] + start, 0, size, queue)
        for launch, blocks, pick, numbers in self._steps:
            launch(blocks, queue, pick(values + numbers)[:-1])
        if self._checked and records.checked:
            queue.synchronize()


def place_of(device: Device, label: tuple[str, bool] = ("", False)) -> Place | None:
    """A device as native code sees it, for a call of an op; None where that cannot serve it.

    Args:
        label: See `label_of`.
    """
    if not device.context.is_made() or device.number >= MOST_GPUS:
        return None
    taker = (label[0], None, label[1])  # a `Taker`; checked runs, which locate, are not served
    return Place(device.context.gpu.at, device.number, here_address, size_number, taker)


def _sources(
    launch: Launch, places: Mapping[str, int], status: int, count: int
) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Takes a launch's parameters, and one more, from a call's values and the launch's numbers."""
    numbers = iter(range(count, count + len(launch.arguments)))
    picks: list[int] = []
    for argument in launch.arguments:
        match argument:
            case Pointer(name) | ScalarArgument(name, _):
                picks.append(places[name])
            case TensorMap():
                picks.append(places[argument.operand])
            case Status():
                picks.append(status)
            case Number():
                picks.append(next(numbers))
    return itemgetter(*picks, 0)  # one more than there are: always a tuple
