"""Functions that a user wrote in LLVM IR: checked, compiled, kept in the cache and mapped like
kernels."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from ...ops.errors import BackendError
from ...ops.lock import PREPARING
from ..cache.key import OPTIMIZED
from .cache import Recipe, canonical, get_object
from .llvm import binding
from .loader import load
from .machine import detect_machine

TYPES: dict[str, tuple[str, Any]] = {
    "pointer": ("ptr", ctypes.c_void_p),
    "float": ("double", ctypes.c_double),
    "int": ("i64", ctypes.c_int64),
}
"""What an argument is -> its type in LLVM IR, and how it is handed in."""


def raw_function(text: str, name: str, arguments: tuple[str, ...]) -> Callable[..., None]:
    """A function of a module, ready to be called; the interpreter lock is released meanwhile.

    Args:
        text: LLVM IR that defines `void @name(...)`.
        name: Of the function.
        arguments: What each argument is, a key of `TYPES`.

    Raises:
        BackendError: The module does not define it with these arguments, LLVM rejects it, or
            compiling is forbidden and it is in no cache.
    """

    def source() -> str:
        _check(text, name, arguments)
        return text

    recipe = Recipe(
        name,
        canonical((text, arguments)),
        detect_machine(),
        (name,),
        source,
        "".join(each[0] for each in arguments),
        f"{name}[llvm_kernel]",
        options=OPTIMIZED,
    )
    with PREPARING:
        address = load(get_object(recipe), (name,))[name]
    prototype = ctypes.CFUNCTYPE(None, *(TYPES[each][1] for each in arguments))
    return prototype(address)


def _check(text: str, name: str, arguments: tuple[str, ...]) -> None:
    """Raises BackendError if the module has no such function."""
    wanted = f"void ({', '.join(TYPES[each][0] for each in arguments)})"
    llvm = binding()
    try:
        module = llvm.parse_assembly(text)
    except RuntimeError as error:
        raise BackendError(f"{name}: LLVM rejects the text: {str(error).strip()}") from error
    known = {each.name: each for each in module.functions if not each.is_declaration}
    if name not in known:
        raise BackendError(
            f"{name}: the text must define a function @{name}, it defines "
            f"{', '.join(f'@{each}' for each in known) or 'none'}"
        )
    found = str(known[name].global_value_type)
    if found != wanted:
        raise BackendError(
            f"{name}: @{name} must have the type {wanted}, which follows from the signature, but "
            f"it has {found}"
        )
