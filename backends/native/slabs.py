"""The state of the pool, and its slabs: memory that small blocks are cut from.

A slab holds blocks of several classes. One whose blocks are all free becomes spare: its blocks
leave their classes' stacks, and it is cut anew or goes back to the system. To find such slabs all
free blocks are looked at, which is done seldom: before a slab is asked for when much is free, when
more is free than is kept, and when the cache is emptied. None of that takes memory.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import Annotated

from .language import Address, Array, Int, Struct, address, cast, external, invoke, native, stack
from .python import (
    Py_DecRef,
    PyErr_NoMemory,
    PyLong_AsLongLong,
    PyLong_FromLongLong,
    PyObject_Vectorcall,
)  # fmt: skip

UNIT = 64  # bytes: the alignment of every block
SMALL_UNITS = 256  # requests up to this many units find their class in a table
CLASSES = 240
SLAB = 1048576  # bytes
SLAB_WORDS = 3
FREE = 1 << 24  # bytes of free memory in slabs that are not worth a search for free slabs


class Slab(Struct):
    """Memory that small blocks are cut from.

    Attributes:
        start: Its address.
        cut: Bytes that have been handed out as blocks so far; 0 while it is spare.
        free: Bytes of its blocks that are free, as far as they have been counted.
    """

    start: Address
    cut: Int
    free: Int


class Pool(Struct):
    """The state of the allocator.

    Attributes:
        grow: Python callable `grow(class, bytes) -> address` for a class that has no free block.
        unmap: C function `munmap`, or 0: large blocks are never given back then.
        large: The first class whose blocks are mapped one by one.
        limit: Bytes of free large blocks that are kept, and of free memory in slabs.
        retained: Bytes of free large blocks.
        patience: Bytes of free memory in slabs at which free slabs go back to the system.
        search: Bytes of free memory in slabs at which free slabs are looked for before one is made.
        reserved: Bytes from the system.
        used, peak: Bytes that are handed out, and the most there ever were.
        requests: Blocks handed out so far.
        slabs, slab_count, slab_room: All slabs, by address.
        current: Address of the slab that is being cut; 0 if none is.
        slab, slab_end: What is left of it.
        spare: How many slabs have no block.
        checked: Freed memory is poisoned, and looked at when it is handed out.
        damaged: Address of a block that was written to after it was freed; 0 while all is well.
        freed_twice: Address of a block that was freed twice; 0 while all is well.
        sizes: Bytes of a block of each class.
        small: The class of requests of so many units.
        counts, capacities, blocks: For each class, its free blocks.
        made: For each class, how many blocks there are, free or not.
    """

    grow: Address
    unmap: Address
    large: Int
    limit: Int
    retained: Int
    patience: Int
    search: Int
    reserved: Int
    used: Int
    peak: Int
    requests: Int
    slabs: Address
    slab_count: Int
    slab_room: Int
    current: Address
    slab: Address
    slab_end: Address
    spare: Int
    checked: Int
    damaged: Address
    freed_twice: Address
    sizes: Annotated[Array[Int], 240]
    small: Annotated[Array[Int], 257]
    counts: Annotated[Array[Int], 240]
    capacities: Annotated[Array[Int], 240]
    blocks: Annotated[Array[Address], 240]
    made: Annotated[Array[Int], 240]


@external
def realloc(memory: Address, size: Int) -> Address: ...


@native
def grown(pool: Pool, number: Int, size: Int) -> Address:
    """A slab or a large block, which Python gets from the system; 0 with an exception."""
    arguments = stack(Address, 2)
    arguments[0] = PyLong_FromLongLong(number)
    arguments[1] = PyLong_FromLongLong(size)
    answer = 0
    if arguments[0] != 0 and arguments[1] != 0:
        answer = PyObject_Vectorcall(pool.grow, address(arguments), 2, 0)
    Py_DecRef(arguments[0])
    Py_DecRef(arguments[1])
    if answer == 0:
        return 0
    found = PyLong_AsLongLong(answer)
    Py_DecRef(answer)
    return found


@native
def slab_at(pool: Pool, number: Int) -> Slab:
    """A slab by its number, in the order of addresses."""
    return cast(Slab, pool.slabs + number * SLAB_WORDS * 8)


@native
def slab_of(pool: Pool, block: Address) -> Slab:
    """The slab that a block was cut from; 0 if there is none."""
    low = 0
    high = pool.slab_count
    while low < high:
        middle = (low + high) >> 1
        if slab_at(pool, middle).start <= block:
            low = middle + 1
        else:
            high = middle
    if low == 0 or block >= slab_at(pool, low - 1).start + SLAB:
        return cast(Slab, 0)
    return slab_at(pool, low - 1)


@native
def free_in_slabs(pool: Pool) -> Int:
    """Bytes of slabs that no block in use takes."""
    return pool.reserved - pool.used - pool.retained


@native
def add_slab(pool: Pool, number: Int, size: Int) -> Int:
    """Gets a slab from the system, a spare one: 1, or 0 with an exception."""
    fresh = grown(pool, number, size)
    if fresh == 0:
        return 0
    count = pool.slab_count
    if count == pool.slab_room:
        room = count * 2 + 16
        moved = realloc(pool.slabs, room * SLAB_WORDS * 8)
        if moved == 0:
            if pool.unmap != 0:
                invoke(pool.unmap, fresh, SLAB)
                pool.reserved -= SLAB
            PyErr_NoMemory()
            return 0
        pool.slabs = moved
        pool.slab_room = room
    at = count
    while at > 0 and slab_at(pool, at - 1).start > fresh:
        move_slab(pool, at - 1, at)
        at -= 1
    made = slab_at(pool, at)
    made.start = fresh
    made.cut = 0
    made.free = 0
    pool.slab_count = count + 1
    pool.spare += 1
    return 1


@native
def move_slab(pool: Pool, source: Int, to: Int) -> None:
    """Gives a slab another number."""
    slab = slab_at(pool, source)
    moved = slab_at(pool, to)
    moved.start = slab.start
    moved.cut = slab.cut
    moved.free = slab.free


@native
def note_cut(pool: Pool) -> None:
    """Writes down how far the current slab has been cut."""
    if pool.current != 0:
        slab_of(pool, pool.current).cut = pool.slab - pool.current


@native
def open_slab(pool: Pool, number: Int, size: Int) -> Int:
    """Makes a slab the one to be cut, for a block of a class: 1, or 0 with an exception."""
    if pool.spare == 0 and free_in_slabs(pool) > pool.search:
        clear_slabs(pool)
    if pool.spare == 0 and add_slab(pool, number, size) == 0:
        return 0
    note_cut(pool)
    at = 0
    while slab_at(pool, at).cut != 0:
        at += 1
    opened = slab_at(pool, at)
    opened.cut = SLAB
    pool.spare -= 1
    pool.current = opened.start
    pool.slab = opened.start
    pool.slab_end = opened.start + SLAB
    return 1


@native
def count_free(pool: Pool) -> None:
    """Counts for each slab the bytes of its blocks that are free."""
    note_cut(pool)
    for at in range(pool.slab_count):
        slab_at(pool, at).free = 0
    for number in range(pool.large):
        blocks = cast(Array[Address], pool.blocks[number])
        for place in range(pool.counts[number]):
            slab = slab_of(pool, blocks[place])
            if slab:
                slab.free += pool.sizes[number]


@native
def leave_slabs(pool: Pool, number: Int) -> None:
    """Takes the blocks of a class that lie in free slabs off its stack."""
    blocks = cast(Array[Address], pool.blocks[number])
    left = 0
    for place in range(pool.counts[number]):
        slab = slab_of(pool, blocks[place])
        if not slab or slab.free != slab.cut:
            blocks[left] = blocks[place]
            left += 1
    pool.made[number] -= pool.counts[number] - left
    pool.counts[number] = left


@native
def clear_slabs(pool: Pool) -> None:
    """Makes all free slabs spare."""
    count_free(pool)
    for number in range(pool.large):
        leave_slabs(pool, number)
    kept = free_in_slabs(pool) - pool.spare * SLAB
    for at in range(pool.slab_count):
        slab = slab_at(pool, at)
        if slab.cut != 0 and slab.free == slab.cut:
            slab.cut = 0
            pool.spare += 1
            kept -= SLAB
            if slab.start == pool.current:
                pool.current = 0
                pool.slab = 0
                pool.slab_end = 0
    pool.search = kept + (kept >> 1) + FREE


@native
def drop_slabs(pool: Pool) -> None:
    """Gives spare slabs back to the system."""
    left = 0
    for at in range(pool.slab_count):
        slab = slab_at(pool, at)
        if slab.cut == 0 and pool.unmap != 0:
            invoke(pool.unmap, slab.start, SLAB)
            pool.reserved -= SLAB
            pool.spare -= 1
        else:
            move_slab(pool, at, left)
            left += 1
    pool.slab_count = left


@native
def trim(pool: Pool) -> None:
    """Gives free slabs back to the system, and says when to look for some the next time."""
    clear_slabs(pool)
    drop_slabs(pool)
    kept = free_in_slabs(pool)
    pool.patience = kept + (kept >> 2) + FREE
    if pool.patience < pool.limit:
        pool.patience = pool.limit
