"""Blocks of memory by size class: what is freed is kept, and handed out again, pages and all.

Everything here runs while the interpreter lock is held, which is all the locking there is.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import Annotated

from .language import (
    Address,
    Array,
    Byte,
    Int,
    Struct,
    address,
    cast,
    entry,
    external,
    invoke,
    native,
    stack,
)  # fmt: skip
from .python import Py_DecRef, PyLong_AsLongLong, PyLong_FromLongLong, PyObject_Vectorcall

UNIT = 64  # bytes: the alignment of every block
SMALL_UNITS = 256  # requests up to this many units find their class in a table
CLASSES = 240
POISON = 0xCB  # what freed memory holds in the mode that finds uses after free
COMPLAIN = -2  # instead of a class: Python raises what the pool has noted
LOOKED_AT = 4096  # bytes of a freed block that this mode looks at when it hands the block out


class Pool(Struct):
    """The state of the allocator.

    Attributes:
        grow: Python callable `grow(class, bytes) -> address` for a class that has no free block.
        unmap: C function `munmap`, or 0: large blocks are never given back then.
        large: The first class whose blocks are mapped one by one.
        limit: Bytes of free large blocks that are kept.
        retained: Bytes of free large blocks.
        reserved: Bytes from the system.
        used, peak: Bytes that are handed out, and the most there ever were.
        requests: Blocks handed out so far.
        checked: Freed memory is poisoned, and looked at when it is handed out.
        damaged: Address of a block that was written to after it was freed; 0 while all is well.
        freed_twice: Address of a block that was freed twice; 0 while all is well.
        sizes: Bytes of a block of each class.
        small: The class of requests of so many units.
        counts, capacities, blocks: For each class, its free blocks.
    """

    grow: Address
    unmap: Address
    large: Int
    limit: Int
    retained: Int
    reserved: Int
    used: Int
    peak: Int
    requests: Int
    checked: Int
    damaged: Address
    freed_twice: Address
    sizes: Annotated[Array[Int], 240]
    small: Annotated[Array[Int], 257]
    counts: Annotated[Array[Int], 240]
    capacities: Annotated[Array[Int], 240]
    blocks: Annotated[Array[Address], 240]


@external
def realloc(memory: Address, size: Int) -> Address: ...
@external
def memset(memory: Address, value: Int, size: Int) -> Address: ...


@native
def class_of(pool: Pool, size: Int) -> Int:
    """The size class of a request of `size` bytes; -1 if no class is so large."""
    units = (size + 63) >> 6
    if units <= SMALL_UNITS:
        return pool.small[units]
    low = 0
    high = CLASSES - 1
    if size > pool.sizes[high]:
        return -1
    while low < high:
        middle = (low + high) >> 1
        if pool.sizes[middle] < size:
            low = middle + 1
        else:
            high = middle
    return low


@native
def take(pool: Pool, number: Int, size: Int) -> Address:
    """A block of a class; 0 with a Python exception if there is no memory."""
    free = pool.counts[number]
    bytes_of_block = pool.sizes[number]
    found = 0
    if free > 0:
        blocks = cast(Array[Address], pool.blocks[number])
        pool.counts[number] = free - 1
        found = blocks[free - 1]
        if number >= pool.large:
            pool.retained -= bytes_of_block
        if pool.checked != 0:
            check_poison(pool, found, bytes_of_block)
    else:
        found = grown(pool, number, size)
        if found == 0:
            return 0
    if pool.damaged != 0 or pool.freed_twice != 0:
        return grown(pool, COMPLAIN, size)
    pool.requests += 1
    pool.used += bytes_of_block
    if pool.used > pool.peak:
        pool.peak = pool.used
    return found


@native
def grown(pool: Pool, number: Int, size: Int) -> Address:
    """A block that Python gets from the system; 0 with an exception if there is none."""
    arguments = stack(Address, 2)
    arguments[0] = PyLong_FromLongLong(number)
    arguments[1] = PyLong_FromLongLong(size)
    answer = PyObject_Vectorcall(pool.grow, address(arguments), 2, 0)
    Py_DecRef(arguments[0])
    Py_DecRef(arguments[1])
    if answer == 0:
        return 0
    found = PyLong_AsLongLong(answer)
    Py_DecRef(answer)
    return found


@native
def give(pool: Pool, number: Int, block: Address) -> None:
    """Takes a block back."""
    size = pool.sizes[number]
    free = pool.counts[number]
    if pool.checked != 0:
        blocks = cast(Array[Address], pool.blocks[number])
        for place in range(free):
            if blocks[place] == block:
                pool.freed_twice = block
                return
        memset(block, POISON, size if size < LOOKED_AT else LOOKED_AT)
    pool.used -= size
    if number >= pool.large:
        if pool.retained + size > pool.limit and pool.unmap != 0:
            invoke(pool.unmap, block, size)
            pool.reserved -= size
            return
        pool.retained += size
    if free == pool.capacities[number]:
        capacity = free * 2 + 16
        moved = realloc(pool.blocks[number], capacity * 8)
        if moved == 0:  # the block is lost, nothing else
            return
        pool.blocks[number] = moved
        pool.capacities[number] = capacity
    kept = cast(Array[Address], pool.blocks[number])
    kept[free] = block
    pool.counts[number] = free + 1


@native
def check_poison(pool: Pool, block: Address, size: Int) -> None:
    """Notes a block that was written to while it was free."""
    content = cast(Array[Byte], block)
    for place in range(size if size < LOOKED_AT else LOOKED_AT):
        if content[place] != POISON:
            pool.damaged = block
            return


@entry
def take_block(pool: Pool, size: Int) -> Address:
    """`take` for Python: a block of at least `size` bytes."""
    number = class_of(pool, size)
    if number < 0:
        return grown(pool, number, size)  # which raises: nothing is so large
    return take(pool, number, size)


@entry
def give_block(pool: Pool, size: Int, block: Address) -> Int:
    """`give` for Python: takes back what `take_block` gave for a request of `size` bytes."""
    give(pool, class_of(pool, size), block)
    return 0


@entry
def drop_free(pool: Pool) -> Int:
    """Gives all free large blocks back to the system; how many bytes that was."""
    before = pool.reserved
    if pool.unmap == 0:
        return 0
    number = pool.large
    while number < CLASSES:
        blocks = cast(Array[Address], pool.blocks[number])
        for place in range(pool.counts[number]):
            invoke(pool.unmap, blocks[place], pool.sizes[number])
            pool.reserved -= pool.sizes[number]
            pool.retained -= pool.sizes[number]
        pool.counts[number] = 0
        number += 1
    return before - pool.reserved
