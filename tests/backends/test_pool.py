"""The pool hands freed memory out again, aligned, bounded and accounted for."""

from __future__ import annotations

import ctypes
import itertools
import random

import pytest
from tensorsmith.backends.cpu import pool as pool_module
from tensorsmith.backends.cpu.pool import SIZES, Block, Pool
from tensorsmith.backends.native.slabs import SLAB


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


def fill(pool: Pool, size: int, total: int) -> list[Block]:
    """Blocks of a size, `total` bytes of them."""
    return [pool.allocate(size) for _ in range(total // size)]


def test_slabs_serve_other_classes_when_all_their_blocks_are_free() -> None:
    pool, total = Pool(), 64 << 20
    for size in (100_000, 64, 130_000, 1000, 200_000, 100_000):
        blocks = fill(pool, size, total if size > 64 else total // 16)
        for block in blocks[:100]:
            ctypes.memset(block.address, 0xFF, block.nbytes)
        del blocks, block
    stats = pool.statistics()
    assert stats["allocated_bytes"] == 0
    assert stats["reserved_bytes"] < 2 * total


def test_emptying_gives_free_slabs_back_and_keeps_those_in_use() -> None:
    pool = Pool()
    blocks = fill(pool, 100_000, 32 << 20)
    kept = blocks[::40]
    content = [bytes([i % 251]) * 100_000 for i in range(len(kept))]
    for block, each in zip(kept, content):
        ctypes.memmove(block.address, each, len(each))
    del blocks, block
    assert pool.empty() >= 8 << 20
    stats = pool.statistics()
    assert stats["reserved_bytes"] <= len(kept) * SLAB
    again = fill(pool, 100_000, 32 << 20)
    starts = {b.address for b in again} | {b.address for b in kept}
    assert len(starts) == len(again) + len(kept)
    for block in again:
        ctypes.memset(block.address, 0xFF, block.nbytes)
    found = [ctypes.string_at(b.address, b.nbytes) for b in kept]
    assert found == content
    del kept, again, block
    pool.empty()
    assert pool.statistics()["reserved_bytes"] == 0


def test_free_memory_in_slabs_is_bounded_too() -> None:
    pool = Pool(limit=16 << 20)
    blocks = fill(pool, 1000, 48 << 20)
    del blocks
    assert pool.statistics()["free_bytes"] <= 17 << 20


def test_pressure_makes_room_for_small_blocks_from_what_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool()
    mapped = pool_module._map_aligned

    def scarce(size: int, nbytes: int) -> int:
        if pool.state.reserved + size > 40 << 20:
            raise pool_module._out_of_memory(nbytes)
        return mapped(size, nbytes)

    monkeypatch.setattr(pool_module, "_map_aligned", scarce)
    block = pool.allocate(30 << 20)
    del block
    blocks = fill(pool, 1000, 30 << 20)
    del blocks
    block = pool.allocate(30 << 20)
    with pytest.raises(MemoryError):
        fill(pool, 1000, 30 << 20)
    assert pool.allocate(1000).nbytes == 1000 and block.nbytes == 30 << 20


def test_random_traffic_never_hands_out_memory_twice() -> None:
    pool, rng, held = Pool(limit=4 << 20), random.Random(3), []
    for turn in range(6000):
        if held and rng.random() < (0.3 if turn // 1000 % 2 else 0.6):
            block, mark = held.pop(rng.randrange(len(held)))
            content = ctypes.string_at(block.address, block.nbytes)
            assert content == mark * block.nbytes
        else:
            block = pool.allocate(rng.choice([64, 700, 5000, 60_000, 200_000, 300_000]))
            mark = bytes([turn % 256])
            ctypes.memset(block.address, mark[0], block.nbytes)
            held.append((block, mark))
        if turn % 500 == 0:
            pool.empty()
    del block
    held.clear()
    pool.empty()
    stats = pool.statistics()
    assert stats["reserved_bytes"] == stats["allocated_bytes"] == 0
