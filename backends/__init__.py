"""Backends: what turns loops into machine code, runs it, and owns the memory it works on."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from ..ops.errors import DeviceError
from ..ops.lock import PREPARING
from . import cpu as cpu
from . import cuda as cuda
from . import cudnn as cudnn
from . import mkl as mkl
from . import mkldnn as mkldnn
from . import openmp as openmp
from . import opt_einsum as opt_einsum
from .base import Backend, Buffer, DeviceBackend, Runner

if TYPE_CHECKING:
    from .cuda.run import CudaBackend

NAMES = ("cpu", "interpreter", "planning")


@cache
def get(name: str = "") -> Backend:
    """The backend `cpu`, `interpreter` or `planning`; by default what `TENSORSMITH_BACKEND` says,
    or cpu.

    Raises:
        DeviceError: There is no backend of that name.
    """
    with PREPARING:  # which holds for what is imported here
        return _make(name)


def _make(name: str) -> Backend:
    chosen = name or os.environ.get("TENSORSMITH_BACKEND", "") or "cpu"
    if chosen == "cpu":
        from .cpu.run import CpuBackend

        return CpuBackend()
    if chosen == "interpreter":
        from .interpreter.run import InterpreterBackend

        return InterpreterBackend()
    if chosen == "planning":
        from .planning import PlanningBackend

        return PlanningBackend()
    raise DeviceError(f"backend must be one of {', '.join(NAMES)}, got {chosen!r}")


def cuda_device(index: int | None = None) -> CudaBackend:
    """The backend of a CUDA device; None: of this thread's current one.

    Raises:
        DeviceError: There is none of that number, or none at all.
    """
    global _cuda
    if _cuda is None:
        with PREPARING:
            from .cuda.run import backend_of_device

            _cuda = backend_of_device
    return _cuda(index)


_cuda: Callable[[int | None], CudaBackend] | None = None


def cuda_index(index: int | None = None) -> int:
    """The number of a CUDA device; None: of this thread's current one.

    Raises:
        DeviceError: There is none of that number, or none at all.
    """
    with PREPARING:
        from .cuda.runtime.machine import current_device, get_device
    if index is None:
        return current_device()
    return get_device(index).number


__all__ = [
    "NAMES", "Backend", "Buffer", "DeviceBackend", "Runner", "cuda_device", "cuda_index", "get",
]  # fmt: skip
