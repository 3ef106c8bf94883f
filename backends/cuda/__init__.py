"""Kernels in CUDA C: written from loop IR, compiled by NVRTC, tried on the host without a GPU.

the device               driver, runtime, family, target, processor
ops, planned and run     run, launching, loading, locating, through_host
loop IR -> CUDA C        kernel, emit, emitter, emit_arith, emit_control, emit_math, emit_memory,
                         emit_vector, emit_thread, emit_group, emit_box
CUDA C -> machine code   nvrtc, cache
without a GPU            host, check
switches                 switches, warp_groups, nvtx
users' own CUDA C        raw
"""

from __future__ import annotations

from .switches import matmul as matmul


def is_built() -> bool:
    """Whether the package has kernels for CUDA devices: yes, for a device or none."""
    return True
