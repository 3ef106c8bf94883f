"""Whether kernels may be compiled while a program runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from ...ops.errors import ArgumentValueError

MODES = ("on", "warn", "forbid")
_chosen: list[str] = []
_allowed: list[None] = []


def get_jit_mode() -> str:
    """`on`, `warn` or `forbid`: what `jit_mode` chose, else `TENSORSMITH_JIT`, else `on`.

    Inside `compiling_allowed` it is `on`.

    Raises:
        ValueError: The environment variable is something else.
    """
    if _allowed:
        return "on"
    if _chosen:
        return _chosen[-1]
    mode = os.environ.get("TENSORSMITH_JIT", "") or "on"
    if mode not in MODES:
        raise ArgumentValueError(f"TENSORSMITH_JIT must be on, warn or forbid, got {mode!r}")
    return mode


@contextmanager
def compiling_allowed() -> Iterator[None]:
    """Kernels are compiled inside, whatever the user chose: a program that records which kernels
    it lacks must get them, or it would stop at the first one."""
    _allowed.append(None)
    try:
        yield
    finally:
        _allowed.pop()


class jit_mode:  # noqa: N801  (used like `no_grad`)
    """Says for the whole process what happens to a kernel that is in no cache and no bundle.

    As a context manager it holds inside the block; called as a function it stays.

    Args:
        mode: `on` compiles it, `warn` compiles it with a warning, `forbid` raises an error that
            names the kernel and the command that builds it.

    Raises:
        ValueError: The mode is something else.
    """

    def __init__(self, mode: str) -> None:
        if mode not in MODES:
            raise ArgumentValueError(f"jit_mode: mode must be on, warn or forbid, got {mode!r}")
        self._before = list(_chosen)
        _chosen[:] = [mode]

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _chosen[:] = self._before
