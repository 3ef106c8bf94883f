"""Schedules of step sizes against PyTorch's, epoch by epoch."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts

CASES: list[tuple[str, dict[str, Any]]] = [
    ("LambdaLR", {"lr_lambda": lambda epoch: 1 / (1 + epoch)}),
    ("MultiplicativeLR", {"lr_lambda": lambda epoch: 0.9}),
    ("StepLR", {"step_size": 3, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [2, 5, 5]}),
    ("ConstantLR", {"factor": 0.5, "total_iters": 4}),
    ("LinearLR", {"start_factor": 0.2, "end_factor": 0.9, "total_iters": 6}),
    ("ExponentialLR", {"gamma": 0.8}),
    ("PolynomialLR", {"total_iters": 7, "power": 2.0}),
    ("CosineAnnealingLR", {"T_max": 5, "eta_min": 0.01}),
]


def rates(library: Any, name: str, options: dict[str, Any], epochs: list[int | None]) -> Any:
    """Step sizes of two groups after each epoch."""
    x, y = (library.ones(1, requires_grad=True) for _ in range(2))
    optimizer = library.optim.SGD([{"params": [x]}, {"params": [y], "lr": 0.3}], lr=0.1)
    schedule = getattr(library.optim.lr_scheduler, name)(optimizer, **options)
    found = [[group["lr"] for group in optimizer.param_groups]]
    for epoch in epochs:
        optimizer.step()
        schedule.step() if epoch is None else schedule.step(epoch)
        found.append([group["lr"] for group in optimizer.param_groups])
        assert schedule.get_last_lr() == found[-1]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c[0]))
def test_schedule_equals_pytorch(case: tuple[str, dict[str, Any]]) -> None:
    torch = pytest.importorskip("torch")
    epochs: list[int | None] = [None] * 12
    np.testing.assert_allclose(rates(ts, *case, epochs), rates(torch, *case, epochs), rtol=1e-9)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("case", CASES[2:], ids=lambda c: str(c[0]))
def test_jump_to_an_epoch_equals_pytorch(case: tuple[str, dict[str, Any]]) -> None:
    torch = pytest.importorskip("torch")
    epochs: list[int | None] = [None, 4, None, 2]
    np.testing.assert_allclose(rates(ts, *case, epochs), rates(torch, *case, epochs), rtol=1e-9)


def test_step_size_falls_in_steps() -> None:
    found = rates(ts, "StepLR", {"step_size": 2, "gamma": 0.1}, [None] * 4)
    np.testing.assert_allclose([first for first, _ in found], [0.1, 0.1, 0.01, 0.01, 0.001])


@pytest.mark.parametrize("options", [{}, {"mode": "max", "threshold_mode": "abs", "cooldown": 2}])
def test_plateau_equals_pytorch(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    values = [1.0, 0.9, 0.95, 0.95, 0.95, 0.9, 0.9, 0.9, 0.5, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6]
    found = []
    for library in (ts, torch):
        optimizer = library.optim.SGD([library.ones(1, requires_grad=True)], lr=1.0)
        schedule = library.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=0.5, patience=1, min_lr=0.1, **options
        )
        for value in values:
            schedule.step(value)
            found.append(optimizer.param_groups[0]["lr"])
    assert found[: len(values)] == found[len(values) :]


def test_a_loaded_schedule_goes_on_as_the_saved_one() -> None:
    optimizer = ts.optim.SGD([ts.ones(1, requires_grad=True)], lr=1.0)
    schedule = ts.optim.lr_scheduler.StepLR(optimizer, 2)
    optimizer.step()
    schedule.step()
    state = copy.deepcopy(schedule.state_dict())
    other = ts.optim.lr_scheduler.StepLR(ts.optim.SGD([ts.ones(1, requires_grad=True)], lr=1.0), 9)
    other.load_state_dict(state)
    assert other.last_epoch == 1 and other.step_size == 2
    other.optimizer.step()
    other.step()
    assert other.get_last_lr() == [pytest.approx(0.1)]


def test_a_step_before_the_optimizers_warns() -> None:
    optimizer = ts.optim.SGD([ts.ones(1, requires_grad=True)], lr=1.0)
    schedule = ts.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    with pytest.warns(UserWarning, match=r"before `optimizer.step\(\)`"):
        schedule.step()


def test_bad_arguments_are_refused() -> None:
    schedules = ts.optim.lr_scheduler
    optimizer = ts.optim.SGD([ts.ones(1, requires_grad=True)], lr=1.0)
    with pytest.raises(TypeError, match="int is not an Optimizer"):
        schedules.StepLR(3, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Expected 1 lr_lambdas, but got 2"):
        schedules.LambdaLR(optimizer, [lambda e: 1.0] * 2)
    with pytest.raises(KeyError, match="initial_lr"):
        schedules.StepLR(ts.optim.SGD([ts.ones(1)], lr=1.0), 1, last_epoch=3)
    with pytest.raises(ValueError, match=r"Factor should be < 1\.0"):
        schedules.ReduceLROnPlateau(optimizer, factor=1.0)
