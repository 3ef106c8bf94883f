"""`backends.openmp` as in PyTorch: threads are those of `native/workers.py` beside this file."""

from __future__ import annotations


def is_available() -> bool:
    """Whether OpenMP runs kernels: no."""
    return False
