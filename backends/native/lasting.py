"""Objects that must outlive the interpreter's modules.

When Python shuts down it clears modules in an order of its own; tensors that are freed after that
still run machine code, and give their memory back to the pool.
"""

from __future__ import annotations

import ctypes
from typing import TypeVar

Anything = TypeVar("Anything")


def keep_forever(value: Anything) -> Anything:
    """The value, with a reference that nobody ever lets go of."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))
    return value
