"""`tensorsmith.cuda`: there is no CUDA backend in this version."""

from __future__ import annotations

from . import amp, jiterator


def is_available() -> bool:
    """Whether tensors can be made on a CUDA device: no."""
    return False


def device_count() -> int:
    """How many CUDA devices there are: none."""
    return 0


def is_initialized() -> bool:
    """Whether CUDA was used: no."""
    return False


def manual_seed(seed: int) -> None:
    """Nothing, as there is no device."""


def manual_seed_all(seed: int) -> None:
    """Nothing, as there is no device."""


def synchronize(device: object = None) -> None:
    """Nothing, as nothing runs."""


def empty_cache() -> None:
    """Nothing, as nothing is kept."""


__all__ = [
    "amp", "device_count", "empty_cache", "is_available",
    "is_initialized", "jiterator", "manual_seed", "manual_seed_all", "synchronize",
]  # fmt: skip
