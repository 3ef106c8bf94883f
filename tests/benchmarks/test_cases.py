"""Every case runs with tensorsmith alone, on small data."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith

from benchmarks.bars import BARS
from benchmarks.cases import CASES, Case, Statement
from benchmarks.libraries import open_library
from benchmarks.record import Row
from benchmarks.run import choose_cases

SMALL = 16


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_every_case_runs_twice_on_small_data(case: Case) -> None:
    call = case.setup(tensorsmith, lambda size: min(size, SMALL))
    call()
    call()


@pytest.mark.parametrize(
    "case", [c for c in CASES if "numpy" in c.peers], ids=lambda case: case.name
)
def test_numpy_runs_the_products_on_shapes_of_its_own(case: Case) -> None:
    call, ours = (
        case.setup(library, lambda size: min(size, SMALL))
        for library in (open_library("numpy", 1), tensorsmith)
    )
    assert isinstance(result := call(), np.ndarray)
    assert result.shape == tuple(ours().shape) and str(ours().dtype).endswith(result.dtype.name)


def test_names_are_unique_and_every_group_has_a_bar_and_cases() -> None:
    names = [(case.group, case.name) for case in CASES]
    assert len(set(names)) == len(names)
    assert {case.group for case in CASES} == set(BARS) - {"import"}


def test_every_bar_lets_the_worst_case_be_worse_than_the_mean() -> None:
    assert all(0 < bar.mean <= bar.worst for bar in BARS.values())


def test_cases_are_chosen_by_a_text_and_run_in_the_order_of_the_bars() -> None:
    groups = [CASES[number].group for number in choose_cases("")]
    assert len(groups) == len(CASES)
    assert list(dict.fromkeys(groups)) == [name for name in BARS if name != "import"]
    assert {CASES[n].name for n in choose_cases("cumsum(1), 4096")} == {"cumsum(1), 4096x4096"}


def test_a_statement_sees_its_names() -> None:
    seen: list[int] = []
    Statement("seen.append(number)", {"seen": seen, "number": 7})()
    assert seen == [7]


def test_a_row_takes_over_what_the_case_says() -> None:
    case = next(case for case in CASES if case.dtype == "float64" and case.flops)
    row = Row.of(case, {}, {"torch": "absent"})
    assert (row.name, row.flops, row.dtype) == (case.name, case.flops, "float64")
    assert row.ratio is None and row.errors == {"torch": "absent"}
