"""Blocks of a device's memory and the pools that keep the free ones."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING

from ....ops.dataclass import dataclass
from ...native import lanes
from ...native.types import NUMBER, make_type
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


def size_number(nbytes: int) -> int:
    """The number of the size of the block for a request; -1 if it has none."""
    return number_of(block_size(nbytes))


_numbers: dict[int, int] = {}


def number_of(size: int) -> int:
    """The number of a size of blocks, by which native code knows it; -1 if it has none."""
    found = _numbers.get(size)
    if found is None:
        found = len(_numbers) if len(_numbers) < lanes.MOST_SIZES else -1
        found = _numbers.setdefault(size, found)
    return found


if TYPE_CHECKING:

    class BlockBase:
        """The struct behind a block; see `BlockObject`."""

        address: int
        size: int
        requested: int
        small: int
        special: int
        ready: int
        gpu: int

else:
    BlockBase = make_type(
        "tensorsmith.BlockBase",
        lanes.BlockObject,
        {
            name: (name, NUMBER)
            for name in ("address", "size", "requested", "small", "special", "ready", "gpu")
        },
    )


class Block(BlockBase):
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

    __slots__ = ("before", "behind", "free", "pool", "queue", "uses")

    def __init__(
        self,
        address: int,
        size: int,
        pool: Pool,
        queue: Queue,
        before: Block | None = None,
        behind: Block | None = None,
    ) -> None:
        self.address, self.size, self.pool, self.queue = address, size, pool, queue
        self.before, self.behind = before, behind
        self.requested, self.free, self.uses = 0, True, set[Queue]()
        self.small, self.special = int(pool.small), int(pool.owner is not None)
        self.gpu = queue.context.gpu.at

    @property
    def nbytes(self) -> int:
        """Bytes asked for."""
        return self.requested

    def record_stream(self, queue: Queue) -> None:
        """Another stream uses it, too: it is given out again only when that has done so."""
        if queue is not self.queue:
            self.uses.add(queue)
            self.special = 1

    def is_segment(self) -> bool:
        """It is all of its segment."""
        return self.before is None and self.behind is None

    def split(self, size: int) -> Block:
        """Cuts it to a size; the rest."""
        rest = Block(
            self.address + size, self.size - size, self.pool, self.queue, self, self.behind
        )
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


def _order(block: Block) -> tuple[int, int]:
    return block.size, block.address


@dataclass(eq=False)
class Pool:
    """Free blocks of small or of large segments, by stream.

    Attributes:
        small: For requests up to `SMALL`.
        owner: The graphs' memory that it belongs to; None: everybody's.
    """

    small: bool
    owner: object = None
    _free: dict[Queue, list[Block]] = field(default_factory=dict)
    """By size and address. One list and nothing beside it: Ctrl-C comes between any two calls."""

    def put(self, block: Block) -> None:
        """Keeps a free block."""
        insort(self._free.setdefault(block.queue, []), block, key=_order)

    def remove(self, block: Block) -> None:
        """Takes a certain one out; nothing if Ctrl-C came before it was put here."""
        listed = self._free.get(block.queue, [])
        place = bisect_left(listed, _order(block), key=_order)
        if place < len(listed) and listed[place] is block:
            del listed[place]

    def take(self, size: int, queue: Queue) -> Block | None:
        """The smallest block of a stream that is large enough, taken out."""
        listed = self._free.get(queue)
        if not listed:
            return None
        place = bisect_left(listed, (size, 0), key=_order)
        return listed.pop(place) if place < len(listed) else None

    def splits(self, block: Block, size: int) -> bool:
        """What is left of a block that is cut to a size is worth keeping."""
        left = block.size - size
        return left >= UNIT if self.small else left > SMALL

    def segments(self) -> Iterator[Block]:
        """Free blocks that are whole segments."""
        blocks = [block for listed in self._free.values() for block in listed]
        return (block for block in blocks if block.is_segment())


@dataclass(eq=False)
class PrivatePool:
    """Memory that graphs have to themselves, since a replay writes to it at any time.

    Attributes:
        pools: Of small and of large segments.
        users: Captures under way and graphs that live.
        kept: What the graph under capture will keep alive.
    """

    pools: tuple[Pool, Pool] = field(init=False)
    users: int = 0
    kept: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pools = (Pool(True, self), Pool(False, self))
