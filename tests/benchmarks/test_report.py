"""The report's arithmetic, and its pages."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.bars import Bar
from benchmarks.measure import Timing
from benchmarks.report import (
    case_line,
    geometric_mean,
    print_cases,
    print_groups,
    print_limits,
    rate,
    replace_between,
    rewrite_page,
    score_group,
    share,
)

from .figures import LIMITS, failed, record, row

BAR = Bar("a group", 0.35, 0.70)


def test_the_geometric_mean_of_a_double_and_a_half_is_one() -> None:
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1.0)


def test_a_group_is_met_if_mean_and_worst_are_within_the_bar() -> None:
    score = score_group([row("a", 1.0, 10.0), row("b", 4.0, 10.0)], BAR)
    assert (score.mean, score.worst) == (pytest.approx(0.2), pytest.approx(0.4))
    assert score.name == "b" and score.met


@pytest.mark.parametrize(
    "ours", [(7.5, 1.0), (4.0, 4.0)], ids=["worst too large", "mean too large"]
)
def test_a_group_is_not_met_if_either_bar_is_broken(ours: tuple[float, float]) -> None:
    assert not score_group([row("a", ours[0], 10.0), row("b", ours[1], 10.0)], BAR).met


def test_a_group_with_a_case_that_failed_is_not_met() -> None:
    score = score_group([row("a", 1.0, 10.0), failed(row("b", 1.0), "RuntimeError: no")], BAR)
    assert score.failed == ("b",) and not score.met and score.mean == pytest.approx(0.1)


def test_a_group_without_any_ratio_has_no_mean() -> None:
    score = score_group([row("a", 1.0)], BAR)
    assert math.isnan(score.mean) and not score.met


def test_the_ratio_is_against_the_faster_peer() -> None:
    both = row("a", 3.0, 4.0)
    both = replace(both, timings={**both.timings, "numpy": Timing(2.0, 1.0)})
    assert both.best_peer == "numpy" and both.ratio == pytest.approx(1.5)


def test_bytes_are_a_share_of_copy_bandwidth_and_flops_of_the_peak() -> None:
    memory = row("a", 1.0, 2.0, bytes=int(5e9))
    assert rate(memory) == "5.0 GB/s" and share(memory, LIMITS, 2) == "25 % of copy bandwidth"
    arithmetic = row("a", 0.5, 2.0, flops=int(50e9))
    assert rate(arithmetic) == "100.0 GFLOP/s"
    assert share(arithmetic, LIMITS, 2) == "50 % of FMA peak"
    assert share(arithmetic, LIMITS, 1) == "100 % of FMA peak"
    double = replace(arithmetic, dtype="float64")
    assert share(double, LIMITS, 2) == "100 % of FMA peak in float64"


def test_a_call_without_a_size_has_calls_per_second_and_no_share() -> None:
    small = row("a", 1e-6)
    assert rate(small) == "1,000,000 calls/s" and share(small, LIMITS, 2) == ""


def test_a_line_shows_both_times_ratio_and_spread() -> None:
    line = case_line(row("a", 2e-6, 20e-6, spread=1.25), ["tensorsmith", "torch"], LIMITS, 2)
    assert line == "| a | 2.000 | 20.0 | 0.10 | 1.25 / 1.25 | 500,000 calls/s |  |"


def test_a_line_shows_why_a_case_has_no_time() -> None:
    line = case_line(failed(row("a", 1.0), "TypeError: a | b"), ["tensorsmith"], LIMITS, 2)
    assert line == "| a | TypeError: a / b |  |  |  |  |"


def test_the_groups_are_listed_with_bars_and_failures() -> None:
    text = print_groups(record(row("a", 1.0, 4.0), failed(row("b", 1.0, group="gemm"), "no")))
    assert "| large pointwise ops, 16M elements | 0.25 | 0.35 | 0.25 | 0.70 | a | yes |" in text
    assert text.endswith("- failed: gemm, b")


def test_reductions_over_both_dims_are_set_against_each_other() -> None:
    seconds = {"sum(0), 9x9": 3.0, "sum(1), 9x9": 2.0, "var(0), 9x9": 1.0, "var(1), 9x9": 4.0}
    rows = [row(name, taken, group="reduction") for name, taken in seconds.items()]
    text = print_limits(record(*rows))
    assert "Times over dim 0 by those over dim 1: sum 1.50, var 0.25." in text
    assert "| copy bandwidth, reading and writing | 10.0 GB/s | 20.0 GB/s |" in text
    assert "| a round of workers, started and joined | 0.50 us | 2.00 us |" in text
    assert "dim 0" not in print_limits(record(rows[0]))


def test_calls_that_read_only_are_set_against_reading() -> None:
    limits = {**LIMITS, "read": {"1": 20e9, "2": 40e9}}
    reading = replace(row("a", 1.0, bytes=int(20e9)), reads=True)
    assert share(reading, limits, 2) == "50 % of read bandwidth"
    text = print_limits(replace(record(reading), limits=limits))
    assert "| bandwidth of reading | 20.0 GB/s | 40.0 GB/s |" in text


def test_threads_that_add_nothing_are_named() -> None:
    limits = {**LIMITS, "float32": {"1": 100e9, "2": 105e9}}
    assert "the machine was busy" in print_limits(replace(record(), limits=limits))
    assert "the machine was busy" not in print_limits(record())


def test_a_busy_machine_shows() -> None:
    text = print_limits(record(row("a", 1.0, spread=1.5), row("b", 1.0, spread=1.1)))
    assert text.endswith("1 of 2 cases have a spread above 1.25; load average before the run: 0.5.")


def test_a_page_is_rewritten_between_its_markers_only(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    parts = ("groups", "limits", "cases")
    page.write_text("".join(f"{p}:\n<!-- begin {p} -->\nold\n<!-- end {p} -->\n" for p in parts))
    measured = record(row("a", 1.0, 4.0))
    rewrite_page(page, measured)
    text = page.read_text()
    assert "old" not in text and text.startswith("groups:\n") and print_cases(measured) in text
    rewrite_page(page, measured)
    assert page.read_text() == text


def test_a_page_without_a_marker_is_refused() -> None:
    with pytest.raises(ValueError, match=r"page\.md: must have the lines <!-- begin cases -->"):
        replace_between("<!-- end cases -->", "cases", "", "page.md")


def test_the_projects_page_has_every_marker(tmp_path: Path) -> None:
    copy = tmp_path / "performance.md"
    copy.write_text((Path(__file__).parents[2] / "docs" / "performance.md").read_text())
    rewrite_page(copy, record(row("a", 1.0, 4.0)))
    assert "target x86-64-v3" in copy.read_text()
