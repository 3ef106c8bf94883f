"""CUDA C of a kernel in loop IR.

A kernel becomes `extern "C" __global__ void name(...)` whose parameters are all eight bytes wide:
addresses, 64-bit integers and doubles, in the order of the function's arguments. What it calls is
in `kernel.h`, which is put in front of the kernels of a translation unit.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from ...lowering.ir.loops import Function
from . import (
    emit_arith,
    emit_box,
    emit_control,
    emit_group,
    emit_math,
    emit_memory,
    emit_thread,
    emit_vector,
)
from .emitter import Emitter

DIALECTS = (
    emit_arith, emit_box, emit_control, emit_group, emit_math, emit_memory, emit_thread,
    emit_vector,
)  # fmt: skip


def emit(function: Function) -> str:
    """CUDA C of the kernel of a function, without the header.

    Raises:
        BackendError: It has an instruction that this backend does not know.
    """
    return Emitter(function).text()


@cache
def header(name: str = "kernel.h") -> str:
    """The text of a header of this package."""
    return (resources.files(__package__) / name).read_text()
