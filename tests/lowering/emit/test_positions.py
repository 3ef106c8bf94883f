"""Positions along the lanes compared with a number: every predicate, at and beyond the edges."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.lowering.emit.positions import MIRRORED
from tensorsmith.lowering.ir.print import print_function

from ..calls import Call, defined, make

SYMBOLS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
FAR = np.iinfo(np.int64).max
EDGES = np.array([-FAR - 1, -FAR, -9, -1, 0, 1, 7, 8, 15, 16, 36, 37, 38, 99, FAR - 1, FAR])

ENTRY = """\
marked:
  doc: Elements kept where their position compares with a limit.
  names: []
  inputs:
    x: Float[..., L, N]
    limit: int64[..., L]
  attrs:
    flag: bool
  outputs:
    output: Float[..., L, N]
  define: |
    output[l, n] = x[l, n] if {condition} else -1
  reference: x
  samples:
    - {{x: [2, 3], limit: {{shape: [2], range: [0, 3]}}, flag: true}}
"""


def marked(condition: str, flag: bool = False) -> Call:
    """Rows of 37 elements, one row for each edge."""
    x = np.arange(1, EDGES.size * 37 + 1, dtype=np.float32).reshape(EDGES.size, 37)
    entry = defined(ENTRY.format(condition=condition))
    return make(entry, {"x": x, "limit": EDGES.copy()}, {"flag": flag})


def mask_of(name: str, mirrored: bool) -> np.ndarray:
    """Where the comparison holds, by NumPy."""
    compare = {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
               "eq": np.equal, "ne": np.not_equal}[name]  # fmt: skip
    positions, limits = np.arange(37)[None, :], EDGES[:, None]
    return compare(limits, positions) if mirrored else compare(positions, limits)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("name", list(MIRRORED))
def test_a_comparison_holds_where_it_should_up_to_the_largest_numbers(
    name: str, mirrored: bool
) -> None:
    sides = ["limit[l]", "n"] if mirrored else ["n", "limit[l]"]
    call = marked(f" {SYMBOLS[name]} ".join(sides))
    wanted = np.where(mask_of(name, mirrored), call.arrays["x"], -1)
    assert np.array_equal(call.run()["output"], wanted)


@pytest.mark.parametrize("flag", [False, True])
@pytest.mark.parametrize("joined", ["and", "or"])
@pytest.mark.parametrize("name", list(MIRRORED))
def test_a_condition_for_all_lanes_is_joined_to_a_comparison(
    name: str, joined: str, flag: bool
) -> None:
    call = marked(f"n {SYMBOLS[name]} limit[l] {joined} flag", flag)
    mask = mask_of(name, False)
    wanted = np.where(mask & flag if joined == "and" else mask | flag, call.arrays["x"], -1)
    assert np.array_equal(call.run()["output"], wanted)


def test_a_comparison_of_positions_takes_lanes_of_32_bits() -> None:
    (launch,) = marked("n <= limit[l] or not flag").planned().launches
    lines = print_function(launch.kernel.build()).splitlines()
    compared = [line for line in lines if "cmpi" in line and "vector<" in line]
    assert compared and all("xi32>" in line for line in compared)
