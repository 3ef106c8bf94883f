"""SIGTERM as an exception, so that what is open is closed; exit statuses of interruptions."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """The process was asked to end."""


@contextmanager
def sigterm_raised() -> Iterator[None]:
    """Inside, SIGTERM raises `Terminated`, so that processes, semaphores and files are cleaned up.

    Only the main thread can choose that; elsewhere nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    own = os.getpid()

    def terminate(number: int, frame: FrameType | None) -> None:
        if os.getpid() == own:
            raise Terminated
        signal.signal(number, signal.SIG_DFL)  # a child by fork: it just ends, as ever
        signal.raise_signal(number)

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def status_of(end: KeyboardInterrupt) -> int:
    """The exit status that shells know: 128 and the number of the signal."""
    return 128 + (signal.SIGTERM if isinstance(end, Terminated) else signal.SIGINT)


def how_ended(end: KeyboardInterrupt) -> str:
    """What people are told: what happened, and what the one who raised it again adds to that."""
    what = "terminated" if isinstance(end, Terminated) else "interrupted"
    return f"{what}; {end}" if end.args else what
