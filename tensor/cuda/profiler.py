"""`tensorsmith.cuda.profiler`: telling an attached profiler when to look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .devices import found


def start() -> None:
    """An attached profiler records from now on."""
    device = found()
    device.context.activate()
    device.driver.start_profiler()


def stop() -> None:
    """It records no longer."""
    device = found()
    device.context.activate()
    device.driver.stop_profiler()


@contextmanager
def profile() -> Iterator[None]:
    """An attached profiler records what is inside."""
    start()
    try:
        yield
    finally:
        stop()
