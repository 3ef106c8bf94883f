"""Cubins in the kernel cache: how they are made, what their keys hold, and where they are kept.

`get_cubin` is all that running a kernel takes; NVRTC is loaded only if no layer has it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...lowering.launch import Kernel, Target
from ...ops.dataclass import dataclass
from ..cache.key import ContentKey, Options, PlanKey, canonical, digest, names_of
from ..cache.layers import ObjectCache
from ..cache.objects import digest_of_sources, get_object, open_cache
from ..cpu.elf import CUDA, is_whole
from . import nvrtc
from .target import PTX_TARGETS

if TYPE_CHECKING:
    from .kernel import CudaKernel

OPTIONS = Options(0, "", "", flags=nvrtc.OPTIONS)
"""What NVRTC is told besides the target; the fields of LLVM are empty."""


@cache
def generator_digest() -> str:
    """SHA-256 over the sources that decide what a kernel's CUDA C is."""
    package, own = Path(__file__).resolve().parents[2], Path(__file__).resolve().parent
    planned = digest_of_sources([package / "ops", package / "lowering"])
    names = ("emit*.py", "kernel.*", "tensor_map.h", "warp_group.h")
    return digest(planned + digest_of_sources([own], names))


@cache
def cubin_cache(target: str) -> ObjectCache:
    """The cache of this process for a compute capability: the user's folder, and bundles."""
    return open_cache(target)


@dataclass(frozen=True)
class Toolchain:
    """What makes objects of CUDA C.

    Attributes:
        backend: Word for keys.
        options: What the compiler is told besides the target.
        version: Its name and version.
        generator: SHA-256 of the sources that generate what it is given.
        source: The text that it is given for a kernel.
        compile: The object made of a text for a target.
        fits: Whether for a target some bytes can be an object, whole.
        ahead: Whether there are commands that make objects ahead.
    """

    backend: str
    options: Options
    version: Callable[[], str]
    generator: Callable[[], str]
    source: Callable[[CudaKernel], str]
    compile: Callable[[str, Target], bytes]
    fits: Callable[[Target, bytes], bool]
    ahead: bool = True


def _source(kernel: CudaKernel) -> str:
    from .kernel import translation_unit  # only a process that compiles needs it

    return translation_unit([kernel])


def _compile(source: str, target: Target) -> bytes:
    return nvrtc.compile_source(source, target).code


def is_cubin(target: Target, image: bytes) -> bool:
    """Whether some bytes are a whole cubin, or PTX where the target is portable."""
    if target.name in PTX_TARGETS:
        return b".target" in image and image.rstrip(b"\0\n").endswith(b"}")
    return is_whole(image, CUDA)


NVRTC = Toolchain("cuda", OPTIONS, nvrtc.version, generator_digest, _source, _compile, is_cubin)


@dataclass(frozen=True)
class KernelRecipe:
    """How a kernel's object is made; see `cache.objects.Recipe`.

    Attributes:
        kernel: Planned for the target.
        target: What it is compiled for.
        toolchain: By what.
        name, label, op: For people.
    """

    kernel: Kernel
    target: Target
    toolchain: Toolchain
    name: str
    label: str
    op: str

    @property
    def source(self) -> Callable[[], str]:
        """Gives what is compiled; called only if no layer has the object."""
        return self._generate

    @property
    def ahead(self) -> bool:
        """Whether there are commands that build it ahead."""
        return self.toolchain.ahead

    @property
    def built_for(self) -> str:
        """What the commands call its target."""
        return self.target.spelling

    def _generate(self) -> str:
        from .kernel import cuda_kernel  # only a process that compiles needs it

        return self.toolchain.source(cuda_kernel(self.kernel))

    def compiler(self) -> str:
        """What compiles it."""
        return self.toolchain.version()

    def plan(self) -> PlanKey:
        """The key by which it is found before its source is generated."""
        kernel, tools = self.kernel, self.toolchain
        return PlanKey(
            self.name, digest(canonical(kernel.key)), kernel.entry, self.target.name, "",
            tools.generator(), options=tools.options, dtypes=names_of(kernel.dtypes),
            layout=kernel.layout, backend=tools.backend,
        )  # fmt: skip

    def content(self, source: str, compiler: str) -> ContentKey:
        """The key by which it is found when its source is known."""
        tools = self.toolchain
        return ContentKey(
            digest(source), (self.kernel.entry,), self.target.name, "", compiler, tools.options,
            tools.backend,
        )  # fmt: skip

    def compile(self, source: str) -> bytes:
        """The object made of its source."""
        return self.toolchain.compile(source, self.target)

    @property
    def fits(self) -> Callable[[bytes], bool]:
        """Says whether some bytes are such an object, whole."""
        return partial(self.toolchain.fits, self.target)


def kernel_recipe(kernel: Kernel, target: Target, toolchain: Toolchain = NVRTC) -> KernelRecipe:
    """How a planned kernel's object is made."""
    return KernelRecipe(kernel, target, toolchain, str(kernel.key[0]), kernel.label, kernel.op)


def get_cubin(kernel: Kernel, target: Target) -> bytes:
    """Machine code of a planned kernel, from the first layer that has it, or compiled.

    Raises:
        MissingKernelError: It is in no layer, and compiling is forbidden.
        BackendError: NVRTC is missing, or refuses the code.
        LoweringError: Its source cannot be generated.
    """
    return get_object(kernel_recipe(kernel, target), cubin_cache(target.name))
