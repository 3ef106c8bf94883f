"""Generators and draws."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts


def test_a_seed_gives_the_same_numbers_again() -> None:
    ts.manual_seed(3)
    first = ts.randn(5), ts.rand(5), ts.randperm(9), ts.randint(0, 9, (5,))
    ts.manual_seed(3)
    second = ts.randn(5), ts.rand(5), ts.randperm(9), ts.randint(0, 9, (5,))
    assert [x.tolist() for x in first] == [x.tolist() for x in second]


def test_draws_that_follow_each_other_differ() -> None:
    ts.manual_seed(0)
    assert ts.rand(4).tolist() != ts.rand(4).tolist()


def test_a_state_continues_where_it_was_taken() -> None:
    ts.manual_seed(1)
    ts.rand(3)
    state = ts.get_rng_state()
    wanted = ts.rand(3).tolist()
    ts.set_rng_state(state)
    assert ts.rand(3).tolist() == wanted
    with ts.fork_rng():
        ts.rand(100)
    after = ts.rand(3).tolist()
    ts.set_rng_state(state)
    ts.rand(3)
    assert ts.rand(3).tolist() == after


def test_generators_are_apart() -> None:
    one, two = ts.Generator().manual_seed(5), ts.Generator().manual_seed(5)
    ts.rand(10)
    assert ts.rand(3, generator=one).tolist() == ts.rand(3, generator=two).tolist()
    assert one.initial_seed() == 5


def test_distributions_have_their_moments() -> None:
    ts.manual_seed(0)
    size = 20000
    normal = ts.randn(size).numpy()
    assert abs(normal.mean()) < 0.03 and abs(normal.std() - 1) < 0.03
    assert abs(ts.rand(size).numpy().mean() - 0.5) < 0.02
    assert abs(ts.empty(size).exponential_(2.0).numpy().mean() - 0.5) < 0.02
    assert abs(ts.empty(size).geometric_(0.25).numpy().mean() - 4) < 0.15
    assert abs(ts.empty(size).bernoulli_(0.3).numpy().mean() - 0.3) < 0.02
    assert abs(ts.bernoulli(ts.full((size,), 0.7)).numpy().mean() - 0.7) < 0.02
    counts = np.bincount(ts.randint(2, 6, (size,)).numpy(), minlength=6)
    assert counts[:2].sum() == 0 and counts[2:].min() > size / 4 * 0.9


def test_draws_without_replacement_are_different() -> None:
    weights = ts.tensor([[1.0, 2.0, 3.0, 0.0]])
    for row in ts.multinomial(weights.expand(20, 4), 3).tolist():
        assert sorted(row) == [0, 1, 2]
    assert sorted(ts.randperm(50).tolist()) == list(range(50))


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(RuntimeError, match="'from' to be less than 'to'"):
        ts.randint(5, 5, (2,))
    with pytest.raises(RuntimeError, match=r"to - 1 is out of bounds for uint8: .* got 299"):
        ts.randint(0, 300, (2,), dtype=ts.uint8)
    with pytest.raises(RuntimeError, match=r"from is out of bounds for int8: .* got -129"):
        ts.zeros(2, dtype=ts.int8).random_(-129, 0)
    with pytest.raises(RuntimeError, match="to - 1 is out of bounds for bool"):
        ts.zeros(2, dtype=ts.bool).random_(0, 3)
    assert ts.randint(255, 256, (2,), dtype=ts.uint8).tolist() == [255, 255]
    with pytest.raises(RuntimeError, match="without replacement"):
        ts.multinomial(ts.ones(2), 3)
    with pytest.raises(RuntimeError, match="std >= 0"):
        ts.empty(2).normal_(0, -1)
    with pytest.raises(RuntimeError, match="leaf Variable"):
        ts.ones(2, requires_grad=True).normal_()


@pytest.mark.parametrize("turn", range(3))
def test_fills_give_what_new_tensors_are_made_of(turn: int) -> None:
    ts.manual_seed(5)
    wanted = [ts.rand(4, 3), ts.randn(4, 3), ts.rand(2, 3)]
    ts.manual_seed(5)
    x = ts.zeros(3, 4)
    version = x._version
    x.t().uniform_()
    assert ts.equal(x.t(), wanted[0]) and x._version == version + 1
    x = ts.zeros(4, 3)
    assert x.normal_() is x and ts.equal(x, wanted[1])
    x[1:3].uniform_()
    assert ts.equal(x[1:3], wanted[2]) and ts.equal(x[:1], wanted[1][:1])


def test_a_leaf_that_requires_grad_is_not_filled_while_calls_are_recorded() -> None:
    x = ts.zeros(3, requires_grad=True)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="leaf"):
            x.normal_()
        with ts.no_grad():
            assert x.normal_().any()


def test_numbers_drawn_from_a_wide_range_reach_all_of_it() -> None:
    ts.manual_seed(0)
    drawn = ts.randint(-(2**62), 2**62 - 1, (4000,)).double() / 2**62
    assert drawn.min() < -0.99 and drawn.max() > 0.99 and abs(drawn.mean()) < 0.05
    assert ts.randint(0, 3, (4000,)).bincount().min() > 1200
