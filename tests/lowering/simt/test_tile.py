"""Operands that lie across each other are turned over in shared memory, by packs both ways."""

from __future__ import annotations

from collections import Counter
from math import ceil, prod

import numpy as np
import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.check import HostCall, compare, failures
from tensorsmith.lowering.ir.thread_instructions import WARP
from tensorsmith.lowering.simt.emit_tile import PACKS

from ..calls import make, random
from .test_nest import forms, names, only, plan

needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")

WIDE, TALL = random(130, 200), random(200, 130)
CALLS = {
    "sum": ("add", {"input": WIDE, "other": TALL.T}),
    "copy": ("clone", {"input": TALL.T}),
    "both": ("add", {"input": TALL.T, "other": np.ascontiguousarray(TALL).T}),
    "permuted": ("mul", {"input": random(20, 9, 70), "other": random(70, 9, 20).transpose()}),
    "batch": ("mul", {"input": random(3, 70, 50), "other": random(3, 50, 70).transpose(0, 2, 1)}),
    "halves": ("add", {"input": WIDE.astype("float16"), "other": TALL.astype("float16").T}),
    "doubles": ("add", {"input": WIDE.astype("float64"), "other": TALL.astype("float64").T}),
    "truth": ("where", {"condition": TALL.T > 0, "input": WIDE, "other": random(130, 1)}),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_many_elements_across_each_other_go_by_tiles(name: str) -> None:
    assert forms(plan(*CALLS[name])) == ["tile"]


def test_few_elements_or_narrow_sides_do_not() -> None:
    for shape in ((20, 30), (3, 5000)):
        arrays = {"input": random(*shape), "other": random(*shape[::-1]).T}
        assert forms(plan("add", arrays)) == ["pointwise"]


def test_memory_is_read_and_written_by_packs() -> None:
    used = names(only(plan(*CALLS["copy"])).kernel.build())
    assert used["vector.maskedload"] == 4
    assert used["vector.store"] == used["vector.maskedstore"] == 4
    assert used["gpu.barrier"] == 2


def test_a_unit_is_a_tile() -> None:
    launch = only(plan(*CALLS["copy"]))
    assert launch.chunks == ceil(200 / (4 * WARP)) * ceil(130 / (PACKS * 4)) == 2 * 5


def places_of(bits: int, copies: int) -> tuple[list[list[int]], list[list[int]]]:
    """Bytes at which the threads of a warp store elements of their packs, and load them."""
    lanes, pitch, size = 128 // bits, WARP * copies + 1, bits // 8
    lanes = min(lanes, 8)
    stored = [
        [((t % PACKS * lanes + k) * pitch + t // PACKS) * size for t in range(WARP)]
        for k in range(lanes)
    ]
    across = WARP // lanes
    loaded = [
        [(t // across * pitch + t % across * lanes + k) * size for t in range(WARP)]
        for k in range(lanes)
    ]
    return stored, loaded


@pytest.mark.parametrize("copies", [1, 2, 4])
@pytest.mark.parametrize("bits", [16, 32, 64])
def test_threads_of_a_warp_hardly_meet_in_a_bank(bits: int, copies: int) -> None:
    together = WARP if bits <= 32 else WARP // 2  # eight bytes go by half warps
    for places in (line for lines in places_of(bits, copies) for line in lines):
        for first in range(0, WARP, together):
            words = {place // 4 for place in places[first : first + together]}
            meeting = max(Counter(word % 32 for word in words).values())
            assert meeting <= (1 if bits == 32 else 2)
    assert prod((bits // 8, PACKS, min(128 // bits, 8), WARP * copies + 1)) <= 48 << 10


@needs_compiler
def test_tiles_give_what_the_interpreter_gives() -> None:
    calls = []
    for label, (name, arrays) in CALLS.items():
        made = make(name, arrays, None)
        calls.append(HostCall(label, made.op, made.binding, arrays))
    assert not list(failures(compare(calls)))
