"""`tensorsmith.special`: special functions, from the op registry."""

from __future__ import annotations

from typing import Any

from .tensor.functions.generated import SPECIAL


def __getattr__(name: str) -> Any:
    if name in SPECIAL:
        return SPECIAL[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(SPECIAL)
