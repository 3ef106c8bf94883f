"""Blocks of a device's memory and the pools that keep the free ones."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from .queue import Queue

UNIT = 512  # blocks are multiples of it
SMALL = 1 << 20  # requests up to here are cut from small segments
SMALL_SEGMENT = 2 << 20
LARGE_SEGMENT = 20 << 20  # for requests below LARGEST_SHARED
LARGEST_SHARED = 10 << 20
LARGE_UNIT = 2 << 20  # larger segments are multiples of it
"""The sizes are PyTorch's, so that programs find the figures that they know."""


def block_size(nbytes: int) -> int:
    """The size of the block for a request."""
    return max(UNIT, -(-nbytes // UNIT) * UNIT)


def segment_size(size: int) -> int:
    """What the driver is asked for when no free block of a size is there."""
    if size <= SMALL:
        return SMALL_SEGMENT
    if size < LARGEST_SHARED:
        return LARGE_SEGMENT
    return -(-size // LARGE_UNIT) * LARGE_UNIT


@dataclass(eq=False)
class Block:
    """A piece of a segment.

    Attributes:
        address: Of its first byte.
        size: Bytes.
        pool: That it goes back to.
        queue: The stream that its segment was made for: a new owner's work there comes after the
            old one's.
        requested: Bytes asked for.
        free: Nobody has it.
        before, behind: Its neighbours in the segment.
        uses: Other streams that used it.
    """

    address: int
    size: int
    pool: Pool
    queue: Queue
    requested: int = 0
    free: bool = True
    before: Block | None = None
    behind: Block | None = None
    uses: set[Queue] = field(default_factory=set)

    def is_segment(self) -> bool:
        """It is all of its segment."""
        return self.before is None and self.behind is None

    def split(self, size: int) -> Block:
        """Cuts it to a size; the rest."""
        rest = Block(
            self.address + size, self.size - size, self.pool, self.queue,
            before=self, behind=self.behind,
        )  # fmt: skip
        if self.behind is not None:
            self.behind.before = rest
        self.behind, self.size = rest, size
        return rest

    def swallow(self, behind: Block) -> None:
        """Joins the block behind it to it."""
        self.size += behind.size
        self.behind = behind.behind
        if behind.behind is not None:
            behind.behind.before = self


@dataclass(eq=False)
class Pool:
    """Free blocks of small or of large segments, by stream.

    Attributes:
        small: For requests up to `SMALL`.
        owner: The graphs' memory that it belongs to; None: everybody's.
    """

    small: bool
    owner: object = None
    _free: dict[Queue, list[tuple[int, int]]] = field(default_factory=dict)
    _blocks: dict[int, Block] = field(default_factory=dict)

    def put(self, block: Block) -> None:
        """Keeps a free block."""
        insort(self._free.setdefault(block.queue, []), (block.size, block.address))
        self._blocks[block.address] = block

    def remove(self, block: Block) -> None:
        """Takes a certain one out."""
        listed = self._free[block.queue]
        del listed[bisect_left(listed, (block.size, block.address))]
        del self._blocks[block.address]

    def take(self, size: int, queue: Queue) -> Block | None:
        """The smallest block of a stream that is large enough, taken out."""
        listed = self._free.get(queue)
        if not listed:
            return None
        place = bisect_left(listed, (size, 0))
        if place == len(listed):
            return None
        _, address = listed.pop(place)
        return self._blocks.pop(address)

    def splits(self, block: Block, size: int) -> bool:
        """What is left of a block that is cut to a size is worth keeping."""
        left = block.size - size
        return left >= UNIT if self.small else left > SMALL

    def segments(self) -> Iterator[Block]:
        """Free blocks that are whole segments."""
        return (block for block in list(self._blocks.values()) if block.is_segment())


@dataclass(eq=False)
class PrivatePool:
    """Memory that graphs have to themselves, since a replay writes to it at any time.

    Attributes:
        pools: Of small and of large segments.
        users: Captures under way and graphs that live.
    """

    pools: tuple[Pool, Pool] = field(init=False)
    users: int = 0

    def __post_init__(self) -> None:
        self.pools = (Pool(True, self), Pool(False, self))
