"""Errors that kernels write down: a bad index, a division of integers by zero.

A kernel that meets one goes on with something harmless, so that the context stays alive, and writes
what it saw into its record. Records are looked at when somebody waits for the stream; with
TENSORSMITH_CHECK=1 after each launch.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

from ....lowering.launch import DIVIDED_BY_ZERO, OUT_OF_RANGE
from ....ops.errors import IndexRangeError
from .allocator import Allocator
from .copying import copy_to_host, fill
from .queue import Queue

WORDS = 4  # of a record: what, what was seen, the extent, nothing
RECORDS = 256  # of a stream; when all are taken they are looked at
_BYTES = 8 * WORDS

Locate = Callable[[int, int], str]
"""What was seen and the extent -> the argument and the position in it where it was; "" if it is not
known."""


def is_checked() -> bool:
    """TENSORSMITH_CHECK asks to look after each launch."""
    return os.environ.get("TENSORSMITH_CHECK", "") not in ("", "0")


class Records:
    """The records of a stream."""

    def __init__(self, queue: Queue, allocator: Allocator) -> None:
        self.queue = queue
        self.checked = is_checked()
        self._memory = allocator.allocate(RECORDS * _BYTES, queue)
        self._labels: list[tuple[str, Locate | None]] = []
        fill(self._memory.address, 0, RECORDS * _BYTES, queue)
        queue.checks.append(self.check)

    def take(self, label: str, locate: Locate | None = None) -> int:
        """The address of a record for one launch: words that are zero.

        Args:
            label: Of the op, for messages.
            locate: Finds where it was; called when there is an error, with all work done.

        Raises:
            IndexRangeError, ZeroDivisionError, RuntimeError: Of an earlier launch, if all records
                are taken.
        """
        if len(self._labels) == RECORDS:
            self.queue.synchronize()
        self._labels.append((label, locate))
        return self._memory.address + (len(self._labels) - 1) * _BYTES

    def check(self) -> None:
        """Looks at the records of launches that are done.

        Raises:
            IndexRangeError, ZeroDivisionError, RuntimeError: The first error that was written down.
        """
        if not self._labels:
            return
        labels, self._labels = self._labels, []
        words = (ctypes.c_int64 * (len(labels) * WORDS))()
        address, size = self._memory.address, ctypes.sizeof(words)
        copy_to_host(ctypes.addressof(words), address, size, self.queue)
        self.queue.synchronize()
        for number, (label, locate) in enumerate(labels):
            what, seen, extent = words[number * WORDS : number * WORDS + 3]
            if what:
                fill(address, 0, size, self.queue)
                raise complaint(label, what, seen, extent, locate)


def complaint(name: str, what: int, seen: int, extent: int, locate: Locate | None) -> Exception:
    """What a record says."""
    if what == OUT_OF_RANGE:
        found = locate(seen, extent) if locate is not None else ""
        where = f" in {found}" if found else ""
        return IndexRangeError(f"{name}: index must be in [0, {extent}), got {seen}{where}")
    if what == DIVIDED_BY_ZERO:
        return ZeroDivisionError(f"{name}: a divisor of integers is zero")
    return RuntimeError(f"{name}: an integer is raised to a negative power")
