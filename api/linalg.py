"""`tensorsmith.linalg`: linear algebra, from the op registry and SciPy's LAPACK."""

from __future__ import annotations

from typing import Any

from .tensor.functions.generated import LINALG


def __getattr__(name: str) -> Any:
    if name in LINALG:
        return LINALG[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(LINALG)
