"""The account of a device's memory, under PyTorch's names."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from ...native import account as native
from ...native.lanes import OBJECT
from ...native.view import View

EVENTS = (
    "num_alloc_retries", "num_ooms", "num_sync_all_streams", "num_device_alloc", "num_device_free",
)  # fmt: skip
_NUMBERS = {name: number for number, name in enumerate(native.NAMES)}
_WIDTH = len(native.WHICH)


Note = Callable[[int, int, int, int, int], None]
"""`note(small, given, active, size, requested)`: a block of a small segment or another one was
given out (given 1) or came back (-1), and is in use (active 1) or done with (-1)."""


@cache
def _function(name: str, count: int) -> Any:
    """A native function that takes an address and some integers."""
    types = [ctypes.c_int64] * (1 + count)
    return ctypes.PYFUNCTYPE(None, *types)(OBJECT.load()[name])


class Count:
    """One number: now, at most, and what came and went in all.

    Args:
        words: Where native code counts.
    """

    __slots__ = ("words",)

    def __init__(self, words: Any) -> None:
        self.words = words

    @property
    def current(self) -> int:
        """What there is now."""
        return int(self.words[0])

    @property
    def peak(self) -> int:
        """The most there was."""
        return int(self.words[1])

    @property
    def allocated(self) -> int:
        """What came, in all."""
        return int(self.words[2])

    @property
    def freed(self) -> int:
        """What went, in all."""
        return int(self.words[3])


class Statistics:
    """All numbers of a device.

    Attributes:
        account: Where native code counts.
        events: Counts by name.
        note: Notes that a block was given out, came back, or was done with.
        count_given, count_back: The same for a block given out, or back and done with, by address.
    """

    def __init__(self) -> None:
        self.events = dict.fromkeys(EVENTS, 0)
        self.account: Any = View(native.Account)
        counts, place = self.account.counts, ctypes.c_int64 * _WIDTH
        keys = [(name, pool) for name in native.NAMES for pool in native.POOLS]
        self._counts = {
            key: Count(place.from_buffer(counts, 8 * _WIDTH * number))
            for number, key in enumerate(keys)
        }
        self.note: Note = partial(_function("note_block", 5), self.account.at)
        self.count_given = _function("count_given", 0)
        self.count_back = _function("count_back", 0)
        self._change = _function("change_count", 3)

    def _add(self, name: str, small: bool, amount: int) -> None:
        self._change(self.account.at, _NUMBERS[name], small, amount)

    def count_inactive(self, small: bool, sign: int, nbytes: int) -> None:
        """Counts a free part of a segment that came to be (1) or is no more (-1)."""
        self._add("inactive_split", small, sign)
        self._add("inactive_split_bytes", small, sign * nbytes)

    def count_segment(self, small: bool, nbytes: int) -> None:
        """Counts a segment that came from the driver, or went there (negative)."""
        made = nbytes > 0
        self._add("segment", small, 1 if made else -1)
        self._add("reserved_bytes", small, nbytes)
        self.events["num_device_alloc" if made else "num_device_free"] += 1

    def count(self, name: str, pool: str = "all") -> Count:
        """A number of one of the pools."""
        return self._counts[name, pool]

    def reset_peak(self) -> None:
        """Peaks are what is now."""
        for count in self._counts.values():
            count.words[1] = count.words[0]

    def reset_accumulated(self) -> None:
        """Starts sums and counts of events anew."""
        for count in self._counts.values():
            count.words[2:] = [0, 0]
        self.events = dict.fromkeys(EVENTS, 0)

    def flat(self) -> dict[str, int]:
        """`allocated_bytes.all.current` and so on, sorted."""
        found = {
            f"{name}.{pool}.{which}": int(value)
            for (name, pool), count in self._counts.items()
            for which, value in zip(native.WHICH, count.words)
        }
        return dict(sorted((found | self.events).items()))
