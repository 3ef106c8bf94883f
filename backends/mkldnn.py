"""`backends.mkldnn` as in PyTorch: oneDNN is never used."""

from __future__ import annotations

from . import mkl

VERBOSE_OFF, VERBOSE_ON, VERBOSE_ON_CREATION = 0, 1, 2


def is_available() -> bool:
    """Whether oneDNN computes anything: no."""
    return False


class verbose(mkl.verbose):  # noqa: N801  (PyTorch's spelling)
    """Context in which oneDNN would report its calls.

    Raises:
        RuntimeError: Reports are wanted, and there is no oneDNN to make them.
    """

    library = "MKLDNN"

    def __init__(self, level: int) -> None:
        super().__init__(level)
