"""A GPU that kernels are planned and compiled for; none needs to be at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...lowering.launch import Kernel, Schedule, Target
from ...lowering.program.program import Program
from ...lowering.simt.schedule import schedule
from ...ops.calls.binding import Binding
from ...ops.language.op import Op
from ..cache.key import Options
from . import nvrtc
from .cache import KernelRecipe, generator_digest, kernel_recipe


class CudaProcessor:
    """A compute capability; see `Processor`."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def schedule(
        self,
        op: Op,
        binding: Binding,
        strides: Mapping[str, tuple[int, ...]],
        program: Program | None = None,
    ) -> Schedule:
        """The launches that run one call."""
        return schedule(op, binding, strides, self.target, program=program)

    def recipe(self, kernel: Kernel, signature: str) -> KernelRecipe:
        """How a kernel's cubin is made; parameters are eight bytes wide, whatever they are."""
        return kernel_recipe(kernel, self.target)

    def objects(self) -> Sequence[KernelRecipe]:
        """None: kernels are all that runs on a GPU."""
        return ()

    def compile(self, source: str, name: str, options: Options) -> bytes:
        """The cubin made of CUDA C, which is always compiled with the same options."""
        return nvrtc.compile_source(source, self.target).code

    def compiler(self) -> str:
        """What compiles cubins."""
        return nvrtc.version()

    def generator(self) -> str:
        """What generates CUDA C."""
        return generator_digest()
