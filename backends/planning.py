"""A backend that plans calls and never runs them: what kernels would a program need?

Calls are scheduled for any number of targets; nothing is compiled, loaded or run, so that no
processor of the target is needed. Results are zeros of the right shape; what is counted is 1, so
that there is something to plan for.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence

from ..lowering.launch import Kernel, Schedule
from ..lowering.program.flatten import flatten
from ..lowering.program.program import Program
from ..ops.calls.binding import Binding
from ..ops.calls.counted import is_counter
from ..ops.errors import LoweringError
from ..ops.language.op import Op
from .arguments import launch_signature, names_of
from .base import Runner
from .cpu.pool import allocate
from .processors import Processor, processor_by_name

Planned = dict[tuple[Kernel, str], None]
COUNT = 8  # bytes of what is counted
MOST_PROGRAMS = 64
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
        self._programs: dict[object, tuple[Op, Program]] = {}  # with the op, whose id is not reused
        self.plan_for(processors or [processor_by_name("x86-64-v3")])

    def plan_for(self, processors: Sequence[Processor]) -> None:
        """Starts anew, for other targets."""
        self.processors = list(processors)
        self.target = self.processors[0].target
        self.planned: dict[str, Planned] = {each.target.name: {} for each in processors}

    def prepare(self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> Runner:
        """Notes the kernels of a call; see `Backend.prepare`."""
        schedules = []
        program = self._flattened(op, binding)
        for processor in self.processors:
            try:
                found = processor.schedule(op, binding, strides, program.copy())
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
        some = is_counter(op) and all(binding.sizes.values())
        return _Zeros(operands, scalars, sizes, int(some))

    def _flattened(self, op: Op, binding: Binding) -> Program:
        """The program of a call, the same for all targets and for calls that differ in layouts."""
        parts = (
            binding.sizes, binding.groups, binding.places, binding.shapes, binding.dtypes,
            binding.words, binding.attributes,
        )  # fmt: skip
        key = (id(op), binding.batch, binding.prefix, repr([dict(part) for part in parts]))
        found = self._programs.get(key)
        if found is None:
            if len(self._programs) >= MOST_PROGRAMS:
                self._programs.clear()
            found = self._programs[key] = (op, flatten(op, binding))
        return found[1]

    def _note(self, processor: Processor, found: Schedule) -> None:
        kernels = self.planned[processor.target.name]
        for launch in found.launches:
            for each in launch.alternatives():
                kernels.setdefault((each.kernel, launch_signature(each)))


class _Zeros:
    """Writes zeros, or one byte of another number first, where a kernel would write results."""

    def __init__(
        self, operands: tuple[str, ...], scalars: tuple[str, ...], sizes: list[int], first: int
    ) -> None:
        self._first = first
        self.operands = operands
        self.scalars = scalars
        self._sizes = sizes

    def __call__(self, pointers: Sequence[int], scalars: Sequence[int | float] = ()) -> None:
        for pointer, size in zip(pointers, self._sizes):
            if 0 < size <= CLEARED:
                ctypes.memset(pointer, 0, size)
                if self._first and size == COUNT:
                    ctypes.memset(pointer, self._first, 1)
