"""Processors by name: what kernels can be planned and compiled for on any machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..lowering.launch import Kernel, Schedule, Target
from ..lowering.program.program import Program
from ..ops.calls.binding import Binding
from ..ops.errors import ArgumentValueError
from ..ops.language.op import Op
from .cache.key import Options
from .cache.objects import Recipe
from .cpu.machine import FEATURES, MACHINES, detect_machine, machine_of
from .cpu.processor import CpuProcessor
from .cuda.processor import CudaProcessor
from .cuda.target import PTX_TARGETS, TARGETS, target_by_name

NATIVE = "native"


class Processor(Protocol):
    """A kind of processor.

    Attributes:
        target: What schedules know of it.
    """

    target: Target

    def schedule(
        self,
        op: Op,
        binding: Binding,
        strides: Mapping[str, tuple[int, ...]],
        program: Program | None = None,
    ) -> Schedule:
        """The launches that run one call; see `lowering.schedule.schedule`.

        Args:
            program: What flattening gives, where it is known; it may be changed.

        Raises:
            LoweringError: No schedule fits the op.
        """

    def recipe(self, kernel: Kernel, signature: str) -> Recipe:
        """How a kernel is made; `signature` has a letter for each argument of its launch."""

    def objects(self) -> Sequence[Recipe]:
        """What any program may need besides kernels."""

    def compile(self, source: str, name: str, options: Options) -> bytes:
        """The object made of a source; `name` is for messages."""

    def compiler(self) -> str:
        """Name and version of what compiles for it."""

    def generator(self) -> str:
        """SHA-256 of the sources that generate code for it."""


def processor_by_name(name: str) -> Processor:
    """The processor of a target's name: `x86-64-v4`, `x86-64-v4+avx512vnni`, `sm_90`,
    `compute_120`; `native` is this machine.

    Raises:
        ValueError: There is none.
    """
    if name == NATIVE:
        return CpuProcessor(detect_machine())
    level, *features = name.split("+")
    if level in MACHINES:
        return CpuProcessor(machine_of(level, features))
    if name in TARGETS or name in PTX_TARGETS:
        return CudaProcessor(target_by_name(name))
    known = ", ".join((*MACHINES, *TARGETS, *PTX_TARGETS, NATIVE))
    raise ArgumentValueError(f"target must be one of {known}, got {name!r}")


def processor_of_key(key: Mapping[str, Any]) -> Processor:
    """The processor that an object was compiled for, by the fields of one of its keys.

    Raises:
        ValueError: This version knows no such target, or not with these features.
    """
    target, stated = str(key.get("target", "")), str(key.get("features", ""))
    used = stated.replace(" ", ",").split(",")
    needed = [name for name in FEATURES.get(target, {}) if f"+{name}" in used]
    found = processor_by_name("+".join((target, *needed)))
    if isinstance(found, CpuProcessor) and found.features() != stated:
        raise ArgumentValueError(f"{target}: an object's features must be known, got {stated!r}")
    return found
