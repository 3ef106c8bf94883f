"""Hash tables from lists of 64-bit words to addresses."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from ...backends.native.language import (
    Address,
    Array,
    Int,
    address,
    cast,
    entry,
    external,
    native,
    shift_right,
)  # fmt: skip
from .objects import Table

ROW = 4  # words of a row: hash, value, count of words, address of words
GOLDEN = -7046029254386353131  # 2**64 divided by the golden ratio, as a signed number


@external
def calloc(count: Int, size: Int) -> Address: ...
@external
def malloc(size: Int) -> Address: ...
@external
def free(memory: Address) -> None: ...


@native
def hash_of(words: Array[Int], count: Int) -> Int:
    """A number that is never 0, different for nearly all lists of words."""
    found = count
    for place in range(count):
        found = (found ^ words[place]) * GOLDEN
        found = found ^ shift_right(found, 29)
    return found if found != 0 else 1


@native
def find_row(table: Table, mark: Int, words: Array[Int], count: Int) -> Int:
    """The row of a list of words, or the free row where it would go."""
    rows = table.rows
    mask = table.capacity - 1
    at = mark & mask
    while True:
        row = at * ROW
        there = rows[row]
        if there == 0:
            return row
        if there == mark and rows[row + 2] == count:
            known = cast(Array[Int], rows[row + 3])
            place = 0
            while place < count and known[place] == words[place]:
                place += 1
            if place == count:
                return row
        at = (at + 1) & mask


@native
def look_up(table: Table, words: Array[Int], count: Int) -> Address:
    """The address under a list of words; 0 if there is none."""
    if table.count == 0:
        return 0
    return table.rows[find_row(table, hash_of(words, count), words, count) + 1]


@native
def grow(table: Table) -> Int:
    """Makes a table twice as large; whether there was memory for it."""
    capacity = table.capacity * 2 if table.capacity > 0 else 16
    fresh = calloc(capacity * ROW, 8)
    if fresh == 0:
        return 0
    old = table.rows
    before = table.capacity
    table.rows = cast(Array[Int], fresh)
    table.capacity = capacity
    for number in range(before):
        row = number * ROW
        if old[row] != 0:
            words = cast(Array[Int], old[row + 3])
            to = find_row(table, old[row], words, old[row + 2])
            for place in range(ROW):
                table.rows[to + place] = old[row + place]
    free(address(old))
    return 1


@entry
def insert(table: Table, words: Array[Int], count: Int, value: Address) -> Int:
    """Puts an address under a list of words; the one that was there before, or 0; -1: no memory."""
    if table.count * 2 >= table.capacity and grow(table) == 0:
        return -1
    mark = hash_of(words, count)
    row = find_row(table, mark, words, count)
    rows = table.rows
    if rows[row] != 0:
        before = rows[row + 1]
        rows[row + 1] = value
        return before
    copy = malloc(count * 8 + 8)
    if copy == 0:
        return -1
    kept = cast(Array[Int], copy)
    for place in range(count):
        kept[place] = words[place]
    rows[row] = mark
    rows[row + 1] = value
    rows[row + 2] = count
    rows[row + 3] = copy
    table.count += 1
    return 0


@native
def empty(table: Table) -> None:
    """Lets go of all rows of a table."""
    for number in range(table.capacity):
        row = number * ROW
        if table.rows[row] != 0:
            free(table.rows[row + 3])
    free(address(table.rows))
    table.rows = cast(Array[Int], 0)
    table.count = 0
    table.capacity = 0


@entry
def clear(table: Table) -> Int:
    """Empties a table."""
    empty(table)
    return 0
