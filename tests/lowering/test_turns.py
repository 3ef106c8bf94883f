"""Scans of rows of which each element waits for the one before: some rows are walked by turns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.lowering.ir.print import print_function

from .calls import NARROW, make, random


@pytest.mark.parametrize("rows", [3, 4, 9])
@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
def test_running_sums_are_added_in_order_however_many_rows_there_are(rows: int, kind: Any) -> None:
    x = (random(rows, 33) * 100).astype(kind)
    wide = x if kind is np.int64 else x.astype(np.float64)
    np.testing.assert_array_equal(ts.tensor(x).cumsum(1).numpy(), wide.cumsum(1).astype(kind))
    short, wide = x[:, :9], wide[:, :9]
    np.testing.assert_array_equal(ts.tensor(short).cumprod(1).numpy(), wide.cumprod(1).astype(kind))


def test_rows_go_on_by_turns_unless_there_are_few() -> None:
    def loops(rows: int) -> list[str]:
        (launch,) = make("cumsum", {"input": random(rows, 50)}, {"dim": 1}).planned(NARROW).launches
        lines = print_function(launch.kernel.build()).splitlines()
        return [line for line in lines if "-> (f64" in line]

    assert [line.count("f64") for line in loops(8)] == [4, 1]
    assert [line.count("f64") for line in loops(3)] == [1]
