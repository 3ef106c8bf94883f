"""Telling an attached profiler when to look."""

from __future__ import annotations

from ..tensor.cuda.profiler import profile as profile
from ..tensor.cuda.profiler import start as start
from ..tensor.cuda.profiler import stop as stop

__all__ = ["profile", "start", "stop"]
