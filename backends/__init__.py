"""Backends: what turns loops into machine code, runs it, and owns the memory it works on."""

from __future__ import annotations

import os
from functools import cache

from ..ops.errors import DeviceError
from ..ops.lock import PREPARING
from .base import Backend, Buffer, Runner

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


__all__ = ["NAMES", "Backend", "Buffer", "Runner", "get"]
