"""LLVM IR text of a kernel in loop IR.

A kernel becomes `void name(ptr arguments, i64 chunk)`. `arguments` is an array of 8-byte slots, one
for each argument of the function but the last: addresses, 64-bit integers, and scalars in the low
bytes of their slot. Memory is not marked `noalias`: an in-place call hands the same memory in
twice, and kernels keep what they accumulate in values, so that the promise gains nothing.
"""

from __future__ import annotations

from ...lowering.ir.loops import Function
from . import emit_arith, emit_control, emit_math, emit_memory, emit_vector
from .emitter import Emitter
from .machine import Machine

DIALECTS = (emit_arith, emit_control, emit_math, emit_memory, emit_vector)  # they fill HANDLERS


def emit(function: Function, machine: Machine, symbol: str = "") -> str:
    """LLVM IR text of the module with the kernel of a function.

    Args:
        function: The kernel in loop IR.
        machine: What to generate for.
        symbol: Name of the compiled function; by default that of the kernel.

    Raises:
        BackendError: It has an instruction that this backend does not know.
    """
    return Emitter(function, machine, symbol or function.name).text()
