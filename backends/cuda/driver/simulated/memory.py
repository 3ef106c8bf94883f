"""Memory of a simulated device: who may reach which bytes."""

from __future__ import annotations

import ctypes
from bisect import bisect_right, insort
from dataclasses import field
from operator import attrgetter

from .....ops.dataclass import dataclass

POISON = 0x5A  # what memory holds that was given out and not written to
GUARD = 512  # bytes on each side of an allocation that must stay as they are; its alignment
_GUARD_BYTE = 0xA5


@dataclass(eq=False)
class Span:
    """Bytes that may be reached as long as they are held.

    Attributes:
        begin, nbytes: Where they are.
        held: They were not given to anybody else.
        whole: What they are a part of; with that they go back to the host.
    """

    begin: int
    nbytes: int
    held: bool = True
    whole: Span | None = None

    @property
    def alive(self) -> bool:
        """They may be reached."""
        return self.held and (self.whole is None or self.whole.held)

    @property
    def end(self) -> int:
        """The address behind its last byte."""
        return self.begin + self.nbytes


@dataclass(eq=False)
class Allocation(Span):
    """What one call gave, with guards around it.

    Attributes:
        raw: The host's memory.
        blocks: Parts of it that were noted; all of it may be reached as long as there were none.
        noted: There were some.
    """

    raw: ctypes.Array[ctypes.c_char] | None = None
    blocks: Spans = field(default_factory=lambda: Spans())
    noted: bool = False

    def is_whole(self) -> bool:
        """Nobody wrote into its guards."""
        guard = bytes([_GUARD_BYTE]) * GUARD
        return (
            ctypes.string_at(self.begin - GUARD, GUARD) == guard
            and ctypes.string_at(self.end, GUARD) == guard
        )

    def reachable(self, address: int) -> Span | None:
        """The part that an address lies in."""
        return self.blocks.at(address) if self.noted else self


_BEGIN = attrgetter("begin")


class Spans:
    """Spans that do not overlap, by address."""

    def __init__(self) -> None:
        self._spans: list[Span] = []  # nothing beside it: Ctrl-C comes between any two calls

    def __len__(self) -> int:
        return len(self._spans)

    def add(self, span: Span) -> None:
        """Puts one in."""
        insort(self._spans, span, key=_BEGIN)

    def take(self, begin: int) -> Span | None:
        """Takes the one that begins there out."""
        place = bisect_right(self._spans, begin, key=_BEGIN) - 1
        if place < 0 or self._spans[place].begin != begin:
            return None
        return self._spans.pop(place)

    def at(self, address: int) -> Span | None:
        """The one that an address lies in."""
        place = bisect_right(self._spans, address, key=_BEGIN) - 1
        if place < 0:
            return None
        span = self._spans[place]
        return span if address < span.end else None

    def all(self) -> list[Span]:
        """All of them, by address."""
        return list(self._spans)


def new_allocation(nbytes: int) -> Allocation:
    """Memory of the host, poisoned, between guards."""
    raw = ctypes.create_string_buffer(nbytes + 3 * GUARD)
    begin = -(-(ctypes.addressof(raw) + GUARD) // GUARD) * GUARD
    ctypes.memset(begin - GUARD, _GUARD_BYTE, GUARD)
    ctypes.memset(begin, POISON, nbytes)
    ctypes.memset(begin + nbytes, _GUARD_BYTE, GUARD)
    return Allocation(begin, nbytes, raw=raw)


class Memory:
    """Allocations of one device, or pinned ones of the host.

    Args:
        limit: Bytes that there are.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.allocations = Spans()
        self.damaged: list[str] = []

    def allocate(self, nbytes: int) -> int | None:
        """An address, None if there is not that much."""
        if self.used + nbytes > self.limit:
            return None
        made = new_allocation(nbytes)
        self.allocations.add(made)
        self.used += nbytes
        return made.begin

    def free(self, address: int) -> bool:
        """Gives an allocation back; whether there is one at that address."""
        found = self.allocations.at(address)
        if not isinstance(found, Allocation) or found.begin != address:
            return False
        found.held = False  # first, with all its parts: Ctrl-C comes between any two calls
        self.allocations.take(address)
        self.used -= found.nbytes
        if not found.is_whole():
            self.damaged.append(
                f"something wrote outside of the {found.nbytes} bytes at {address:#x}"
            )
        found.raw = None
        return True

    def owner(self, address: int) -> Allocation | None:
        """The allocation that an address lies in."""
        found = self.allocations.at(address)
        return found if isinstance(found, Allocation) else None

    def reachable(self, address: int) -> Span | None:
        """What may be reached from an address; None if it lies nowhere."""
        owner = self.owner(address)
        return None if owner is None else owner.reachable(address)

    def note(self, address: int, nbytes: int) -> Span | None:
        """Notes a part that was given out; None if it lies in no allocation."""
        owner = self.owner(address)
        if owner is None or address + nbytes > owner.end:
            return None
        owner.noted = True
        old = owner.blocks.take(address)
        if old is not None:
            old.held = False
        made = Span(address, nbytes, whole=owner)
        owner.blocks.add(made)
        return made

    def forget(self, address: int) -> bool:
        """Forgets it; whether it was noted.

        Work that is queued may still reach it: it comes before whatever the bytes are given to.
        """
        owner = self.owner(address)
        return owner is not None and owner.blocks.take(address) is not None
