"""`GradScaler`: scale, unscale, steps left out, growth, state."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.amp import GradScaler


def parts(**options: Any) -> tuple[ts.Tensor, Any, GradScaler]:
    w = ts.ones(3, requires_grad=True)
    return w, ts.optim.SGD([w], lr=1.0), GradScaler("cpu", init_scale=8.0, **options)


def train(w: ts.Tensor, optimizer: Any, scaler: GradScaler, factor: float) -> None:
    optimizer.zero_grad()
    scaler.scale((w * factor).sum()).backward()
    scaler.step(optimizer)
    scaler.update()


def test_a_step_sees_gradients_without_the_scale() -> None:
    w, optimizer, scaler = parts()
    train(w, optimizer, scaler, 0.25)
    assert w.tolist() == [0.75] * 3 and w.grad.tolist() == [0.25] * 3


@pytest.mark.parametrize("factor", [math.inf, -math.inf, math.nan])
def test_a_step_that_overflowed_is_left_out_and_the_scale_shrinks(factor: float) -> None:
    w, optimizer, scaler = parts()
    train(w, optimizer, scaler, factor)
    assert w.tolist() == [1.0] * 3 and scaler.get_scale() == 4.0


def test_one_gradient_that_overflowed_is_enough() -> None:
    w, v = ts.ones(2, requires_grad=True), ts.ones(2, requires_grad=True)
    optimizer, scaler = ts.optim.SGD([w, v], lr=1.0), GradScaler("cpu")
    scaler.scale((w * math.inf).sum() + v.sum()).backward()
    assert scaler.step(optimizer) is None
    assert v.tolist() == [1, 1]


def test_the_scale_grows_after_an_interval_and_never_out_of_float32() -> None:
    w, optimizer, scaler = parts(growth_interval=2, growth_factor=4.0)
    scales = []
    for _ in range(5):
        train(w, optimizer, scaler, 0.0)
        scales.append(scaler.get_scale())
    assert scales == [8, 32, 32, 128, 128]
    scaler.update(2.0**127)
    for _ in range(4):
        train(w, optimizer, scaler, 0.0)
    assert scaler.get_scale() == 2.0**127


def test_gradients_can_be_clipped_once_they_are_unscaled() -> None:
    w, optimizer, scaler = parts()
    scaler.scale((w * 3).sum()).backward()
    scaler.unscale_(optimizer)
    assert w.grad.tolist() == [3, 3, 3]
    with pytest.raises(RuntimeError, match=r"unscale_\(\) has already been called on this"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match=r"unscale_\(\) is being called after step"):
        scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match=r"step\(\) has already been called"):
        scaler.step(optimizer)
    scaler.update()
    assert w.tolist() == [-2, -2, -2]


def test_losses_may_be_many() -> None:
    scaler = GradScaler("cpu", init_scale=2.0)
    first, (second,) = scaler.scale([ts.ones(1), (ts.ones(1),)])
    assert first.item() == second.item() == 2
    assert next(scaler.scale(iter([ts.ones(1)]))).item() == 2
    with pytest.raises(ValueError, match="outputs must be a Tensor or an iterable of Tensors"):
        scaler.scale(1.0)


def test_what_cannot_be_judged_is_refused() -> None:
    _, optimizer, scaler = parts()
    with pytest.raises(AssertionError, match="No inf checks were recorded for this optimizer"):
        scaler.step(optimizer)
    with pytest.raises(AssertionError, match="No inf checks were recorded prior to update"):
        scaler.update()
    with pytest.raises(RuntimeError, match="Closure use is not currently supported"):
        scaler.step(optimizer, closure=lambda: 0.0)
    half = ts.ones(1, dtype=ts.float16, requires_grad=True)
    half.sum().backward()
    with pytest.raises(ValueError, match="Attempting to unscale FP16 gradients"):
        scaler.unscale_(ts.optim.SGD([half], lr=1.0))
    for options in ({"growth_factor": 1.0}, {"backoff_factor": 1.0}):
        with pytest.raises(AssertionError, match="factor must be"):
            GradScaler("cpu", **options)


def test_state_goes_through_a_dict_and_pickle() -> None:
    w, optimizer, scaler = parts(growth_interval=7)
    train(w, optimizer, scaler, 1.0)
    state = scaler.state_dict()
    assert state["scale"] == 8 and state["_growth_tracker"] == 1 and state["growth_interval"] == 7
    other = GradScaler("cpu")
    other.load_state_dict(state)
    assert other.state_dict() == state
    assert pickle.loads(pickle.dumps(scaler)).state_dict() == state
    with pytest.raises(RuntimeError, match="The source state dict is empty"):
        other.load_state_dict({})
    scaler.unscale_(optimizer)
    with pytest.raises(AssertionError, match="may only be pickled at the beginning"):
        pickle.dumps(scaler)


def test_settings_can_be_changed() -> None:
    scaler = GradScaler("cpu")
    scaler.set_growth_factor(3.0)
    scaler.set_backoff_factor(0.25)
    scaler.set_growth_interval(5)
    assert scaler.get_growth_factor() == 3 and scaler.get_backoff_factor() == 0.25
    assert scaler.get_growth_interval() == 5 and scaler.is_enabled()


def test_a_scaler_that_is_disabled_steps_and_no_more() -> None:
    w, optimizer, _ = parts()
    scaler = GradScaler("cpu", enabled=False)
    loss = w.sum()
    assert scaler.scale(loss) is loss and scaler.get_scale() == 1 and scaler.state_dict() == {}
    loss.backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert w.tolist() == [0, 0, 0]


@pytest.mark.skipif(ts.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_disables_it() -> None:
    with pytest.warns(UserWarning, match="GradScaler is enabled, but CUDA is not available"):
        assert not ts.cuda.amp.GradScaler().is_enabled()


def test_float16_training_keeps_small_gradients() -> None:
    """Without the scale a gradient of 1e-8 is zero in float16."""
    w = ts.ones(2, 2, requires_grad=True)
    scaler = ts.cpu.amp.GradScaler()
    with ts.autocast("cpu", dtype=ts.float16):
        y = (w @ ts.ones(2, 2)).float().sum() * 1e-8
    scaler.scale(y).backward()
    assert w.grad.abs().min().item() > 0
