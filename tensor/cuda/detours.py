"""Ops that the host computes for tensors of a GPU: how often that happened."""

from __future__ import annotations

from ...backends.base import detours


def host_calls() -> dict[str, int]:
    """How often the host computed an op for tensors of a GPU, by the op's name.

    Operands were copied there, results back, and the stream was waited for.
    """
    return dict(detours)


def reset_host_calls() -> None:
    """Counts anew."""
    detours.clear()
