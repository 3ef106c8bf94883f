"""A backend that plans calls and never runs them: what kernels would a program need?

Calls are scheduled for any number of targets; nothing is compiled, loaded or run, so that no
processor of the target is needed. Results are zeros of the right shape.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

from ..lowering.launch import Kernel, Schedule
from ..ops.binding import Binding
from ..ops.errors import LoweringError
from ..ops.op import Op
from .arguments import launch_signature, names_of
from .base import Runner
from .cpu.order import PLANS, forget_runners, observers
from .cpu.pool import allocate
from .cpu.processor import CpuProcessor
from .processors import Processor, processor_by_name

Planned = dict[tuple[Kernel, str], None]
CLEARED = 1 << 20  # bytes: results up to that size are zeros, larger ones nobody looks into


class PlanningBackend:
    """Notes the kernels of calls.

    Attributes:
        name: `planning`.
        processors: What calls are scheduled for; the first tells runners what they take.
        target: What schedules know of the first.
        planned: For each target, features aside, the kernels so far, with their signatures.
        failed: For each op that no schedule takes, why.
    """

    name = "planning"

    def __init__(self, processors: Sequence[Processor] = ()) -> None:
        self.allocate = allocate
        self.failed: dict[str, str] = {}
        self.plan_for(processors or [processor_by_name("x86-64-v3")])
        observers.append(self.order)  # these run here: how many elements they find is used

    def plan_for(self, processors: Sequence[Processor]) -> None:
        """Starts anew, for other targets."""
        forget_runners()
        self.processors = list(processors)
        self.target = self.processors[0].target
        self.planned: dict[str, Planned] = {each.target.name: {} for each in processors}

    def prepare(self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> Runner:
        """Notes the kernels of a call; see `Backend.prepare`."""
        schedules = []
        for processor in self.processors:
            try:
                found = processor.schedule(op, binding, strides)
            except LoweringError as error:
                self.failed[op.name] = str(error)
                raise
            schedules.append(found)
            self._note(processor, found)
        operands, scalars = names_of(schedules[0])
        sizes = []
        for name in operands:
            shape = binding.shapes.get(name)
            reach = 0
            if shape is not None and all(shape):
                reach = 1 + sum((n - 1) * s for n, s in zip(shape, strides[name]) if s > 0)
            sizes.append(reach * binding.dtypes[name].itemsize if reach else 0)
        return _Zeros(operands, scalars, sizes)

    def order(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Notes the kernels of a function of `order.py`, which run on CPUs."""
        for processor in self.processors:
            if isinstance(processor, CpuProcessor):
                self._note(processor, PLANS[name](processor.target, *arguments))

    def _note(self, processor: Processor, found: Schedule) -> None:
        kernels = self.planned[processor.target.name]
        for launch in found.launches:
            kernels.setdefault((launch.kernel, launch_signature(launch)))


class _Zeros:
    """Writes zeros where a kernel would write results."""

    def __init__(
        self, operands: tuple[str, ...], scalars: tuple[str, ...], sizes: list[int]
    ) -> None:
        self.operands = operands
        self.scalars = scalars
        self._sizes = sizes

    def __call__(self, pointers: Sequence[int], scalars: Sequence[int | float] = ()) -> None:
        for pointer, size in zip(pointers, self._sizes):
            if 0 < size <= CLEARED:
                ctypes.memset(pointer, 0, size)
