"""Kernels for the processor: loop IR to LLVM IR to machine code, and what runs it.

ops, planned and run   run, processor, machine, control_groups, threads, pool
kernels by key         kernels, cache, compile, link, elf, loader, llvm
loop IR -> LLVM IR     emit, emitter, emit_arith, emit_control, emit_math, emit_memory, emit_vector
LLVM IR as text        code, word, half, masked
vector math            coefficients, exponential, power, trigonometric, error_function, gamma,
                       remainder, philox
users' own LLVM IR     raw
"""

from __future__ import annotations


def get_cpu_capability() -> str:
    """The vectors that kernels use, in PyTorch's words: DEFAULT, AVX2 or AVX512."""
    from .machine import detect_machine  # which looks at the processor

    return {"x86-64-v3": "AVX2", "x86-64-v4": "AVX512"}.get(detect_machine().target.name, "DEFAULT")
