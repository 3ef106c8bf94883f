"""Objects of this backend: how they are made, what their keys hold, and where they are kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from ...ops.dataclass import dataclass
from ..cache import objects
from ..cache.key import OPTIONS, ContentKey, Options, PlanKey, canonical, digest
from ..cache.layers import ObjectCache
from .compile import compile_text, compiler_version
from .elf import AARCH64, is_whole
from .link import is_image, link
from .machine import Machine, detect_machine


@cache
def generator_digest() -> str:
    """SHA-256 over the sources that decide what a kernel's machine code is.

    To be called as soon as those are imported: a file that changes later would stand for code that
    this process does not run.
    """
    package = Path(__file__).resolve().parents[2]
    own = Path(__file__).resolve().parent
    return objects.digest_of_sources([package / "ops", package / "lowering", own])


@cache
def object_cache() -> ObjectCache:
    """The cache of this process: the user's folder, and bundles for this machine."""
    return objects.open_cache(detect_machine().target.name)


@dataclass(frozen=True)
class Recipe:
    """How an object for a processor is made; see `cache.objects.Recipe`.

    Attributes:
        name: What identifies it for people: `softmax`, `worker pool`.
        structure: What its source follows from, as text.
        machine: What it is compiled for.
        symbols: Functions that it defines.
        source: Generates LLVM IR; called only if no layer has the object.
        signature: Letters of a kernel's arguments.
        label: For the log; by default the name.
        op: The op that it belongs to; "" if every program needs it.
        options: What the compiler is told.
        dtypes, layout: Of the memory that a kernel is for; see `PlanKey`.
        ahead: Commands build it ahead.
    """

    name: str
    structure: str
    machine: Machine
    symbols: tuple[str, ...]
    source: Callable[[], str]
    signature: str = ""
    label: str = ""
    op: str = ""
    options: Options = OPTIONS
    dtypes: str = ""
    layout: str = ""
    ahead: bool = True

    @property
    def built_for(self) -> str:
        """What the commands call its target."""
        return self.machine.target.spelling

    def compiler(self) -> str:
        """What compiles it."""
        return compiler_version()

    def plan(self) -> PlanKey:
        """The key by which it is found before its source is generated."""
        return PlanKey(
            self.name,
            digest(self.structure),
            self.signature,
            self.machine.target.name,
            features(self.machine),
            generator_digest(),
            options=self.options,
            dtypes=self.dtypes,
            layout=self.layout,
        )

    def content(self, source: str, compiler: str) -> ContentKey:
        """The key by which it is found when its source is known."""
        machine = self.machine
        return ContentKey(
            digest(source), self.symbols, machine.target.name, features(machine), compiler,
            self.options,
        )  # fmt: skip

    def compile(self, source: str) -> bytes:
        """The image made of its source."""
        return link(compile_text(source, self.machine, self.name, self.options))

    @property
    def fits(self) -> Callable[[bytes], bool]:
        """Says whether some bytes are such an image, whole."""
        if self.machine.triple.startswith("aarch64"):
            return partial(is_whole, machine=AARCH64)
        return partial(is_image, names=self.symbols)


OBJECTS: list[Callable[[Machine], Recipe]] = []
"""Objects that any program may need, besides kernels: for each how it is made for a machine."""


def features(machine: Machine) -> str:
    """What the compiler may use of a machine."""
    return f"{machine.triple} {machine.processor} {machine.features}".rstrip()


def get_object(recipe: Recipe, store: ObjectCache | None = None) -> bytes:
    """An object from a cache, by default that of this process; see `cache.objects.get_object`."""
    return objects.get_object(recipe, object_cache() if store is None else store)


__all__ = ["OBJECTS", "Recipe", "canonical", "generator_digest", "get_object", "object_cache"]
