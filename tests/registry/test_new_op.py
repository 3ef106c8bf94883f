"""A new entry is an op with everything that an op has, and nothing else is written for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.autograd.transforms import jvp
from tensorsmith.autograd.vmap import vmap
from tensorsmith.ops.errors import RegistryError
from tensorsmith.ops.language.op import Op
from tensorsmith.ops.registry import registry
from tensorsmith.tensor import call
from tensorsmith.tools.battery.report import check_all

TEXT = """
soft_step:
  doc: A smooth ramp from zero, sharper for larger beta, averaged over the last dim if wanted.
  inputs: {input: "Float[..., N]"}
  attrs:
    beta: float = 1.0                     -- sharpness
    reduction: mean|none = none           -- whether rows become one number
  outputs:
    output: "Float[..., N] if reduction == none else Float[...]"
  require:
    beta must be positive: beta > 0
  define: |
    step[n] = log(1 + exp(beta * input[n])) / beta
    if reduction == 'none':
      output[n] = step[n]
    if reduction == 'mean':
      output = sum[n](step[n]) / N
  reference: |
    [step if reduction == 'none' else step.mean(-1)
     for step in [np.logaddexp(0, beta*input) / beta]][0]
  samples:
    - {input: [2, 3]}
    - {input: [4, 5], beta: 2.5, reduction: mean}
    - {input: [0, 3], reduction: mean}
  rejects:
    beta must be positive: {input: [3], beta: -1.0}
"""


@pytest.fixture
def op() -> Iterator[Op]:
    (entry,) = registry.read_text(TEXT, "soft_step.yaml")
    yield registry.add(entry)
    registry.remove("soft_step")


def _points(*shape: int) -> Any:
    return np.random.default_rng(0).uniform(-2, 2, shape)


def _slope(x: Any, beta: float) -> Any:
    return 1 / (1 + np.exp(-beta * x))


def test_forward(op: Op) -> None:
    x = _points(2, 3)
    result = call(op, (ts.from_numpy(x),), {"beta": 2.0})
    np.testing.assert_allclose(result.numpy(), np.logaddexp(0, 2 * x) / 2, rtol=1e-12)


def test_forward_by_name(op: Op) -> None:
    x = ts.from_numpy(_points(4, 3))
    assert call("soft_step", (x,), {"reduction": "mean"}).shape == (4,)


def test_gradient_and_second_derivative(op: Op) -> None:
    x = ts.from_numpy(_points(2, 3)).requires_grad_()
    loss = call(op, (x,), {"beta": 2.0}).sum()
    (slope,) = ts.autograd.grad(loss, x, create_graph=True)
    wanted = _slope(x.detach().numpy(), 2.0)
    np.testing.assert_allclose(slope.detach().numpy(), wanted, rtol=1e-12)
    (bend,) = ts.autograd.grad(slope.sum(), x)
    np.testing.assert_allclose(bend.numpy(), 2 * wanted * (1 - wanted), rtol=1e-10)


def test_jvp(op: Op) -> None:
    x, t = _points(2, 3), np.ones((2, 3))
    _, moved = jvp(lambda v: call(op, (v,), {}), (ts.from_numpy(x),), (ts.from_numpy(t),))
    np.testing.assert_allclose(moved.numpy(), _slope(x, 1.0), rtol=1e-12)


def test_vmap(op: Op) -> None:
    x = _points(5, 4, 3)
    mapped = vmap(lambda v: call(op, (v,), {"reduction": "mean"}), in_dims=1)(ts.from_numpy(x))
    wanted = np.logaddexp(0, x).mean(-1).T
    np.testing.assert_allclose(mapped.numpy(), wanted, rtol=1e-12)


def test_errors_say_what_must_hold(op: Op) -> None:
    with pytest.raises(RuntimeError, match="beta must be positive"):
        call(op, (ts.ones(3),), {"beta": -1.0})
    with pytest.raises(RuntimeError, match=r"soft_step.*dtype"):
        call(op, (ts.ones(3, dtype=ts.int64),), {})


def test_the_battery_passes(op: Op, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_all(["soft_step"]) == 0
    assert "soft_step: ok" in capsys.readouterr().out


def test_a_file_is_checked_before_it_is_added(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(TEXT.replace("log(1 + exp", "log(2 + exp"))
    assert check_all([str(path)]) == 1
    assert "soft_step: FAILED" in capsys.readouterr().out
    assert "soft_step" not in registry


def test_a_wrong_entry_is_refused_with_its_line() -> None:
    wrong = TEXT.replace("exp(beta * input[n])", "exp(beta * input[m])")
    with pytest.raises(RegistryError, match=r"soft_step\.yaml:\d+"):
        registry.read_text(wrong, "soft_step.yaml")
