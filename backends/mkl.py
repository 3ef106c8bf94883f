"""`backends.mkl` as in PyTorch: MKL is never used, products of matrices are kernels of our own."""

from __future__ import annotations

VERBOSE_OFF, VERBOSE_ON = 0, 1


def is_available() -> bool:
    """Whether MKL computes anything: no."""
    return False


class verbose:  # noqa: N801  (PyTorch's spelling)
    """Context in which MKL would report its calls.

    Raises:
        RuntimeError: Reports are wanted, and there is no MKL to make them.
    """

    library = "MKL"

    def __init__(self, enable: int) -> None:
        self.enable = enable

    def __enter__(self) -> verbose:
        if self.enable != VERBOSE_OFF:
            raise RuntimeError(
                f"Failed to set {self.library} into verbose mode: {self.library} is not used here; "
                "`tensorsmith explain` tells about kernels"
            )
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to switch back."""
