"""Calls of one op on many rows, and counts."""

from __future__ import annotations

import gc
import sys

import pytest
import tensorsmith as ts
from tensorsmith.tensor.calls.each import COUNT, call_each, count_up

STEP = (0.5, 0.0, "no")


def test_each_row_is_written_in_place() -> None:
    rows = [(ts.full((n,), 2.0), ts.ones(n)) for n in (1, 5, 5, 17)]
    for left in (1.5, 1.0, 0.5):
        call_each("sgd_step", rows, STEP, (0,))
        assert all(row[0].tolist() == [left] * row[0].numel() for row in rows)


def test_rows_are_bitwise_those_of_single_calls() -> None:
    values = [[ts.randn(33) for _ in range(2)] for _ in range(3)]
    expected = [ts.call("sgd_step", (x, g), (0.1, 0.3, "yes")) for x, g in values]
    for _ in range(2):
        rows = [(x.clone(), g) for x, g in values]
        call_each("sgd_step", rows, (0.1, 0.3, "yes"), (0,))
        assert all(ts.equal(row[0], y) for row, y in zip(rows, expected))


def test_rows_that_native_code_does_not_know_go_through_python() -> None:
    part = ts.ones(8)[::2]
    rows = [(ts.ones(3), ts.ones(3)), (part, ts.ones(4)), (ts.ones(3), ts.ones(3))]
    call_each("sgd_step", rows, STEP, (0,))
    assert [row[0].tolist() for row in rows] == [[0.5] * 3, [0.5] * 4, [0.5] * 3]


def test_a_row_that_fails_stops_the_rest() -> None:
    rows = [(ts.ones(2), ts.ones(2)), (ts.ones(2), ts.ones(3)), (ts.ones(2), ts.ones(2))]
    with pytest.raises(RuntimeError):
        call_each("sgd_step", rows, STEP, (0,))
    assert [row[0].tolist() for row in rows] == [[0.5] * 2, [1.0] * 2, [1.0] * 2]
    with pytest.raises(IndexError):
        call_each("sgd_step", rows[:1], STEP, (7,))


def test_a_row_that_requires_grad_is_refused_while_recording() -> None:
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        call_each("sgd_step", [(ts.ones(2, requires_grad=True), ts.ones(2))], STEP, (0,))


def test_no_reference_is_kept() -> None:
    x, g = ts.ones(4), ts.ones(4)
    row = (x, g)
    gc.collect()
    before = [sys.getrefcount(item) for item in (x, g, row)]
    for _ in range(20):
        call_each("sgd_step", [row], STEP, (0,))
        count_up([ts.tensor(0.0)], COUNT)
    assert [sys.getrefcount(item) for item in (x, g, row)] == before


def test_counts_go_up_by_one() -> None:
    counts = [ts.tensor(float(n)) for n in (0, 4, 9)]
    assert count_up(counts, COUNT) == (1.0, 5.0, 10.0)
    assert [count._version for count in counts] == [1, 1, 1]
    wide = [ts.tensor(2.0, dtype=ts.float64), *counts]
    assert count_up(wide, COUNT) == (3.0, 2.0, 6.0, 11.0)
    assert count_up([], COUNT) == ()
