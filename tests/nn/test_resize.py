"""Images that grow by powers of two, and the order in which dims are resized."""

from __future__ import annotations

import pytest
import tensorsmith as ts
from tensorsmith.nn.functional import interpolate
from tensorsmith.nn.functional.resize import _cheapest_order, _doublings
from tensorsmith.tensor.calls.dispatch import call


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
@pytest.mark.parametrize("factors", [(2, 2), (4, 1), (1, 2), (8, 2), (1, 1)])
def test_growing_by_powers_of_two_takes_the_nearest_elements(
    mode: str, factors: tuple[int, int]
) -> None:
    x = ts.rand(2, 3, 5, 7, dtype=ts.float64).requires_grad_()
    wanted = x
    for dim, factor in zip((2, 3), factors):
        size = x.shape[dim] * factor
        step = {"size": size, "step": 1 / factor, "dim": dim, "exact": mode == "nearest-exact"}
        wanted = call("resize_nearest", (wanted,), step)
    found = interpolate(x, scale_factor=tuple(map(float, factors)), mode=mode)
    assert ts.equal(found, wanted)
    assert ts.equal(found, interpolate(x, size=tuple(wanted.shape[2:]), mode=mode))
    weight = ts.rand_like(wanted)
    (own,), (other,) = (ts.autograd.grad((y * weight).sum(), [x]) for y in (found, wanted))
    assert ts.allclose(own, other)


def test_only_growth_without_rounding_counts_as_repetition() -> None:
    assert [_doublings(5, 5 * k, None) for k in (1, 2, 3, 4)] == [1, 2, 0, 4]
    assert _doublings(5, 10, 2.0) == 2 and _doublings(5, 10, 2.1) == 0
    assert _doublings(5, 11, None) == _doublings(5, 2, None) == _doublings(0, 2, None) == 0


def test_dims_that_shrink_are_resized_first_and_the_last_that_grows_before_others() -> None:
    assert _cheapest_order((4, 4, 4), (8, 2, 8)) == [1, 2, 0]
    assert _cheapest_order((4, 4), (2, 3)) == [0, 1]
