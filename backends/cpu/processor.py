"""A processor that kernels are planned and compiled for, whether or not it is this machine's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...lowering.launch import Kernel, Schedule
from ...lowering.program.program import Program
from ...lowering.schedule import schedule
from ...ops.calls.binding import Binding
from ...ops.language.op import Op
from ..cache.key import Options
from .cache import OBJECTS, Recipe, features, generator_digest
from .compile import compile_text, compiler_version
from .kernels import kernel_recipe
from .link import link
from .machine import Machine


class CpuProcessor:
    """A kind of CPU; see `Processor`."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.target = machine.target

    def schedule(
        self,
        op: Op,
        binding: Binding,
        strides: Mapping[str, tuple[int, ...]],
        program: Program | None = None,
    ) -> Schedule:
        """The launches that run one call."""
        return schedule(op, binding, strides, self.target, program=program)

    def recipe(self, kernel: Kernel, signature: str) -> Recipe:
        """How a kernel's object is made."""
        return kernel_recipe(kernel, self.machine, signature)

    def objects(self) -> Sequence[Recipe]:
        """What any program may need besides kernels."""
        return [make(self.machine) for make in OBJECTS]

    def features(self) -> str:
        """What keys of objects say that may use all features of the processor."""
        return features(self.machine.using(self.target.features))

    def compile(self, source: str, name: str, options: Options) -> bytes:
        """The image made of LLVM IR that may use all features of the processor."""
        machine = self.machine.using(self.target.features)
        return link(compile_text(source, machine, name, options))

    def compiler(self) -> str:
        """What compiles its objects."""
        return compiler_version()

    def generator(self) -> str:
        """What generates their sources."""
        return generator_digest()
