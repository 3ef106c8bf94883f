"""Errors that kernels write down: a bad index, a division of integers by zero.

A kernel that meets one goes on with something harmless, so that the context stays alive, and writes
what it saw into its record. Records are looked at when somebody waits for the stream; with
TENSORSMITH_CHECK=1 after each launch.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from dataclasses import field

from ....ops.dataclass import dataclass
from ...arguments import complaint
from ...checking import is_checked
from ...native.lanes import MOST_RECORDS, RECORD_BYTES
from .allocator import Allocator, Buffer
from .copying import copy_to_host, fill
from .queue import Queue

WORDS = 4  # of a record: what, what was seen, the extent, nothing
MOST_BATCHES = 4  # of a stream; after that the oldest is used again
LATE = 64  # records before the last that were looked at and may yet be written, see `Records`
MOST_NAMED = 8  # errors in one message
_BYTES = RECORD_BYTES

Locate = Callable[[int, int], str]
"""What was seen and the extent -> the argument and the position in it where it was; "" if it is not
known."""

Taker = tuple[str, Locate | None, bool]
"""Who takes a record: label, what finds where it was, and whether negative indices count from the
end."""


@dataclass(frozen=True)
class Written:
    """A record of a launch that was captured: each replay may write to it."""

    taker: Taker
    memory: Buffer


@dataclass(eq=False)
class _Batch:
    """Records side by side.

    Attributes:
        memory: Of all of them.
        taken: Who took one, in order; native code adds to it.
        seen: How many were looked at.
    """

    memory: Buffer
    taken: list[Taker] = field(default_factory=list)
    seen: int = 0

    @property
    def count(self) -> int:
        """How many are taken."""
        return min(len(self.taken), MOST_RECORDS)


class Records:
    """The records of a stream.

    Threads may share the stream: while one waits and looks, others take records and launch. So a
    record belongs to one launch until its batch is full and others were as well; and since a thread
    may have taken a record and not launched yet, the last `LATE` are looked at again.

    Args:
        queue: The stream.
        allocator: Of its device.
        outside: A stream that is never captured, for records that replays write to.
    """

    def __init__(self, queue: Queue, allocator: Allocator, outside: Queue) -> None:
        self.queue, self.allocator, self._outside = queue, allocator, outside
        self.checked = is_checked()
        self._batches: list[_Batch] = []  # the current one is the last
        self._watched: dict[int, list[Written]] = {}
        self._looked = -1  # launches of the stream when it was last looked at
        self._lock = threading.Lock()
        queue.checks.append(self.check)

    def take(self, label: str, locate: Locate | None = None, from_end: bool = False) -> int:
        """The address of a record for one launch: words that are zero.

        Args:
            label: Of the op, for messages.
            locate: Finds where it was; called when there is an error, with all work done.
            from_end: Negative indices count from the end.

        Raises:
            IndexRangeError, BackendError: Of an earlier launch, if all records
                are taken.
        """
        taker: Taker = (label, locate, from_end)
        if self.allocator.is_captured(self.queue):
            memory = self.allocator.allocate(_BYTES, self._outside)
            self.allocator.keep(self.queue, Written(taker, memory))
            return memory.address
        with self._lock:
            place = self._put(taker)
            if place is None and len(self._batches) < MOST_BATCHES:
                self._begin(_Batch(self._new_memory()))
                place = self._put(taker)
        while place is None:
            self.queue.wait()
            with self._lock:
                found = self._look_at_batches(all_of_them=True)
                self._begin(_Batch(self._batches.pop(0).memory))
                place = None if found else self._put(taker)
            _raise(found)
        return place

    def _put(self, taker: Taker) -> int | None:
        """Takes a record of the current batch; its address, or None if there is none."""
        if not self._batches or self._batches[-1].count == MOST_RECORDS:
            return None
        batch = self._batches[-1]
        batch.taken.append(taker)
        # Native code of another thread may have added behind it, or filled the batch before.
        place = next(n for n in reversed(range(len(batch.taken))) if batch.taken[n] is taker)
        return batch.memory.address + place * _BYTES if place < MOST_RECORDS else None

    def _new_memory(self) -> Buffer:
        memory = self.allocator.allocate(MOST_RECORDS * _BYTES, self.queue)
        fill(memory.address, 0, MOST_RECORDS * _BYTES, self.queue)
        return memory

    def _begin(self, batch: _Batch) -> None:
        """Makes a batch the current one."""
        lane = self.queue.lane
        lane.records = 0  # native code asks here until both are set
        self._batches.append(batch)
        lane.taken = id(batch.taken)
        lane.records = 0 if self.checked else batch.memory.address

    def watch(self, written: list[Written]) -> None:
        """Looks at records of a graph that was launched here, when somebody waits next."""
        with self._lock:
            self._watched[id(written)] = written

    def check(self) -> None:
        """Looks at the records of launches; to be called when they are done.

        Raises:
            IndexRangeError, BackendError: The first error that was written down; it names the
                others.
        """
        launched = int(self.queue.lane.launched)  # before looking: what is launched later counts
        if launched == self._looked:
            return
        with self._lock:
            found = self._look_at_batches()
            watched, self._watched = self._watched, {}
            for one in (one for written in watched.values() for one in written):
                found += self._look(one.memory.address, [one.taker])
            self._looked = launched
        _raise(found)

    def _look_at_batches(self, all_of_them: bool = False) -> list[_Found]:
        """What was written down since it was last looked at, and forgets it."""
        found: list[_Found] = []
        fresh = self._batches[-1].count if self._batches else 0
        for batch in self._batches:
            count = batch.count
            last = batch is self._batches[-1] or (batch is self._batches[-2] and fresh < LATE)
            if last or all_of_them or batch.seen < count:
                start = 0 if all_of_them else max(0, batch.seen - LATE)
                address = batch.memory.address + start * _BYTES
                found += self._look(address, batch.taken[start:count])
                batch.seen = count
        return found

    def _look(self, address: int, taken: list[Taker]) -> list[_Found]:
        """What was written to records side by side; those are zero again."""
        if not taken:
            return []
        words = (ctypes.c_int64 * (len(taken) * WORDS))()
        copy_to_host(ctypes.addressof(words), address, ctypes.sizeof(words), self.queue)
        self.queue.wait()
        found: list[_Found] = []
        for number, taker in enumerate(taken):
            what, seen, extent = words[number * WORDS : number * WORDS + 3]
            if what:
                fill(address + number * _BYTES, 0, _BYTES, self.queue)
                found.append((taker, what, seen, extent))
        return found


_Found = tuple[Taker, int, int, int]
"""Who took a record and what a kernel wrote into it."""


def _raise(found: list[_Found]) -> None:
    """Raises the first of several errors, with the others in its message."""
    if not found:
        return
    errors = [
        complaint(label, what, seen, extent, locate(seen, extent) if locate else "", from_end)
        for (label, locate, from_end), what, seen, extent in found[:MOST_NAMED]
    ]
    others = [str(error) for error in errors[1:]]
    if len(found) > MOST_NAMED:
        others.append(f"{len(found) - MOST_NAMED} more")
    first = errors[0]
    if others:
        first = type(first)(f"{first}; before anybody waited also: {'; '.join(others)}")
    raise first
