"""What `tensorsmith.cpu` says of memory is what tensors use."""

from __future__ import annotations

import gc

import tensorsmith as ts


def test_memory_in_use_rises_and_falls_with_tensors() -> None:
    gc.collect()
    before = ts.cpu.memory_allocated()
    x = ts.empty(1 << 20)
    assert ts.cpu.memory_allocated() - before == 4 << 20
    del x
    assert ts.cpu.memory_allocated() == before


def test_the_peak_is_the_most_that_was_in_use() -> None:
    ts.cpu.reset_peak_memory_stats()
    before = ts.cpu.memory_allocated()
    assert ts.cpu.max_memory_allocated() == before
    x = ts.empty(1 << 20)
    del x
    assert ts.cpu.max_memory_allocated() - before == 4 << 20


def test_the_cache_can_be_emptied() -> None:
    x = ts.empty(1 << 22)
    del x
    held = ts.cpu.memory_reserved()
    ts.cpu.empty_cache()
    assert ts.cpu.memory_reserved() <= held - (16 << 20)
    stats = ts.cpu.memory_stats()
    assert stats["reserved_bytes"] == stats["allocated_bytes"] + stats["free_bytes"]
