"""Errors that kernels write down: a bad index, a division of integers by zero.

A kernel that meets one goes on with something harmless, so that the context stays alive, and writes
what it saw into its record. Records are looked at when somebody waits for the stream; with
TENSORSMITH_CHECK=1 after each launch.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass

from ...arguments import complaint
from ...native.lanes import MOST_RECORDS, RECORD_BYTES
from .allocator import Allocator, Buffer
from .copying import copy_to_host, fill
from .queue import Queue

WORDS = 4  # of a record: what, what was seen, the extent, nothing
_BYTES = RECORD_BYTES

Locate = Callable[[int, int], str]
"""What was seen and the extent -> the argument and the position in it where it was; "" if it is not
known."""


def is_checked() -> bool:
    """TENSORSMITH_CHECK asks to look after each launch."""
    return os.environ.get("TENSORSMITH_CHECK", "") not in ("", "0")


@dataclass(frozen=True)
class Written:
    """A record of a launch that was captured: each replay clears it and may write to it."""

    label: str
    locate: Locate | None
    memory: Buffer


class Records:
    """The records of a stream."""

    def __init__(self, queue: Queue, allocator: Allocator) -> None:
        self.queue, self.allocator = queue, allocator
        self.checked = is_checked()
        self._memory: Buffer | None = None
        self._taken: list[tuple[str, Locate | None]] = []  # native code adds to it
        queue.lane.taken = id(self._taken)
        self._captured: list[Written] = []
        self._watched: dict[int, list[Written]] = {}
        queue.checks.append(self.check)

    def take(self, label: str, locate: Locate | None = None) -> int:
        """The address of a record for one launch: words that are zero.

        Args:
            label: Of the op, for messages.
            locate: Finds where it was; called when there is an error, with all work done.

        Raises:
            IndexRangeError, BackendError: Of an earlier launch, if all records
                are taken.
        """
        if self.allocator.is_captured(self.queue):
            memory = self.allocator.allocate(_BYTES, self.queue)
            fill(memory.address, 0, _BYTES, self.queue)
            self._captured.append(Written(label, locate, memory))
            return memory.address
        if len(self._taken) == MOST_RECORDS:
            self.queue.synchronize()
        if self._memory is None:
            self._memory = self.allocator.allocate(MOST_RECORDS * _BYTES, self.queue)
            fill(self._memory.address, 0, MOST_RECORDS * _BYTES, self.queue)
            self.queue.lane.records = 0 if self.checked else self._memory.address
        self._taken.append((label, locate))
        return self._memory.address + (len(self._taken) - 1) * _BYTES

    def take_captured(self) -> list[Written]:
        """Records that launches captured since the last call write to."""
        found, self._captured = self._captured, []
        return found

    def watch(self, written: list[Written]) -> None:
        """Looks at records of a graph that was launched here, when somebody waits next."""
        self._watched[id(written)] = written

    def check(self) -> None:
        """Looks at the records of launches; to be called when they are done.

        Raises:
            IndexRangeError, BackendError: The first error that was written down.
        """
        if self._taken and self._memory is not None:
            taken = self._taken[:]
            del self._taken[: len(taken)]  # others may have added to it
            self._look(self._memory.address, taken)
        if self._watched:
            watched, self._watched = self._watched, {}
            for each in (one for written in watched.values() for one in written):
                self._look(each.memory.address, [(each.label, each.locate)])

    def _look(self, address: int, taken: list[tuple[str, Locate | None]]) -> None:
        words = (ctypes.c_int64 * (len(taken) * WORDS))()
        size = ctypes.sizeof(words)
        copy_to_host(ctypes.addressof(words), address, size, self.queue)
        self.queue.synchronize()
        for number, (label, locate) in enumerate(taken):
            what, seen, extent = words[number * WORDS : number * WORDS + 3]
            if what:
                fill(address, 0, size, self.queue)
                where = locate(seen, extent) if locate is not None else ""
                raise complaint(label, what, seen, extent, where)
