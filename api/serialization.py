"""`tensorsmith.serialization`: files of tensors."""

from __future__ import annotations

from .tensor.creation.generator import restored_generator as restored_generator
from .tensor.results import named as named
from .tensor.serialization import add_safe_globals, load, save
from .tensor.serialization import rebuild as rebuild
from .tensor.storage import storage_from_bytes as storage_from_bytes

# Pickles call the functions that are not listed here by the names that they have in this module.
__all__ = ["add_safe_globals", "load", "save"]
