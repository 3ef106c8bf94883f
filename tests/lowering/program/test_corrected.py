"""Variances keep their digits where the mean is large, along any dim."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorsmith as ts

F = ts.nn.functional


def drawn(*shape: int, mean: float = 1e6) -> Any:
    """Elements around a mean, one from each other, in float32."""
    return (np.random.default_rng(3).standard_normal(shape) + mean).astype(np.float32)


@pytest.mark.parametrize(
    ("shape", "dim"),
    [((9, 1000), 1), ((1000, 9), 0), ((600, 600), 0), ((3, 40_000), 1), ((600, 600), None)],
    ids=["rows", "columns", "strips", "pieces", "all"],
)
def test_a_large_mean_costs_the_variance_no_digits(shape: tuple[int, ...], dim: int | None) -> None:
    x = drawn(*shape)
    wanted = x.astype(np.float64).var(axis=dim, ddof=1)
    np.testing.assert_allclose(ts.tensor(x).var(dim).numpy(), wanted, rtol=2e-6)
    np.testing.assert_allclose(ts.var_mean(ts.tensor(x), dim)[0].numpy(), wanted, rtol=2e-6)
    np.testing.assert_allclose(ts.tensor(x).std(dim).numpy(), np.sqrt(wanted), rtol=2e-6)


def test_norms_of_a_large_mean_have_the_right_spread() -> None:
    x = ts.tensor(drawn(4, 6, 500))
    for normal in (F.layer_norm(x, (500,)), F.instance_norm(x), F.group_norm(x, 6)):
        spread = normal.double().std(-1, correction=0).numpy()
        np.testing.assert_allclose(spread, 1, rtol=2e-5)  # eps = 1e-5 is part of it


@pytest.mark.parametrize("value", [0.1, 1000000.25, -7.7])
@pytest.mark.parametrize("shape", [(3, 1000), (1000, 3), (2, 65_536)])
def test_equal_elements_have_no_spread_and_no_gradient(
    value: float, shape: tuple[int, ...]
) -> None:
    x = ts.full(shape, value, requires_grad=True)
    for dim in (0, 1):
        spread = x.std(dim)
        assert not spread.any()
        (gradient,) = ts.autograd.grad(spread.sum(), [x])
        assert not gradient.any()


def test_squares_beyond_the_range_are_infinite_not_undefined() -> None:
    assert ts.tensor([1e20, -1e20, 5.0]).var().item() == np.inf
    assert np.isnan(ts.tensor([np.inf, 1.0]).var().item())
