"""Blocks of memory by size class: what is freed is kept, and handed out again, pages and all.

Large blocks are mapped one by one; small ones are cut from slabs. To free a block takes no memory:
there is room for it on its class's stack from the day it was made. Slabs all of whose blocks are
free are looked for seldom (`slabs.py`). Everything here runs while the interpreter lock is held,
which is all the locking there is.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from .language import Address, Array, Byte, Int, cast, entry, external, invoke, native
from .python import PyErr_NoMemory
from .slabs import (
    CLASSES,
    SMALL_UNITS,
    Pool,
    clear_slabs,
    drop_slabs,
    grown,
    open_slab,
    realloc,
    trim,
)  # fmt: skip

POISON = 0xCB  # what freed memory holds in the mode that finds uses after free
COMPLAIN = -2  # instead of a class: Python raises what the pool has noted
LOOKED_AT = 4096  # bytes of a freed block that this mode looks at when it hands the block out


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
        found = cut(pool, number, size)
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
def reserve(pool: Pool, number: Int) -> Int:
    """Counts one more block of a class, and makes room for it on the class's stack.

    Returns:
        1, or 0 with an exception.
    """
    if pool.made[number] == pool.capacities[number]:
        capacity = pool.made[number] * 2 + 16
        moved = realloc(pool.blocks[number], capacity * 8)
        if moved == 0:
            PyErr_NoMemory()
            return 0
        pool.blocks[number] = moved
        pool.capacities[number] = capacity
    pool.made[number] += 1
    return 1


@native
def cut(pool: Pool, number: Int, size: Int) -> Address:
    """A new block of a class; 0 with an exception if there is no memory.

    Python may let other threads run while it asks for a slab, so what is left of the slab is read
    and moved on here, where nobody comes in between.
    """
    if reserve(pool, number) == 0:
        return 0
    found = 0
    if number >= pool.large:
        found = grown(pool, number, size)
    elif pool.slab + pool.sizes[number] <= pool.slab_end or open_slab(pool, number, size) != 0:
        found = pool.slab
        pool.slab = found + pool.sizes[number]
    if found == 0:
        pool.made[number] -= 1
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
            pool.made[number] -= 1
            return
        pool.retained += size
    kept = cast(Array[Address], pool.blocks[number])
    kept[free] = block
    pool.counts[number] = free + 1
    if pool.reserved - pool.used - pool.retained > pool.patience:
        trim(pool)


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
    """Gives all free large blocks and free slabs back to the system; how many bytes that was."""
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
        pool.made[number] -= pool.counts[number]
        pool.counts[number] = 0
        number += 1
    clear_slabs(pool)
    drop_slabs(pool)
    return before - pool.reserved
