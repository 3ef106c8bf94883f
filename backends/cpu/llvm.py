"""llvmlite: the only module that imports it, and only when LLVM is needed."""

from __future__ import annotations

from functools import cache
from typing import Any

from ...ops.errors import MissingKernelError


@cache
def binding() -> Any:
    """llvmlite's binding, with the code generators initialised.

    Raises:
        MissingKernelError: llvmlite is not installed, or its library cannot be loaded.
    """
    try:
        import llvmlite.binding as llvm
    except ImportError as error:
        raise MissingKernelError(f"llvmlite must be installed to compile ({error})") from error
    except Exception as error:  # a library of another system, cut short, or of another version
        raise MissingKernelError(
            f"llvmlite is installed, but cannot be loaded ({error}); install it again"
        ) from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


_flags: set[str] = set()


def set_flags(flags: tuple[str, ...]) -> None:
    """Sets switches of LLVM's command line, which hold for all that is compiled from now on."""
    for flag in flags:
        if flag not in _flags:
            binding().set_option("tensorsmith", flag)
    _flags.clear()
    _flags.update(flags)


@cache
def host_flags() -> frozenset[str]:
    """Processor features by LLVM's account, where the system does not list them."""
    features = binding().get_host_cpu_features()
    renamed = {
        "lzcnt": "abm", "bmi": "bmi1", "sse4.1": "sse4_1", "sse4.2": "sse4_2", "sahf": "lahf_lm",
        "avxvnni": "avx_vnni", "avx512vnni": "avx512_vnni", "avx512bf16": "avx512_bf16",
        "dotprod": "asimddp",
    }  # fmt: skip
    return frozenset(renamed.get(name, name) for name, present in features.items() if present)
