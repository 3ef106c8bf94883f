"""Initial values: their ranges, moments and structure."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.nn import init

SPREADS: list[tuple[Callable[[ts.Tensor], ts.Tensor], float]] = [
    (lambda w: init.uniform_(w, -1, 3), 4 / math.sqrt(12)),
    (lambda w: init.normal_(w, 2, 0.5), 0.5),
    (lambda w: init.xavier_uniform_(w, gain=2), 2 * math.sqrt(2 / 300)),
    (lambda w: init.xavier_normal_(w), math.sqrt(2 / 300)),
    (lambda w: init.kaiming_uniform_(w, nonlinearity="relu"), math.sqrt(2 / 100)),
    (lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"), math.sqrt(2 / 200)),
    (lambda w: init.trunc_normal_(w, std=1.0, a=-1.0, b=1.0), 0.5396),
]


@pytest.mark.parametrize("place", range(len(SPREADS)))
def test_values_have_the_wanted_spread(place: int) -> None:
    ts.manual_seed(0)
    fill, spread = SPREADS[place]
    weight = ts.nn.Parameter(ts.empty(200, 100))
    assert fill(weight) is weight and weight.is_leaf
    assert weight.std().item() == pytest.approx(spread, rel=0.03)


def test_values_stay_in_range() -> None:
    weight = init.trunc_normal_(ts.empty(1000), a=-0.5, b=0.25)
    assert weight.min().item() >= -0.5 and weight.max().item() <= 0.25
    uniform = init.uniform_(ts.empty(1000), 2, 3)
    assert uniform.min().item() >= 2 and uniform.max().item() < 3


def test_constants_and_identities() -> None:
    assert init.ones_(ts.empty(2)).tolist() == [1, 1]
    assert init.constant_(ts.empty(1), 0.5).item() == 0.5
    assert init.eye_(ts.empty(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    image = ts.randn(1, 4, 5, 5)
    weight = init.dirac_(ts.empty(4, 2, 3, 3), groups=2)
    kept = ts.nn.functional.conv2d(image, weight, padding=1, groups=2)
    np.testing.assert_allclose(kept.numpy(), image.numpy(), atol=1e-6)


@pytest.mark.parametrize("shape", [(4, 6), (6, 4), (3, 2, 5)])
def test_orthogonal_rows_or_columns(shape: tuple[int, ...]) -> None:
    flat = init.orthogonal_(ts.empty(shape), gain=2.0).reshape(shape[0], -1).numpy()
    product = flat @ flat.T if flat.shape[0] <= flat.shape[1] else flat.T @ flat
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)


def test_sparse_columns_have_the_wanted_zeros() -> None:
    weight = init.sparse_(ts.empty(10, 4), 0.3)
    assert (weight == 0).sum(0).tolist() == [3, 3, 3, 3]


def test_gains_are_pytorchs() -> None:
    assert init.calculate_gain("relu") == math.sqrt(2)
    assert init.calculate_gain("tanh") == 5 / 3
    assert init.calculate_gain("leaky_relu", 1) == 1
    with pytest.raises(ValueError, match="Unsupported nonlinearity sine"):
        init.calculate_gain("sine")


def test_a_generator_repeats_values() -> None:
    first, second = (
        init.normal_(ts.empty(5), generator=ts.Generator().manual_seed(3)) for _ in range(2)
    )
    assert ts.equal(first, second)


def test_tensors_of_too_few_dims_are_refused() -> None:
    for fill in (init.xavier_uniform_, init.kaiming_normal_, init.orthogonal_):
        with pytest.raises(ValueError):
            fill(ts.empty(3))
    with pytest.warns(UserWarning, match="zero-element tensors is a no-op"):
        init.kaiming_uniform_(ts.empty(0, 2))
