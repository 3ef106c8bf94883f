"""`tensorsmith.serialization`: files of tensors."""

from __future__ import annotations

from .tensor.serialization import add_safe_globals, load, save

__all__ = ["add_safe_globals", "load", "save"]
