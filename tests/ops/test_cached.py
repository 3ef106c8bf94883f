"""Properties that are computed once."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from tensorsmith.ops.cached import cached_property


class Square:
    def __init__(self, side: int) -> None:
        self.side = side
        self.computed = 0

    @cached_property
    def area(self) -> int:
        """Its area."""
        self.computed += 1
        return self.side**2


class Slow:
    """One whose property is computed until somebody says that it may end."""

    begun = threading.Event()
    ended = threading.Event()

    def __init__(self, waits: bool) -> None:
        self.waits = waits

    @cached_property
    def value(self) -> int:
        if self.waits:
            self.begun.set()
            self.ended.wait()
        return 1


def test_a_property_is_computed_once_and_kept() -> None:
    square = Square(3)
    assert (square.area, square.area, square.computed) == (9, 9, 1)
    assert vars(square)["area"] == 9
    assert Square.area.__doc__ == "Its area."


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_a_thread_computes_one_leaves_the_child_free_to() -> None:
    thread = threading.Thread(target=lambda: Slow(waits=True).value)
    thread.start()
    Slow.begun.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(Slow(waits=False).value)
    Slow.ended.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
