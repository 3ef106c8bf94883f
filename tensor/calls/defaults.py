"""Process-wide settings: the default dtype and tensor type, deterministic mode, denormals."""

from __future__ import annotations

from ...backends import precision
from ...ops import dtype as dtypes
from ...ops.dtype import dtype
from .entries import forget_plans
from .repeating import change_settings

precision.changed.append(forget_plans)


def get_default_dtype() -> dtype:
    """The dtype of float results that no argument decides."""
    return dtypes.get_default_dtype()


def set_default_dtype(d: dtype) -> None:
    """Makes `d`, a floating-point dtype, the one of float results that no argument decides."""
    dtypes.set_default_dtype(d)
    forget_plans()
    change_settings()


_deterministic = False


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accepted: every op is deterministic."""
    global _deterministic
    _deterministic = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` set."""
    return _deterministic


def set_flush_denormal(mode: bool) -> bool:
    """Whether denormal numbers can be flushed to zero here: they cannot."""
    return False
