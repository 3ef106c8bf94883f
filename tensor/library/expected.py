"""Types of what a user hands to functions that make ops."""

from __future__ import annotations

from typing import Any

from ...ops.errors import ArgumentError


def check_text(value: Any, what: str) -> None:
    """Raises TypeError unless a value is a str; `what` says which argument of what it is."""
    if not isinstance(value, str):
        raise ArgumentError(f"{what} must be a str, not {type(value).__name__}")


def check_function(value: Any, what: str) -> None:
    """Raises TypeError unless a value can be called."""
    if not callable(value):
        raise ArgumentError(f"{what} must be a function, not {type(value).__name__}")
