"""Optimizers against PyTorch's over several steps, and their state."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts

_random = np.random.default_rng(0)
START = [_random.standard_normal((3, 4)).astype(np.float32), np.ones(5, np.float32)]

CASES: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-5, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "maximize": True, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.05}),
    ("AdamW", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.2}),
    ("RMSprop", {"lr": 0.05}),
    ("RMSprop", {"lr": 0.05, "centered": True, "momentum": 0.9, "weight_decay": 0.1}),
    (
        "Adagrad",
        {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.1},
    ),
    ("Adadelta", {"lr": 1.0, "weight_decay": 0.1}),
    ("Adamax", {"lr": 0.05, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.05, "weight_decay": 0.1}),
    ("ASGD", {"lr": 0.05, "t0": 2, "weight_decay": 0.1}),
    ("Rprop", {"lr": 0.05}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1, "maximize": True, "foreach": True}),
    ("Adam", {"lr": 0.05, "maximize": True, "fused": True}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.05, "centered": True, "maximize": True}),
    ("RMSprop", {"lr": 0.05, "momentum": 0.9}),
    ("Adagrad", {"lr": 0.1, "maximize": True}),
    ("Adadelta", {"lr": 1.0, "maximize": True}),
    ("Adamax", {"lr": 0.05, "maximize": True}),
    ("NAdam", {"lr": 0.05, "maximize": True}),
    ("RAdam", {"lr": 0.05, "maximize": True, "decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("ASGD", {"lr": 0.05, "maximize": True}),
    ("Rprop", {"lr": 0.05, "maximize": True}),
]


def run(library: Any, name: str, options: dict[str, Any], steps: int) -> tuple[list[Any], Any]:
    """The parameters after some steps of minimizing a rough function, and the optimizer."""
    convert = library.from_numpy
    parameters = [library.nn.Parameter(convert(start.copy())) for start in START]
    optimizer = getattr(library.optim, name)(parameters, **options)
    for step in range(steps):
        optimizer.zero_grad()
        loss = sum((p**2 + (3 * p + step).sin()).sum() for p in parameters)
        loss.backward()
        optimizer.step()
    return [p.detach().numpy() for p in parameters], optimizer


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}({', '.join(c[1])})")
def test_steps_equal_pytorchs(case: tuple[str, dict[str, Any]]) -> None:
    torch = pytest.importorskip("torch")
    name, options = case
    # RAdam changes its rule at step 6.
    ours, optimizer = run(ts, name, options, 9)
    theirs, expected = run(torch, name, options, 9)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)
    mine, its = optimizer.state_dict(), expected.state_dict()
    assert {n: set(s) for n, s in mine["state"].items()} == {
        n: set(s) for n, s in its["state"].items()
    }
    assert set(mine["param_groups"][0]) <= set(its["param_groups"][0])


@pytest.mark.parametrize("name", ["SGD", "Adam", "NAdam", "RAdam", "ASGD", "RMSprop"])
def test_parameters_without_a_gradient_keep_their_own_count(name: str) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for library in (ts, torch):
        x, y = (library.ones(3, requires_grad=True) for _ in range(2))
        optimizer = getattr(library.optim, name)([x, y], lr=0.1)
        for step in range(8):
            x.grad = library.full((3,), 0.5)
            y.grad = library.full((3,), -0.25) if step % 3 else None
            optimizer.step()
        found.append([*x.tolist(), *y.tolist()])
    assert found[0] == pytest.approx(found[1], rel=1e-5)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "Adamax", "RAdam"])
def test_a_differentiable_step_has_pytorchs_gradients(name: str) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for library in (ts, torch):
        start = library.tensor([1.0, 2.0, 3.0], requires_grad=True)
        x = start.clone()
        slope = library.tensor([0.3, -0.2, 0.1], requires_grad=True)
        optimizer = getattr(library.optim, name)([x], lr=0.1, differentiable=True)
        with library.no_grad():
            x.grad = slope
        optimizer.step()
        (x * x).sum().backward()
        found.append([*start.grad.tolist(), *slope.grad.tolist()])
    assert found[0] == pytest.approx(found[1], rel=2e-4, abs=1e-5)


def test_a_step_of_a_whole_model_counts_one_version_of_each_parameter() -> None:
    parameters = [ts.ones(n, requires_grad=True) for n in (1, 2, 3)]
    optimizer = ts.optim.Adam(parameters)
    for _ in range(3):
        before = [p._version for p in parameters]
        for p in parameters:
            p.grad = ts.ones(p.shape)
        optimizer.step()
        assert [p._version for p in parameters] == [v + 1 for v in before]
    assert all(optimizer.state[p]["step"].item() == 3 for p in parameters)


def test_state_that_was_put_in_place_of_the_old_is_used() -> None:
    x = ts.ones(2, requires_grad=True)
    optimizer = ts.optim.SGD([x], lr=1.0, momentum=0.5)
    for _ in range(2):
        x.grad = ts.zeros(2)
        optimizer.step()
    optimizer.state[x]["momentum_buffer"] = ts.ones(2)
    optimizer.step()
    assert x.tolist() == [0.5, 0.5]


def test_counts_of_old_state_dicts_are_numbers() -> None:
    x = ts.ones(2, requires_grad=True)
    optimizer = ts.optim.Adam([x])
    x.grad = ts.ones(2)
    optimizer.step()
    saved = optimizer.state_dict()
    saved["state"][0]["step"] = 1
    optimizer.load_state_dict(saved)
    optimizer.step()
    assert optimizer.state[x]["step"].item() == 2


def test_fused_and_foreach_exclude_each_other() -> None:
    with pytest.raises(RuntimeError, match="`fused` and `foreach` cannot be `True` together"):
        ts.optim.Adam([ts.ones(1, requires_grad=True)], fused=True, foreach=True)


def test_zero_grad_drops_gradients_or_fills_them() -> None:
    x = ts.ones(2, requires_grad=True)
    optimizer = ts.optim.SGD([x], lr=1.0)
    x.grad = ts.ones(2)
    optimizer.zero_grad(set_to_none=False)
    assert x.grad is not None and x.grad.tolist() == [0, 0]
    optimizer.zero_grad()
    assert x.grad is None


def test_sgd_steps_are_known_numbers() -> None:
    x = ts.tensor([1.0, 2.0], requires_grad=True)
    optimizer = ts.optim.SGD([x], lr=0.5, momentum=0.9)
    for expected in ([0.5, 1.5], [-0.45, 0.55]):
        x.grad = ts.ones(2)
        optimizer.step()
        assert x.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_a_loaded_optimizer_goes_on_as_the_saved_one(name: str) -> None:
    options = {"lr": 0.05, "momentum": 0.9} if name in ("SGD", "RMSprop") else {"lr": 0.05}
    x, y = (ts.full((3,), 2.0, requires_grad=True) for _ in range(2))
    first, second = (getattr(ts.optim, name)([p], **options) for p in (x, y))

    def step(optimizer: Any, parameter: ts.Tensor) -> None:
        optimizer.zero_grad()
        (parameter**2).sum().backward()
        optimizer.step()

    for _ in range(3):
        step(first, x)
    with ts.no_grad():
        y.copy_(x)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for _ in range(2):
        step(first, x)
        step(second, y)
    assert ts.equal(x, y)


def test_groups_have_options_of_their_own() -> None:
    x, y = (ts.ones(1, requires_grad=True) for _ in range(2))
    optimizer = ts.optim.SGD([{"params": [x]}, {"params": y, "lr": 1.0}], lr=0.1)
    x.grad, y.grad = ts.ones(1), ts.ones(1)
    optimizer.step()
    assert x.item() == pytest.approx(0.9) and y.item() == 0
    optimizer.add_param_group({"params": [ts.ones(1, requires_grad=True)]})
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 1.0, 0.1]


def test_a_closure_is_run_with_gradients_and_its_value_returned() -> None:
    x = ts.ones(1, requires_grad=True)
    optimizer = ts.optim.SGD([x], lr=0.25)

    def closure() -> ts.Tensor:
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    with ts.no_grad():
        assert optimizer.step(closure).item() == 1
    assert x.item() == 0.5


def test_hooks_run_around_a_step() -> None:
    x = ts.ones(1, requires_grad=True)
    optimizer = ts.optim.SGD([x], lr=0.1)
    seen: list[str] = []
    handle = optimizer.register_step_pre_hook(lambda *_: seen.append("before"))
    optimizer.register_step_post_hook(lambda *_: seen.append("after"))
    optimizer.step()
    handle.remove()
    optimizer.step()
    assert seen == ["before", "after", "after"]


BAD: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    ([], {}, ValueError, "empty parameter list"),
    (ts.ones(1), {}, TypeError, "should be an iterable of Tensors or dicts"),
    ([3], {}, TypeError, "optimizer can only optimize Tensors"),
    ([ts.ones(1)], {"lr": -1}, ValueError, "Invalid learning rate: -1"),
    ([ts.ones(1)], {"momentum": -1}, ValueError, "Invalid momentum value: -1"),
    ([ts.ones(1)], {"nesterov": True}, ValueError, "Nesterov momentum requires"),
    ([ts.ones(1, requires_grad=True) * 2], {}, ValueError, "can't optimize a non-leaf Tensor"),
    ([{"params": {ts.ones(1)}}], {}, TypeError, "ordered collections"),
]


@pytest.mark.parametrize(("params", "options", "kind", "message"), BAD, ids=lambda x: str(x)[:30])
def test_bad_arguments_are_refused(
    params: Any, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        ts.optim.SGD(params, **{"lr": 0.1, **options})


def test_adam_refuses_bad_betas() -> None:
    with pytest.raises(ValueError, match=r"Invalid beta parameter at index 1: 1\.0"):
        ts.optim.Adam([ts.ones(1)], betas=(0.9, 1.0))


def test_a_parameter_stands_in_one_group() -> None:
    x = ts.ones(1, requires_grad=True)
    with pytest.raises(ValueError, match="appear in more than one parameter group"):
        ts.optim.SGD([{"params": [x]}, {"params": [x]}], lr=0.1)


def test_text_is_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    ours = ts.optim.SGD([ts.ones(1, requires_grad=True)], lr=0.1)
    theirs = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    assert repr(ours) == repr(theirs)
