"""`backends.opt_einsum` as in PyTorch: `einsum` is one kernel, or products from left to right."""

from __future__ import annotations

enabled = False
strategy: str | None = None


def is_available() -> bool:
    """Whether opt_einsum chooses the order of products: no."""
    return False


def get_opt_einsum() -> None:
    """The package opt_einsum, which is not used."""
