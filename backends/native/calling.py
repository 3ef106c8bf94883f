"""Compiled functions as Python calls them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any


def python_function(address: int, result: Any, *parameters: Any) -> Callable[..., Any]:
    """A compiled function that is called with the interpreter lock held.

    Args:
        address: Where it lies.
        result, parameters: Types of ctypes.
    """
    native = ctypes.PYFUNCTYPE(result, *parameters)(address)

    def call(*arguments: Any) -> Any:
        try:
            return native(*arguments)
        except ctypes.ArgumentError as error:
            raise true_error(error) from None

    return call


def true_error(error: ctypes.ArgumentError) -> Exception:
    """The error that ctypes hides behind its own, if that is that there was no memory."""
    return MemoryError(*error.args) if "MemoryError" in str(error) else error
