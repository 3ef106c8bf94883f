"""The primary context of a device, made when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from ....ops.lock import PREPARING
from ...native import lanes
from ...native.lasting import keep_forever
from ...native.view import View
from ..driver.protocol import CAPTURE_MODES, Driver

RELAXED = CAPTURE_MODES.index("relaxed")


class _Thread(threading.local):
    """What this thread is at.

    Attributes:
        here: The same where native code reads it.
        active: Number of the context that the driver knows as this thread's, in `here`.
    """

    def __init__(self) -> None:
        self.here: Any = View(lanes.Here)
        self.active: Any = self.here.place("active")


thread = _Thread()
_serials = count(1)


def here_address() -> int:
    """Where native code finds what the calling thread is at."""
    return int(thread.here.at)


class Context:
    """A device as everything that lives on it sees it.

    Attributes:
        driver: That serves it.
        number: Of the device.
        serial: Number of the context, which no other one of this process has.
        gpu: The device as native code sees it.
    """

    def __init__(self, driver: Driver, number: int) -> None:
        self.driver, self.number = driver, number
        self.serial = next(_serials)
        self.gpu: Any = keep_forever(View(lanes.Gpu))  # blocks may be the last to go
        self.gpu.serial = self.serial
        self._lost = self.gpu.place("lost")
        self._kept: list[object] = []  # what the struct points to
        self._handle = 0
        self.set_callable("activate", self.activate)

    @property
    def lost(self) -> bool:
        """The process forked, or another driver serves it now: nothing may be given back."""
        return bool(self._lost.value)

    @lost.setter
    def lost(self, lost: bool) -> None:
        self._lost.value = lost

    @property
    def handle(self) -> int:
        """What the driver calls it; it is held from the first time on."""
        if not self._handle:
            with PREPARING:
                if not self._handle:
                    handle = self.driver.retain_context(self.number)
                    self._tell_native(handle)
                    self._handle = handle
        return self._handle

    def _tell_native(self, handle: int) -> None:
        """Lets native code call the driver."""
        if self.driver.watches:
            self.set_callable("note", self.driver.note_block)
        functions = self.driver.functions()
        if functions is not None:
            self.gpu.set_context = functions.set_context
            self.gpu.launch = functions.launch
        self.gpu.context = handle  # last: from now on native code may serve calls

    def set_callable(self, name: str, function: Callable[..., object]) -> None:
        """Gives native code something in Python to call."""
        self._kept.append(function)
        setattr(self.gpu, name, id(function))

    @contextmanager
    def outside_of_captures(self) -> Iterator[None]:
        """Inside, this thread calls what the driver forbids while a graph is captured: what asks
        for memory or loads code is no part of a graph."""
        before = self.driver.exchange_capture_mode(RELAXED)
        try:
            yield
        finally:
            self.driver.exchange_capture_mode(before)

    def is_made(self) -> bool:
        """It was needed before."""
        return bool(self._handle)

    def activate(self) -> None:
        """Makes it the one that the driver works on in this thread."""
        active = thread.active
        if active.value != self.serial:
            self.driver.set_context(self.handle)
            active.value = self.serial
