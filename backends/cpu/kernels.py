"""Kernels by key: from memory, from the disk, or built, emitted and compiled."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import ClassVar

from ...lowering.ir.loops import Function, Memref
from ...lowering.launch import Kernel
from ...ops.cached import cached_property
from ...ops.dataclass import dataclass
from ...ops.errors import BackendError
from ...ops.lock import PREPARING
from ..cache.key import names_of
from ..cache.statistics import statistics
from .cache import Recipe, canonical, get_object, object_cache
from .emitter import scalar_name
from .loader import load
from .machine import Machine, require_runnable

Call = Callable[[bytes, int], None]
ENTRY = "kernel"  # symbol of the function in each object


@dataclass(eq=False)
class LoadedKernel:
    """A kernel that can run.

    Attributes:
        name: What to call it in messages.
        address: Of `void kernel(ptr arguments, i64 chunk)`.
    """

    name: str
    address: int
    threads: ClassVar[int] = 0  # of a block, which GPUs have
    shared: ClassVar[int] = 0  # memory of a block, likewise

    @cached_property
    def call(self) -> Call:
        """Runs one chunk, with the interpreter lock released."""
        return ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int64)(self.address)

    @cached_property
    def call_locked(self) -> Call:
        """Runs one chunk and keeps the interpreter lock, which is cheaper for little work."""
        return ctypes.PYFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int64)(self.address)


_loaded: dict[tuple[str, str, Kernel], LoadedKernel] = {}


def kernel_recipe(kernel: Kernel, machine: Machine, signature: str) -> Recipe:
    """How a kernel's object is made, and what its keys hold."""
    machine = machine.using(kernel.features)

    def source() -> str:
        from .emit import emit  # only a process that compiles needs the handlers

        function = kernel.build()
        if signature_of(function) != signature:
            raise BackendError(
                f"{function.name}: a launch must hand in the kernel's arguments: "
                f"requires {signature_of(function)!r}, got {signature!r}"
            )
        return emit(function, machine, ENTRY)

    name = str(kernel.key[0]) if kernel.key else ENTRY
    return Recipe(
        name, canonical(kernel.key), machine, (ENTRY,), source, signature, kernel.label, kernel.op,
        dtypes=names_of(kernel.dtypes), layout=kernel.layout,
    )  # fmt: skip


def get_kernel(kernel: Kernel, machine: Machine, signature: str) -> LoadedKernel:
    """A kernel, ready to run.

    Args:
        kernel: What identifies and builds it.
        machine: What to compile for.
        signature: What a launch hands in, a letter for each argument: `p` an address, `n` a size,
            `f` `d` `i` a number as float, double or integer.

    Raises:
        BackendError: It cannot be compiled or mapped, or takes other arguments.
        LoweringError: It cannot be built.
    """
    place = (machine.target.name, signature, kernel)
    found = _loaded.get(place)
    if found is not None:
        statistics.reused += 1
        return found
    require_runnable(machine.using(kernel.features))
    with PREPARING:
        found = _loaded.get(place)
        if found is None:  # nor has another thread loaded it meanwhile
            recipe = kernel_recipe(kernel, machine, signature)
            image = get_object(recipe, object_cache())
            found = LoadedKernel(recipe.name, load(image, (ENTRY,))[ENTRY])
            _loaded[place] = found
    return found


def signature_of(function: Function) -> str:
    """What a kernel takes, in the letters of `get_kernel`."""
    letters = {"index": "n", "f32": "f", "f64": "d"}
    return "".join(
        "p" if isinstance(value.type, Memref) else letters.get(scalar_name(value.type), "i")
        for value in function.arguments[:-1]
    )
