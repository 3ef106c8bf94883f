"""Tables of what calls look like are bounded: a program whose sizes vary for ever stays small."""

from __future__ import annotations

import gc
import sys
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.autograd import invoke, tape
from tensorsmith.tensor import layout
from tensorsmith.tensor.calls import families, plans, repeating, teaching
from tensorsmith.tensor.calls.entries import entry_of
from tensorsmith.tensor.native import solved
from tensorsmith.tensor.native.runtime import ENABLED

TURNS = 400


def turn(number: int, weight: Any) -> None:
    """Calls of sizes that no other turn has: forward, backward, lists, indices."""
    x = ts.ones(3 + number, 4) + 1
    (x[: 2 + number] @ weight).relu().sum().backward()
    joined = ts.cat([x, weight.detach()])
    assert joined.sum().item() == 8.0 * (3 + number) + 16
    assert x.t().reshape(-1).shape == (4 * (3 + number),)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that are soon full."""
    for module, name, most in (
        (plans, "LIMIT", 4), (families, "MOST_FAMILIES", 4), (families, "MOST_CASES", 4),
        (layout, "LIMIT", 32), (tape, "TUPLES", 32), (invoke, "LIMIT", 16),
        (solved, "MOST_NOTES", 32), (teaching, "MOST_INDEXED", 16),
        (repeating, "MOST_RECIPES", 4),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, most)


def test_memory_stays_when_sizes_vary_for_ever(small: None) -> None:
    weight = ts.ones(4, 4, requires_grad=True)
    blocks = []
    gc.collect()
    gc.freeze()
    for number in range(TURNS):
        turn(number, weight)
        if number % (TURNS // 4) == TURNS // 4 - 1:
            weight.grad = None
            gc.collect()
            blocks.append(sys.getallocatedblocks())
    # The tables were full long before the second count. Without bounds a turn leaves 500 blocks.
    assert blocks[3] - blocks[1] < 5 * TURNS, blocks


@pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")
def test_native_code_forgets_with_python_what_it_knows_of_ops_without_their_numbers(
    small: None,
) -> None:
    for number in range(100):
        for _ in range(3):
            ts.ones(2000 + number) + 1.0  # `add` without its `alpha`
    (record,) = [x for x in entry_of("add").records.values() if x.key == "add"]
    assert record.struct.key and record.table.count <= 8


def test_plans_that_are_used_stay_while_others_come_and_go(small: None) -> None:
    entry = entry_of("sinh")
    entry.forget_plans()
    often = ts.ones(7)
    often.sinh()
    plan = next(iter(entry.plans.values()))
    for number in range(100):
        ts.ones(10 + number).sinh()
        if number % 3 == 0:
            for record in entry.records.values():  # Python is asked again
                record.forget()
            often.sinh()
        assert len(entry.plans) <= 4 and len(entry.older) <= 4
    assert any(x is plan for x in (*entry.plans.values(), *entry.older.values()))
    assert often.sinh().tolist() == ts.ones(7).sinh().tolist()
