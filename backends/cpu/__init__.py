"""Kernels for the processor: loop IR to LLVM IR to machine code, and what runs it."""
