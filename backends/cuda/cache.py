"""Cubins in the kernel cache: how they are made, what their keys hold, and where they are kept.

`get_cubin` is all that running a kernel takes; NVRTC is loaded only if no layer has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

from ...lowering.launch import Kernel, Target
from ...ops.specialize import title
from ..cache.folder import LIMIT
from ..cache.key import ContentKey, Options, PlanKey, canonical, digest
from ..cache.layers import ObjectCache
from ..cache.locate import limit_bytes, user_folder
from ..cache.objects import digest_of_sources, get_object
from ..cache.statistics import keep_log
from . import nvrtc

BACKEND = "cuda"
OPTIONS = Options(0, "", "", flags=nvrtc.OPTIONS)
"""What NVRTC is told besides the target; the fields of LLVM are empty."""


@cache
def generator_digest() -> str:
    """SHA-256 over the sources that decide what a kernel's CUDA C is."""
    package, own = Path(__file__).resolve().parents[2], Path(__file__).resolve().parent
    planned = digest_of_sources([package / "ops", package / "lowering"])
    return digest(planned + digest_of_sources([own], ("emit*.py", "kernel.*")))


@cache
def cubin_cache(target: str) -> ObjectCache:
    """The cache of this process for a compute capability: the user's folder, and bundles."""
    made = ObjectCache(user_folder(), limit_bytes(LIMIT), target)
    if made.folder is not None:
        keep_log(made.folder)
    return made


@dataclass(frozen=True)
class CubinRecipe:
    """How a cubin is made; see `cache.objects.Recipe`. A subclass makes another image of a kernel.

    Attributes:
        name, label, op: For people.
        entry: The kernel's name in the module.
        structure: What its source follows from, as text.
        target: What it is compiled for.
        source: Gives the translation unit; called only if no layer has the cubin.
    """

    name: str
    entry: str
    structure: str
    target: Target
    source: Callable[[], str]
    label: str = ""
    op: str = ""

    backend: ClassVar[str] = BACKEND
    options: ClassVar[Options] = OPTIONS

    def compiler(self) -> str:
        """What compiles it."""
        return nvrtc.version()

    def generator(self) -> str:
        """What generates its source."""
        return generator_digest()

    def plan(self) -> PlanKey:
        """The key by which it is found before its source is generated."""
        return PlanKey(
            self.name, digest(self.structure), self.entry, self.target.name, "", self.generator(),
            options=self.options, backend=self.backend,
        )  # fmt: skip

    def content(self, source: str, compiler: str) -> ContentKey:
        """The key by which it is found when its source is known."""
        return ContentKey(
            digest(source), (self.entry,), self.target.name, "", compiler, self.options,
            self.backend,
        )

    def compile(self, source: str) -> bytes:
        """The cubin made of its source."""
        return nvrtc.compile_source(source, self.target).code


def kernel_recipe(kernel: Kernel, target: Target) -> CubinRecipe:
    """How a planned kernel's cubin is made."""

    def source() -> str:
        from .kernel import cuda_kernel, translation_unit  # only a process that compiles needs it

        return translation_unit([cuda_kernel(kernel)])

    name = str(kernel.key[0])
    label = f"{title(kernel.op or name)}[{kernel.form or 'kernel'}]"
    return CubinRecipe(
        name, kernel.entry, canonical(kernel.key), target, source, label, kernel.op
    )


def get_cubin(kernel: Kernel, target: Target) -> bytes:
    """Machine code of a planned kernel, from the first layer that has it, or compiled.

    Raises:
        MissingKernelError: It is in no layer, and compiling is forbidden.
        BackendError: NVRTC is missing, or refuses the code.
        LoweringError: Its source cannot be generated.
    """
    return get_object(kernel_recipe(kernel, target), cubin_cache(target.name))
