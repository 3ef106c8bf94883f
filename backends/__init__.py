"""Backends: what turns loops into machine code, runs it, and owns the memory it works on.

Each is announced here by name, and its module is imported when it is first asked for: a program
that computes on the CPU reads nothing of GPUs, and one with all of its kernels ready no compiler.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any

from ..ops.errors import DeviceError
from ..ops.lock import PREPARING
from . import cpu as cpu
from . import cuda as cuda
from . import cudnn as cudnn
from . import mkl as mkl
from . import mkldnn as mkldnn
from . import openmp as openmp
from . import opt_einsum as opt_einsum
from .base import Backend, Buffer, DeviceBackend, Family, Runner

BACKENDS = {
    "cpu": "cpu.run:CpuBackend",
    "interpreter": "interpreter.run:InterpreterBackend",
    "planning": "planning:PlanningBackend",
}
"""What computes for tensors on the CPU, by name: where its class is."""

FAMILIES = {"cuda": "cuda.family"}
"""Devices with memory of their own, by type: a module that is their `Family`."""


@cache
def get(name: str = "") -> Backend:
    """The backend `cpu`, `interpreter` or `planning`; by default what `TENSORSMITH_BACKEND` says,
    or cpu.

    Raises:
        DeviceError: There is no backend of that name.
    """
    chosen = name or os.environ.get("TENSORSMITH_BACKEND", "") or "cpu"
    if chosen not in BACKENDS:
        raise DeviceError(f"backend must be one of {', '.join(BACKENDS)}, got {chosen!r}")
    module, _, member = BACKENDS[chosen].partition(":")
    with PREPARING:
        made: Backend = getattr(_load(module), member)()
    return made


@cache
def family(kind: str) -> Family:
    """All devices of a type, such as `cuda`."""
    with PREPARING:
        found: Family = _load(FAMILIES[kind])
    return found


def _load(module: str) -> Any:
    return import_module(f"{__name__}.{module}")


__all__ = [
    "BACKENDS", "FAMILIES", "Backend", "Buffer", "DeviceBackend", "Family", "Runner",
    "family", "get",
]  # fmt: skip
