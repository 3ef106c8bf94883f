"""`backends.cudnn` as in PyTorch: cuDNN is never used, its switches change nothing."""

from __future__ import annotations

enabled = False
benchmark = False
deterministic = True
allow_tf32 = False


def is_available() -> bool:
    """Whether cuDNN computes anything: no."""
    return False


def version() -> None:
    """The version of cuDNN: there is none."""
