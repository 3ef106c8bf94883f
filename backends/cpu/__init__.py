"""Kernels for the processor: loop IR to LLVM IR to machine code, and what runs it."""

from __future__ import annotations


def get_cpu_capability() -> str:
    """The vectors that kernels use, in PyTorch's words: DEFAULT, AVX2 or AVX512."""
    from .machine import detect_machine  # which looks at the processor

    return {"x86-64-v3": "AVX2", "x86-64-v4": "AVX512"}.get(
        detect_machine().target.name, "DEFAULT"
    )
