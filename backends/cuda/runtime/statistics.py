"""The account of a device's memory, under PyTorch's names."""

from __future__ import annotations

from dataclasses import dataclass, field

KINDS = ("allocation", "segment", "active", "inactive_split")
BYTES = (
    "allocated_bytes", "reserved_bytes", "active_bytes", "inactive_split_bytes", "requested_bytes",
)  # fmt: skip
POOLS = ("all", "small_pool", "large_pool")
EVENTS = (
    "num_alloc_retries", "num_ooms", "num_sync_all_streams", "num_device_alloc", "num_device_free",
)  # fmt: skip


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

    def reset_peak(self) -> None:
        """The peak is what it is now."""
        self.peak = self.current

    def reset_accumulated(self) -> None:
        """Starts the sums anew."""
        self.allocated = self.freed = 0


@dataclass
class Statistics:
    """All numbers of a device.

    Attributes:
        counts: By name and pool.
        events: By name.
    """

    counts: dict[tuple[str, str], Count] = field(
        default_factory=lambda: {(n, p): Count() for n in (*KINDS, *BYTES) for p in POOLS}
    )
    events: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EVENTS, 0))

    def add(self, name: str, small: bool, amount: int) -> None:
        """Changes a number of one of the pools, and of all."""
        self.counts[name, "all"].add(amount)
        self.counts[name, "small_pool" if small else "large_pool"].add(amount)

    def current(self, name: str) -> int:
        """A number of all pools, now."""
        return self.counts[name, "all"].current

    def reset_peak(self) -> None:
        """Peaks are what is now."""
        for count in self.counts.values():
            count.reset_peak()

    def reset_accumulated(self) -> None:
        """Starts sums and counts of events anew."""
        for count in self.counts.values():
            count.reset_accumulated()
        self.events = dict.fromkeys(EVENTS, 0)

    def flat(self) -> dict[str, int]:
        """`allocated_bytes.all.current` and so on, sorted."""
        found = {
            f"{name}.{pool}.{which}": value
            for (name, pool), count in self.counts.items()
            for which, value in vars(count).items()
        }
        return dict(sorted((found | self.events).items()))
