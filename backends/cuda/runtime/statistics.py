"""The account of a device's memory, under PyTorch's names.

What happens often is written into a journal, which is added up when somebody asks, many lines at
once.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

KINDS = ("allocation", "segment", "active", "inactive_split")
BYTES = (
    "allocated_bytes", "reserved_bytes", "active_bytes", "inactive_split_bytes", "requested_bytes",
)  # fmt: skip
POOLS = ("all", "small_pool", "large_pool")
EVENTS = (
    "num_alloc_retries", "num_ooms", "num_sync_all_streams", "num_device_alloc", "num_device_free",
)  # fmt: skip


LONGEST = 1 << 14  # lines of the journal before it is added up


@dataclass
class Count:
    """One number: now, at most, and what came and went in all."""

    current: int = 0
    peak: int = 0
    allocated: int = 0
    freed: int = 0

    def add(self, amount: int) -> None:
        """Changes it by an amount."""
        self.current += amount
        if amount > 0:
            self.allocated += amount
            self.peak = max(self.peak, self.current)
        else:
            self.freed -= amount

    def add_all(self, amounts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        """Changes it by several amounts, one after the other."""
        sums = np.cumsum(amounts)
        self.peak = max(self.peak, self.current + int(sums.max(initial=0)))
        self.current += int(sums[-1])
        self.allocated += int(amounts[amounts > 0].sum())
        self.freed -= int(amounts[amounts < 0].sum())


class Statistics:
    """All numbers of a device.

    Attributes:
        events: Counts by name.
    """

    def __init__(self) -> None:
        self.events = dict.fromkeys(EVENTS, 0)
        self._counts = {(n, p): Count() for n in (*KINDS, *BYTES) for p in POOLS}
        self._journal: list[tuple[int, int, int, int, int]] = []
        self._lock = threading.Lock()

    def note(self, small: bool, sign: int, active: int, size: int, requested: int) -> None:
        """Notes that a block was given out (1), came back (-1), or was done with (active -1)."""
        self._journal.append((small, sign, active, size, requested))
        if len(self._journal) > LONGEST:
            self._add_up(wait=False)

    def _add_up(self, wait: bool = True) -> None:
        """Adds the journal up.

        Args:
            wait: Until no other thread does. False where this one may: memory comes back at any
                time.
        """
        if not self._lock.acquire(blocking=wait):
            return
        try:
            count = len(self._journal)
            lines = self._journal[:count]
            del self._journal[:count]  # others write on meanwhile
            if not lines:
                return
            small, sign, active, size, requested = np.array(lines, np.int64).T
            amounts = {
                "allocation": sign, "active": active, "allocated_bytes": sign * size,
                "active_bytes": active * size, "requested_bytes": sign * requested,
            }  # fmt: skip
            for name, amount in amounts.items():
                self._counts[name, "all"].add_all(amount)
                for pool, kind in (("small_pool", 1), ("large_pool", 0)):
                    own = amount[small == kind]
                    if own.size:
                        self._counts[name, pool].add_all(own)
        finally:
            self._lock.release()

    def _add(self, name: str, small: bool, amount: int) -> None:
        self._counts[name, "all"].add(amount)
        self._counts[name, "small_pool" if small else "large_pool"].add(amount)

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
        self._add_up()
        return self._counts[name, pool]

    def reset_peak(self) -> None:
        """Peaks are what is now."""
        self._add_up()
        for count in self._counts.values():
            count.peak = count.current

    def reset_accumulated(self) -> None:
        """Starts sums and counts of events anew."""
        self._add_up()
        for count in self._counts.values():
            count.allocated = count.freed = 0
        self.events = dict.fromkeys(EVENTS, 0)

    def flat(self) -> dict[str, int]:
        """`allocated_bytes.all.current` and so on, sorted."""
        self._add_up()
        found = {
            f"{name}.{pool}.{which}": value
            for (name, pool), count in self._counts.items()
            for which, value in vars(count).items()
        }
        return dict(sorted((found | self.events).items()))
