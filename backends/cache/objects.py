"""The one door through which objects come: looked up, else compiled if that is allowed.

An object is looked up by its plan, which needs no source; else its source is generated and it is
looked up by that; else it is compiled. Each backend says with a `Recipe` how its objects are made.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import sys
import time
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from ...ops.errors import MissingKernelError
from ...ops.lock import PREPARING
from ...ops.registry import registry
from .folder import LIMIT
from .key import ContentKey, PlanKey
from .layers import ObjectCache
from .locate import limit_bytes, user_folder
from .mode import get_jit_mode
from .statistics import keep_log, statistics
from .warn import warn_user


def open_cache(target: str) -> ObjectCache:
    """The user's folder, and bundles, for a target; what is looked up is noted in the folder."""
    made = ObjectCache(user_folder(), limit_bytes(LIMIT), target)
    if made.folder is not None:
        keep_log(made.folder)
    return made


class Recipe(Protocol):
    """How an object is made.

    Attributes:
        name: What identifies it for people: `softmax`, `worker pool`.
        source: Generates what is compiled; called only if no layer has the object.
        label: What people call it, `softmax[f32, rows]`; by default the name.
        op: The op that it belongs to; "" if every program needs it.
        ahead: Whether there are commands that build it ahead.
        built_for: What the commands call its target: `x86-64-v4`, `x86-64-v4+avx512vnni`.
    """

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def op(self) -> str: ...
    @property
    def ahead(self) -> bool: ...
    @property
    def source(self) -> Callable[[], str]: ...
    @property
    def built_for(self) -> str: ...

    def compiler(self) -> str:
        """Name and version of what compiles it."""

    def plan(self) -> PlanKey:
        """The key by which it is found before its source is generated."""

    def content(self, source: str, compiler: str) -> ContentKey:
        """The key by which it is found when its source is known."""

    def compile(self, source: str) -> bytes:
        """The object made of its source.

        Raises:
            BackendError: The compiler is missing, or rejects the source.
        """

    @property
    def fits(self) -> Callable[[bytes], bool]:
        """Says whether some bytes can be the object: of its kind, for its target, as long as they
        say. What does not fit is a miss: it is never mapped, and written again.

        Processes can send it to each other, unlike the recipe.
        """


def digest_of_sources(folders: Iterable[Path], patterns: Iterable[str] = ("*.py",)) -> str:
    """SHA-256 over the files of some folders, which decide what a kernel's machine code is.

    A file is known by the folder's name and its path in there, and by its content.
    """
    found = hashlib.sha256()
    for folder in folders:
        paths = {path.relative_to(folder) for each in patterns for path in folder.rglob(each)}
        for name in sorted(path.as_posix() for path in paths):
            content = (folder / name).read_bytes()
            found.update(f"{folder.name}/{name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def get_object(recipe: Recipe, cache: ObjectCache) -> bytes:
    """An object from the first layer that has it, or compiled.

    Args:
        recipe: How it is made.
        cache: Where it is looked for and kept.

    Raises:
        MissingKernelError: It is in no layer, and compiling is forbidden or there is no compiler.
        BackendError: The compiler rejects its source.
        LoweringError: Its source cannot be generated.
    """
    with PREPARING:
        return _get(recipe, cache)


def _get(recipe: Recipe, cache: ObjectCache) -> bytes:
    plan, compiler = recipe.plan(), recipe.compiler()
    label = full_label(recipe, plan)
    found = cache.find(plan, compiler, recipe.fits)
    if found is not None:
        statistics.found(label, found[1])
        return found[0]
    start = time.perf_counter()
    source = recipe.source()
    content = recipe.content(source, compiler)
    known = cache.find_source(content, recipe.fits)
    if known is not None:
        image, layer, key = known
        statistics.found(label, layer)
        keep_plan(cache, recipe, key, image, source)  # the next one generates nothing
        return image
    try:
        image = _compile(recipe, label, source)
    except MissingKernelError:
        other = cache.find_by_others(content, recipe.fits)
        if other is None:
            raise
        image, key = other
        statistics.found(label, "folder")
        keep_plan(cache, recipe, key, image, source)
        return image
    kept = keep_plan(cache, recipe, content.text(), image, source)
    statistics.made(label, time.perf_counter() - start, kept)
    return image


def full_label(recipe: Recipe, plan: PlanKey) -> str:
    """What identifies an object for people: `softmax[f32, rows]#9c86cb95`, as `tensorsmith explain`
    takes it; the label alone of what belongs to no op."""
    label = recipe.label or recipe.name
    return f"{label}#{plan.structure[:DIGITS]}" if recipe.op else label


DIGITS = 8
"""Of the digest of a kernel's structure, for people."""


def _compile(recipe: Recipe, label: str, source: str) -> bytes:
    """The object of a source, if compiling it is allowed and possible."""
    _allow_compiling(recipe, label)
    try:
        return recipe.compile(source)
    except MissingKernelError as error:
        raise _missing(recipe, label, f"it cannot be compiled here: {error}") from error


def keep_plan(cache: ObjectCache, recipe: Recipe, content: str, image: bytes, source: str) -> bool:
    """Puts an object into the user's folder under both of its keys; whether that was possible.

    Args:
        content: Text of its content key.
    """
    plan = recipe.plan()
    about = {
        "name": recipe.name,
        "label": full_label(recipe, plan),
        "op": recipe.op,
        "source": b64encode(zlib.compress(source.encode(), 3)).decode(),
    }
    return cache.put((plan.text(recipe.compiler()), content), image, about)


def _allow_compiling(recipe: Recipe, label: str) -> None:
    """Raises MissingKernelError if the mode forbids compiling, warns if it says so."""
    mode = get_jit_mode()
    if mode == "on":
        return
    if mode == "warn":
        warn_user(
            f"tensorsmith: the kernel {label} is in no cache and no bundle and is compiled now"
        )
        return
    raise _missing(recipe, label, "compiling is forbidden (TENSORSMITH_JIT or jit_mode)")


def _missing(recipe: Recipe, label: str, why: str) -> MissingKernelError:
    """The error that names a kernel, why it is not compiled, and the commands that build it."""
    plan, target = recipe.plan(), recipe.built_for
    what = f"{plan.backend} backend: the kernel {label} is in no cache and no bundle, and {why}"
    if not recipe.ahead:
        return MissingKernelError(
            f"{what}. No command builds what a simulated device runs: allow compiling "
            "(TENSORSMITH_JIT=on) for one run of this program, which keeps its kernels"
        )
    command = building_command(recipe.op, target)
    key = ""
    if recipe.op and command:
        named = f"tensorsmith explain {shlex.quote(label)} --target {target}"
        key = f". How it differs from the nearest that is there is told by: {named}"
    if not recipe.op:
        advice = f"It is built by: {command} -- or, with all others of this program"
    elif command:
        advice = (
            f"Kernels of its op are built by: {command} -- but layouts and sizes decide which "
            "kernels an op needs; this one for certain, with all others of this program"
        )
    else:
        advice = "It is built with all others of this program"
    return MissingKernelError(f"{what}{key}. {advice}, by: {tracing_command(target)}")


def building_command(op: str, target: str) -> str:
    """The command that builds the kernels of an op for a target.

    Args:
        op: Its name; "" stands for what every program needs.
        target: Name of a machine.

    Returns:
        The command; "" for an op that no other process finds by its name or in a file: one that
        the running program defined or derived.
    """
    if not op:
        return f"tensorsmith precompile --core --target {target}"
    base = re.split(r"[.{\[]", op)[0]
    if base not in registry:
        return ""
    if registry.was_added(base):
        file = registry.file_of(base)
        if not file or not Path(file).is_file():
            return ""
        path = shlex.quote(str(Path(file).absolute()))
        return f"tensorsmith precompile --registry {path} --target {target}"
    return f"tensorsmith precompile --ops {base} --target {target}"


def tracing_command(target: str) -> str:
    """The command that builds the kernels of the running program for a target."""
    script, *rest = sys.argv or [""]
    words = ["SCRIPT"] if script in ("", "-c") else [script]
    recording = [
        "tensorsmith",
        "trace",
        *words,
        "-o",
        "kernels.lock",
        *(["--", *rest] if rest else []),
    ]
    return (
        f"{shlex.join(recording)} && tensorsmith precompile --lock kernels.lock --target {target}"
    )
