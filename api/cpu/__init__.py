"""The CPU: memory of its tensors, and automatic mixed precision (`amp`)."""

from __future__ import annotations

from ..tensor.memory import empty_cache as empty_cache
from ..tensor.memory import max_memory_allocated as max_memory_allocated
from ..tensor.memory import memory_allocated as memory_allocated
from ..tensor.memory import memory_reserved as memory_reserved
from ..tensor.memory import memory_stats as memory_stats
from ..tensor.memory import reset_peak_memory_stats as reset_peak_memory_stats
from . import amp as amp

__all__ = [
    "amp",
    "empty_cache",
    "max_memory_allocated",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "reset_peak_memory_stats",
]
