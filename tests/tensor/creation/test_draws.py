"""Random draws move on: two calls of one kind and shape never give the same numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tensorsmith as ts
from tensorsmith.nn import functional as F

DRAWS: dict[str, Callable[[], ts.Tensor]] = {
    "rand": lambda: ts.rand(20),
    "randn": lambda: ts.randn(20),
    "randint": lambda: ts.randint(0, 1000, (20,)),
    "normal_": lambda: ts.empty(20).normal_(),
    "dropout": lambda: F.dropout(ts.ones(200)),
}


@pytest.mark.parametrize("name", DRAWS)
def test_two_draws_of_one_shape_differ(name: str) -> None:
    ts.manual_seed(0)
    assert not ts.equal(DRAWS[name](), DRAWS[name]())


@pytest.mark.parametrize("name", DRAWS)
def test_a_seed_repeats_draws(name: str) -> None:
    ts.manual_seed(7)
    first = DRAWS[name]()
    DRAWS[name]()
    ts.manual_seed(7)
    assert ts.equal(DRAWS[name](), first)
