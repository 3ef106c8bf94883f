"""llvmlite: the only module that imports it, and only when LLVM is needed."""

from __future__ import annotations

from functools import cache
from typing import Any

from ...ops.errors import MissingKernelError
from ..cache.key import OPTIONS


@cache
def binding() -> Any:
    """llvmlite's binding, with the code generators initialised."""
    try:
        import llvmlite.binding as llvm
    except ImportError as error:
        raise MissingKernelError(
            "cpu backend: llvmlite must be installed to compile a kernel that is not cached"
        ) from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Strength reduction of loops takes half of LLVM's time and gains nothing: kernels address
    # memory as base + index, which costs no more than a pointer that is moved along.
    for flag in OPTIONS.flags:
        llvm.set_option("tensorsmith", flag)
    return llvm


@cache
def host_flags() -> frozenset[str]:
    """Processor features by LLVM's account, where the system does not list them."""
    features = binding().get_host_cpu_features()
    renamed = {
        "lzcnt": "abm", "bmi": "bmi1", "sse4.1": "sse4_1", "sse4.2": "sse4_2", "sahf": "lahf_lm",
    }  # fmt: skip
    return frozenset(renamed.get(name, name) for name, present in features.items() if present)
