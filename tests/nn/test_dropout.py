"""Dropout: shares, scales, whole channels, and gradients through the same mask."""

from __future__ import annotations

import pytest
import tensorsmith as ts
from tensorsmith import nn


@pytest.fixture(autouse=True)
def _seed() -> None:
    ts.manual_seed(0)


def test_elements_are_dropped_and_the_others_scaled() -> None:
    y = nn.Dropout(0.25)(ts.ones(40000))
    assert sorted(y.unique().tolist()) == pytest.approx([0, 4 / 3])
    assert y.mean().item() == pytest.approx(1, abs=0.02)


def test_the_gradient_goes_through_the_same_mask() -> None:
    x = ts.ones(1000, requires_grad=True)
    y = nn.Dropout(0.5)(x)
    y.sum().backward()
    assert ts.equal(x.grad, y.detach())


@pytest.mark.parametrize("layer", [nn.Dropout, nn.Dropout2d, nn.AlphaDropout])
def test_nothing_happens_in_evaluation(layer: type[nn.Module]) -> None:
    x = ts.randn(2, 3, 4, 4)
    assert layer(0.5).eval()(x) is x  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("layer", "rank"), [(nn.Dropout1d, 1), (nn.Dropout2d, 2), (nn.Dropout3d, 3)]
)
def test_whole_channels_are_dropped(layer: type[nn.Module], rank: int) -> None:
    x = ts.ones(30, 20, *[3] * rank)
    y = layer(0.3)(x).flatten(2)  # type: ignore[call-arg]
    assert bool((y.amax(2) == y.amin(2)).all())
    assert (y[:, :, 0] == 0).float().mean().item() == pytest.approx(0.3, abs=0.06)
    assert layer(0.3)(x[0]).shape == x[0].shape  # type: ignore[call-arg]


@pytest.mark.parametrize("layer", [nn.AlphaDropout, nn.FeatureAlphaDropout])
def test_alpha_dropout_keeps_mean_and_variance(layer: type[nn.Module]) -> None:
    y = layer(0.2)(ts.randn(300, 200, 4))  # type: ignore[call-arg]
    assert y.mean().item() == pytest.approx(0, abs=0.03)
    assert y.std().item() == pytest.approx(1, abs=0.03)


def test_everything_may_be_dropped_and_inplace_is_the_same_tensor() -> None:
    x = ts.ones(5)
    assert nn.Dropout(1.0)(x).tolist() == [0] * 5
    assert nn.Dropout(0.5, inplace=True)(x) is x


def test_a_seed_repeats_the_mask() -> None:
    masks = []
    for _ in range(2):
        ts.manual_seed(4)
        masks.append(nn.Dropout(0.5)(ts.ones(50)))
    assert ts.equal(*masks)


def test_probabilities_are_checked_and_shown() -> None:
    with pytest.raises(ValueError, match=r"has to be between 0 and 1, but got 1\.5"):
        nn.Dropout(1.5)
    assert repr(nn.Dropout2d(0.1, inplace=True)) == "Dropout2d(p=0.1, inplace=True)"
