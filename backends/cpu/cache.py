"""Objects of this backend: what their keys hold, and the one door through which they come.

An object is looked up by its plan, which needs no source; else its source is generated and it is
looked up by that; else it is compiled, if that is allowed.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import sys
import time
import warnings
import zlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...ops.errors import MissingKernelError
from ...ops.lock import PREPARING
from ...ops.registry import registry
from ..cache.folder import LIMIT
from ..cache.key import OPTIONS, ContentKey, Options, PlanKey, canonical, digest
from ..cache.layers import ObjectCache
from ..cache.locate import limit_bytes, user_folder
from ..cache.mode import get_jit_mode
from ..cache.statistics import keep_log, statistics
from .compile import compile_text, compiler_version
from .link import link
from .machine import Machine, detect_machine


@cache
def generator_digest() -> str:
    """SHA-256 over the sources that decide what a kernel's machine code is.

    To be called as soon as those are imported: a file that changes later would stand for code that
    this process does not run.
    """
    package = Path(__file__).resolve().parents[2]
    folders = [package / "ops", package / "lowering", Path(__file__).resolve().parent]
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@cache
def object_cache() -> ObjectCache:
    """The cache of this process: the user's folder, and bundles for this machine."""
    made = ObjectCache(user_folder(), limit_bytes(LIMIT), detect_machine().target.name)
    if made.folder is not None:
        keep_log(made.folder)
    return made


@dataclass(frozen=True)
class Recipe:
    """How an object is made.

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
        )

    def content(self, source: str, compiler: str) -> ContentKey:
        """The key by which it is found when its source is known."""
        machine = self.machine
        return ContentKey(
            digest(source), self.symbols, machine.target.name, features(machine), compiler,
            self.options,
        )  # fmt: skip


OBJECTS: list[Callable[[Machine], Recipe]] = []
"""Objects that any program may need, besides kernels: for each how it is made for a machine."""


def features(machine: Machine) -> str:
    """What the compiler may use of a machine."""
    return f"{machine.triple} {machine.processor} {machine.features}".rstrip()


def get_object(recipe: Recipe, store: ObjectCache | None = None) -> bytes:
    """An object from the first layer that has it, or compiled.

    Args:
        recipe: How it is made.
        store: Where it is looked for and kept; by default the cache of this process.

    Raises:
        MissingKernelError: It is in no layer, and compiling is forbidden or there is no compiler.
        BackendError: LLVM rejects its source.
        LoweringError: Its source cannot be generated.
    """
    with PREPARING:
        return _get(recipe, object_cache() if store is None else store)


def _get(recipe: Recipe, cache: ObjectCache) -> bytes:
    plan, compiler = recipe.plan(), compiler_version()
    label = recipe.label or recipe.name
    found = cache.find(plan, compiler)
    if found is not None:
        statistics.found(label, found[1])
        return found[0]
    start = time.perf_counter()
    source = recipe.source()
    content = recipe.content(source, compiler)
    known = cache.find_source(content)
    if known is not None:
        image, layer, key = known
        statistics.found(label, layer)
        keep_plan(cache, recipe, key, image, compiler, source)  # the next one generates nothing
        return image
    _allow_compiling(recipe, label)
    image = compile_recipe(recipe, source)
    kept = keep(cache, recipe, source, image, compiler)
    statistics.made(label, time.perf_counter() - start, kept)
    return image


def compile_recipe(recipe: Recipe, source: str) -> bytes:
    """The image made of a recipe's source."""
    return link(compile_text(source, recipe.machine, recipe.name, recipe.options))


def keep(cache: ObjectCache, recipe: Recipe, source: str, image: bytes, compiler: str) -> bool:
    """Puts an object into the user's folder under both of its keys; whether that was possible."""
    content = recipe.content(source, compiler).text()
    return keep_plan(cache, recipe, content, image, compiler, source)


def keep_plan(
    cache: ObjectCache, recipe: Recipe, content: str, image: bytes, compiler: str, source: str
) -> bool:
    """The same for an object whose content key is known."""
    about = {
        "name": recipe.name,
        "label": recipe.label or recipe.name,
        "op": recipe.op,
        "source": b64encode(zlib.compress(source.encode(), 3)).decode(),
    }
    return cache.put((recipe.plan().text(compiler), content), image, about)


def _allow_compiling(recipe: Recipe, label: str) -> None:
    """Raises MissingKernelError if the mode forbids compiling, warns if it says so."""
    mode = get_jit_mode()
    if mode == "on":
        return
    what = f"the kernel {label} is in no cache and no bundle"
    if mode == "warn":
        warnings.warn(f"tensorsmith: {what} and is compiled now", RuntimeWarning, stacklevel=3)
        return
    target = recipe.machine.target.name
    raise MissingKernelError(
        f"cpu backend: {what}, and compiling is forbidden (TENSORSMITH_JIT or jit_mode). "
        f"It is built by: {building_command(recipe.op, target)} -- or, with all others of this "
        f"program, by: {tracing_command(target)}"
    )


def building_command(op: str, target: str) -> str:
    """The command that builds the kernels of an op for a target; without one, what every program
    needs."""
    if not op:
        return f"tensorsmith precompile --core --target {target}"
    base = re.split(r"[.{\[]", op)[0]
    what = f"--ops {base}" if base in registry else "--all"
    return f"tensorsmith precompile {what} --target {target}"


def tracing_command(target: str) -> str:
    """The command that builds the kernels of the running program for a target."""
    script = shlex.quote(sys.argv[0]) if sys.argv and sys.argv[0] not in ("", "-c") else "SCRIPT"
    return (
        f"tensorsmith trace {script} -o kernels.lock && "
        f"tensorsmith precompile --lock kernels.lock --target {target}"
    )


__all__ = [
    "OBJECTS", "ObjectCache", "Recipe", "building_command", "canonical", "compile_recipe",
    "generator_digest", "get_object", "keep", "object_cache",
]  # fmt: skip
