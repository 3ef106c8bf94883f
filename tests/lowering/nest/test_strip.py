"""Rows that lie side by side, walked a few elements at a time in all of their passes."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify

from ..calls import NARROW, WIDE, make, random

SHAPE = 67, 700
"""Two blocks of rows, the last vector of which is not full, and strips of which the last is not."""


@pytest.mark.parametrize(
    ("name", "shape", "dim"),
    [
        ("var_mean", SHAPE, 0),
        ("std", (3, 65, 513), 1),
        ("softmax", SHAPE, 0),
        ("log_softmax", (3, 65, 513), 1),
        ("logsumexp", SHAPE, 0),
    ],
)
def test_passes_over_rows_side_by_side_give_what_the_entry_says(name, shape, dim) -> None:
    call = make(name, {"input": random(*shape)}, {"dim": dim})
    assert [launch.kernel.form for launch in call.planned(NARROW).launches] == ["column"]
    for launch in call.planned(WIDE).launches:
        verify(launch.kernel.build())
    call.check()


def test_powers_that_no_output_can_hold_are_kept_for_a_few_rows_at_a_time() -> None:
    call = make("softmax", {"input": random(*SHAPE).astype(np.float16)}, {"dim": 0})
    call.check(tolerance=1e-3)


def test_batches_are_normalized_by_statistics_of_columns() -> None:
    arrays = {"input": random(*SHAPE), "weight": random(700, seed=1), "bias": random(700, seed=2)}
    make("batch_norm_training", arrays, {"eps": 1e-5}).check()


def variance(array: np.ndarray) -> np.ndarray:
    return make("var", {"input": array}, {"dim": 0, "correction": 1}).run()["output"]


def relative_error(array: np.ndarray) -> float:
    exact = array.astype(np.float64).var(0, ddof=1)
    return float(np.abs(variance(array) / exact - 1).max())


def test_a_large_mean_costs_the_variance_of_columns_no_digits() -> None:
    assert relative_error((random(*SHAPE, seed=3) + 1e6).astype(np.float32)) < 2e-6


def test_columns_that_rise_or_begin_far_from_their_mean_keep_their_variance() -> None:
    rising = np.sort(random(*SHAPE, seed=4), 0) + np.float32(1e3)
    far = random(*SHAPE, seed=5)
    far[:16] += np.float32(1e6)
    assert relative_error(rising) < 2e-6
    assert relative_error(far) < 2e-6


def test_variances_of_columns_without_a_number_are_none_and_those_too_large_infinite() -> None:
    array = random(*SHAPE)
    array[[0, 40, 50], [0, 1, 2]] = np.inf, np.nan, -np.inf
    array[:, 3] *= 1e25
    array[:, 4] = 3.3
    found = variance(array)
    assert np.isnan(found[:3]).all() and np.isinf(found[3]) and found[4] < 1e-12
    assert np.isfinite(found[5:]).all()


def test_a_sum_and_the_squares_of_distances_from_its_mean_read_memory_once() -> None:
    """Loops that carry sums are those over the elements of a strip, one in each pass and one for
    the vectors that are left over."""

    def folding_loops(name: str) -> int:
        (launch,) = make(name, {"input": random(*SHAPE)}, {"dim": 0}).planned(NARROW).launches
        return print_function(launch.kernel.build()).count("iter_args")

    assert (folding_loops("var"), folding_loops("logsumexp")) == (2, 4)
