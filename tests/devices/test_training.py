"""A training step on a GPU gives the parameters that it gives on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith import nn
from tensorsmith.data import DataLoader, TensorDataset

pytestmark = pytest.mark.cuda


def mlp() -> Any:
    """A classifier of 8 features."""
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.LayerNorm(16), nn.Linear(16, 4))


def cnn() -> Any:
    """A classifier of pictures of 8x8 pixels.

    No bias comes before the normalization: its gradient would be rounding errors, which AdamW makes
    as large as any.
    """
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.25), nn.Linear(64, 4),
    )  # fmt: skip


def train(make: Any, optimizer: Any, shape: tuple[int, ...], place: str) -> list[Any]:
    """The state after two steps: parameters and buffers."""
    ts.manual_seed(3)
    model = make()
    inputs, classes = ts.randn(6, *shape), ts.randint(0, 4, (6,))
    model = model.to(place)
    assert all(str(p.device).startswith(place) for p in model.parameters())
    steps = optimizer(model.parameters())
    loader = DataLoader(TensorDataset(inputs, classes), batch_size=3, pin_memory=place == "cuda")
    batches = list(loader)  # the loader draws from the CPU's generator
    ts.manual_seed(4)
    for x, y in batches:
        assert x.is_pinned() == (place == "cuda")
        steps.zero_grad()
        loss = nn.functional.cross_entropy(model(x.to(place, non_blocking=True)), y.to(place))
        loss.backward()
        steps.step()
    return [value.cpu().numpy() for value in model.state_dict().values()]


@pytest.mark.parametrize(
    ("make", "shape", "optimizer"),
    [
        (mlp, (8,), lambda p: ts.optim.SGD(p, lr=0.1, momentum=0.9)),
        (cnn, (1, 8, 8), lambda p: ts.optim.AdamW(p, lr=0.01)),
    ],
    ids=["mlp", "cnn"],
)
def test_two_steps_give_what_they_give_on_the_cpu(make: Any, shape: Any, optimizer: Any) -> None:
    here, there = (train(make, optimizer, shape, place) for place in ("cpu", "cuda"))
    for wanted, found in zip(here, there, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-5)


def test_modules_move_with_all_they_hold() -> None:
    model = cnn()
    weight = model[0].weight
    assert model.cuda() is model and model[0].weight is weight and weight.is_cuda
    assert all(value.is_cuda for value in model.state_dict().values())
    model.load_state_dict({name: value.cpu() for name, value in model.state_dict().items()})
    assert weight.is_cuda and not model.cpu()[0].weight.is_cuda
