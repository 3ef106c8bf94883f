"""Kernels by key: from memory, from the disk, or built, emitted and compiled."""

from __future__ import annotations

import ctypes
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from ...lowering.launch import Kernel
from ...lowering.loops import Function, Memref
from ...ops.errors import ArgumentValueError, BackendError
from .cache import canonical, generator_digest, object_cache
from .compile import compile_text, compiler_version
from .emitter import scalar_name
from .loader import load
from .machine import Machine

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

    @cached_property
    def call(self) -> Call:
        """Runs one chunk, with the interpreter lock released."""
        return ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int64)(self.address)

    @cached_property
    def call_locked(self) -> Call:
        """Runs one chunk and keeps the interpreter lock, which is cheaper for little work."""
        return ctypes.PYFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int64)(self.address)


@dataclass
class Statistics:
    """How many kernels this process has compiled, loaded from the disk, and found in memory."""

    compiled: int = 0
    loaded: int = 0
    reused: int = 0


_loaded: dict[tuple[str, str, Kernel], LoadedKernel] = {}
_lock = Lock()
if hasattr(os, "register_at_fork"):  # a child must not inherit the lock of a thread it lacks
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )
statistics = Statistics()


def kernel_key(kernel: Kernel, machine: Machine, signature: str = "") -> str:
    """Everything that the machine code of a kernel depends on, as text."""
    return canonical(
        (
            kernel.key,
            signature,
            machine.target.name,
            machine.features,
            compiler_version(),
            generator_digest(),
        )
    )


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
    image = _image(kernel, machine, signature)
    with _lock:
        found = _loaded.get(place)
        if found is None:
            name = str(kernel.key[0]) if kernel.key else ENTRY
            found = LoadedKernel(name, load(image, (ENTRY,))[ENTRY])
            _loaded[place] = found
    return found


def _image(kernel: Kernel, machine: Machine, signature: str) -> bytes:
    """The object of a kernel, compiled if no file has it."""
    store = object_cache()
    key = kernel_key(kernel, machine, signature)
    image = store.get(key)
    if image is not None:
        statistics.loaded += 1
        return image
    _allow_compiling(kernel)
    function = kernel.build()
    if signature_of(function) != signature:
        raise BackendError(
            f"{function.name}: a launch must hand in the kernel's arguments: "
            f"requires {signature_of(function)!r}, got {signature!r}"
        )
    image = compile_function(function, machine)
    statistics.compiled += 1
    store.put(key, image)
    return image


def signature_of(function: Function) -> str:
    """What a kernel takes, in the letters of `get_kernel`."""
    letters = {"index": "n", "f32": "f", "f64": "d"}
    return "".join(
        "p" if isinstance(value.type, Memref) else letters.get(scalar_name(value.type), "i")
        for value in function.arguments[:-1]
    )


def _allow_compiling(kernel: Kernel) -> None:
    """`TENSORSMITH_JIT`: `on` (the default), `warn`, or `forbid`.

    Raises:
        BackendError: Compiling is forbidden.
    """
    mode = os.environ.get("TENSORSMITH_JIT", "on") or "on"
    if mode == "on":
        return
    what = f"the kernel {kernel.key[0] if kernel.key else ENTRY} is not in the cache"
    if mode == "warn":
        warnings.warn(f"tensorsmith: {what} and is compiled now", RuntimeWarning, stacklevel=2)
    elif mode == "forbid":
        raise BackendError(
            f"cpu backend: {what}, and TENSORSMITH_JIT=forbid; run the program once with "
            "TENSORSMITH_JIT=on to compile it"
        )
    else:
        raise ArgumentValueError(f"TENSORSMITH_JIT must be on, warn or forbid, got {mode!r}")


def compile_function(function: Function, machine: Machine) -> bytes:
    """An object whose symbol `kernel` is the function."""
    from .emit import emit  # only a process that compiles needs the handlers

    return compile_text(emit(function, machine, ENTRY), machine, function.name)
