"""The account of a device's memory: what came, what went, what there is now and was at most.

Counted at every block that is given out or comes back, so it is native code, with and without
native entry points.
"""

from __future__ import annotations

from typing import Annotated

from .language import Array, Int, Struct, entry, native

NAMES = (
    "allocation", "active", "allocated_bytes", "active_bytes", "requested_bytes",
    "segment", "inactive_split", "reserved_bytes", "inactive_split_bytes",
)  # fmt: skip
"""What is counted; `note_block` changes the first five."""

POOLS = ("all", "small_pool", "large_pool")
WHICH = ("current", "peak", "allocated", "freed")


class Account(Struct):
    """All numbers of a device.

    Attributes:
        counts: For each name and pool the four numbers of `WHICH`.
    """

    counts: Annotated[Array[Int], 108]


@native
def add(account: Account, place: Int, amount: Int) -> None:
    """Changes the four numbers at a place by an amount."""
    counts = account.counts
    now = counts[place] + amount
    counts[place] = now
    if amount > 0:
        counts[place + 2] += amount
        if now > counts[place + 1]:
            counts[place + 1] = now
    else:
        counts[place + 3] -= amount


@native
def change(account: Account, name: Int, small: Int, amount: Int) -> None:
    """Changes a number, of its pool and of all pools, by an amount."""
    if amount != 0:
        add(account, name * 12, amount)
        add(account, name * 12 + (4 if small != 0 else 8), amount)


@native
def note(account: Account, small: Int, given: Int, active: Int, size: Int, asked: Int) -> None:
    """Notes that a block was given out (1) or came back (-1), and is in use (1) or done with (-1).

    Args:
        size: Bytes of the block.
        asked: Bytes that were asked for.
    """
    change(account, 0, small, given)
    change(account, 1, small, active)
    change(account, 2, small, given * size)
    change(account, 3, small, active * size)
    change(account, 4, small, given * asked)


@entry
def note_block(
    account: Account, small: Int, given: Int, active: Int, size: Int, asked: Int
) -> None:
    """`note` for Python."""
    note(account, small, given, active, size, asked)


@entry
def change_count(account: Account, name: Int, small: Int, amount: Int) -> None:
    """`change` for Python."""
    change(account, name, small, amount)
