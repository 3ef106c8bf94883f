"""The pool hands freed memory out again, aligned, bounded and accounted for."""

from __future__ import annotations

import ctypes
import itertools

import pytest
from tensorsmith.backends.cpu.pool import SIZES, Pool


def test_blocks_are_aligned_and_do_not_overlap() -> None:
    pool = Pool()
    sizes = [0, 1, 63, 64, 65, 1000, 16384, 16385, 300_000, 5_000_000]
    blocks = [pool.allocate(size) for size in sizes * 3]
    spans = sorted((b.address, b.address + b.nbytes) for b in blocks)
    assert all(b.address % 64 == 0 for b in blocks)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    for block in blocks:
        ctypes.memset(block.address, 0xFF, block.nbytes)


def test_a_collected_block_is_handed_out_again() -> None:
    pool = Pool()
    for size in (100, 3_000_000):
        first = pool.allocate(size)
        address = first.address
        del first
        assert pool.allocate(size).address == address


def test_statistics_account_for_every_byte() -> None:
    pool = Pool()
    block = pool.allocate(1 << 22)
    small = pool.allocate(100)
    stats = pool.statistics()
    assert stats["allocated_bytes"] == (1 << 22) + 128
    assert stats["reserved_bytes"] == stats["allocated_bytes"] + stats["free_bytes"]
    del block, small
    assert pool.statistics()["allocated_bytes"] == 0


def test_what_is_kept_is_bounded() -> None:
    pool = Pool(limit=16 << 20)
    blocks = [pool.allocate(4 << 20) for _ in range(8)]
    del blocks
    assert pool.statistics()["free_bytes"] <= 16 << 20


def test_emptying_gives_large_blocks_back() -> None:
    pool = Pool()
    block = pool.allocate(8 << 20)
    del block
    assert pool.empty() >= 8 << 20
    assert pool.statistics()["reserved_bytes"] == 0


@pytest.mark.parametrize("size", [1 << 50, 1 << 62, 1 << 70])
def test_absurd_sizes_fail_with_the_size(size: int) -> None:
    with pytest.raises(MemoryError, match=str(size)):
        Pool().allocate(size)


def test_a_class_wastes_at_most_a_fifth() -> None:
    steps = [(a, b) for a, b in itertools.pairwise(SIZES) if a >= 256]
    assert max((b - a) / b for a, b in steps) <= 0.2001
