"""The primary context of a device, made when it is first needed."""

from __future__ import annotations

import threading

from ....ops.lock import PREPARING
from ..driver.protocol import Driver


class _Thread(threading.local):
    """The context that the driver knows as this thread's."""

    active: Context | None = None


thread = _Thread()


class Context:
    """A device as everything that lives on it sees it.

    Attributes:
        driver: That serves it.
        number: Of the device.
        lost: The process forked, or another driver serves it now: nothing may be given back.
    """

    def __init__(self, driver: Driver, number: int) -> None:
        self.driver, self.number = driver, number
        self.lost = False
        self._handle = 0

    @property
    def handle(self) -> int:
        """What the driver calls it; it is held from the first time on."""
        if not self._handle:
            with PREPARING:
                if not self._handle:
                    self._handle = self.driver.retain_context(self.number)
        return self._handle

    def is_made(self) -> bool:
        """It was needed before."""
        return bool(self._handle)

    def activate(self) -> None:
        """Makes it the one that the driver works on in this thread."""
        if thread.active is not self:
            self.driver.set_context(self.handle)
            thread.active = self
