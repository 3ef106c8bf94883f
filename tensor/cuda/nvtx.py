"""`tensorsmith.cuda.nvtx`: names that an attached profiler shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...backends.cuda.nvtx import end as _end
from ...backends.cuda.nvtx import mark as _mark
from ...backends.cuda.nvtx import pop as _pop
from ...backends.cuda.nvtx import push as _push
from ...backends.cuda.nvtx import start as _start


def range_push(msg: str) -> int:
    """Opens a range of time with a name; how many of this thread are around it."""
    return _push(msg)


def range_pop() -> int:
    """Closes the innermost one; how many of this thread are around it."""
    return _pop()


def range_start(msg: str) -> int:
    """Opens a range that any thread may close; its number."""
    return _start(msg)


def range_end(range_id: int) -> None:
    """Closes it."""
    _end(range_id)


def mark(msg: str) -> None:
    """Names a moment."""
    _mark(msg)


@contextmanager
def range(msg: str, *args: Any, **kwargs: Any) -> Iterator[None]:
    """A range around what is inside; the name is formatted with the arguments."""
    range_push(msg.format(*args, **kwargs))
    try:
        yield
    finally:
        range_pop()
