"""Deep and shared values become statements; what a condition rules out stays where it is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.ops.language.expression import Expression, walk
from tensorsmith.ops.language.op import Op
from tensorsmith.ops.language.split import MOST_DEPTH, split
from tensorsmith.ops.registry import registry

ENTRY = """\
long::f:
  doc: A long one.
  inputs: {x: "Float[..., N]", i: "Integer[..., N]"}
  outputs: {output: "Float[..., N]"}
  define: |
    DEFINE
"""


def entry(*statements: str) -> Op:
    return registry.read_text(ENTRY.replace("DEFINE", "\n    ".join(statements)))[0]


def chain(steps: int) -> tuple[str, ...]:
    """`v = x; v' = v*v*0.1 + 1; ...`, each statement reading the last one twice."""
    names = ["v" + chr(97 + k // 26) + chr(97 + k % 26) for k in range(steps + 1)]
    middle = [f"{b}[n] = {a}[n] * {a}[n] * 0.1 + 1" for a, b in itertools.pairwise(names)]
    return (f"{names[0]}[n] = x[n]", *middle, f"output[n] = {names[-1]}[n]")


def expected(steps: int, x: np.ndarray) -> np.ndarray:
    for _ in range(steps):
        x = x * x * 0.1 + 1
    return x


def depth(node: Expression) -> int:
    return 1 + max(map(depth, node.children), default=0)


def call(op: Op, x: ts.Tensor) -> ts.Tensor:
    return ts.call(op, (x, ts.arange(x.shape[-1])), {})


X = ts.tensor([1.0, 0.5, -0.75], dtype=ts.float64)


def test_sixty_steps_that_read_the_last_one_twice_are_one_quick_kernel() -> None:
    np.testing.assert_allclose(call(entry(*chain(60)), X).numpy(), expected(60, X.numpy()))


def test_thirty_steps_have_a_gradient_and_twelve_a_second_one() -> None:
    for steps, order in ((30, 1), (12, 2)):
        op = entry(*chain(steps))
        x = X.clone().requires_grad_()
        y = call(op, x)
        for _ in range(order):
            slope, before = ts.autograd.grad(y.sum(), x, create_graph=True)[0], y
            y = slope
        assert before is not y and bool(ts.isfinite(y).all())
        dual = [np.polynomial.Polynomial([value, 1.0]) for value in X.numpy()]
        for place, value in enumerate(dual):
            for _ in range(steps):
                value = (value * value * 0.1 + 1).cutdeg(2)
            wanted = value.deriv(order)(0.0)
            np.testing.assert_allclose(y[place].item(), wanted, rtol=1e-9)


@pytest.mark.parametrize("terms", [300, 700])
def test_a_long_sum_does_not_nest(terms: int) -> None:
    op = entry("output[n] = " + " + ".join(f"x[n] * {k}" for k in range(terms)))
    assert all(depth(each.value) <= MOST_DEPTH + 2 for each in op.define)
    x = X.clone().requires_grad_()
    y = call(op, x)
    total = sum(range(terms))
    np.testing.assert_allclose(y.detach().numpy(), X.numpy() * total)
    assert ts.autograd.grad(y.sum(), x)[0].tolist() == [total] * 3


def test_ops_that_call_others_twice_stay_small() -> None:
    pieces = "doc: A.\n  inputs: {x: Float}\n  outputs: {output: Float}\n  define: output = "
    names = ["f" + chr(97 + k) for k in range(21)]
    text = f"long::{names[0]}:\n  {pieces}x\n"
    for a, b in itertools.pairwise(names):
        text += f"long::{b}:\n  {pieces}{a}(x) * {a}(x) * 0.1 + 1\n"
    op = registry.read_text(text)[-1]
    assert sum(1 for each in op.define for _ in walk(each.value)) < 1000
    np.testing.assert_allclose(ts.call(op, (X,), {}).numpy(), expected(20, X.numpy()))


@pytest.mark.parametrize(
    "body",
    ["x = x * x * T(0.1) + 1; " * 60, "if (x > 2) x = x / 3; else x = x + 1; " * 24],
    ids=["assignments", "ifs"],
)
def test_long_element_functions_are_quick(body: str) -> None:
    function = ts.library.element_function(f"template <typename T> T f(T x) {{ {body} return x; }}")
    x = X.clone().requires_grad_()
    assert bool(ts.isfinite(ts.autograd.grad(function(x).sum(), x)[0]).all())


def test_what_a_condition_rules_out_is_not_computed_before_it() -> None:
    terms = " + ".join(["x[i[n]] * 2"] * 40)
    op = entry(f"output[n] = {terms} if i[n] < N and i[n] >= 0 else 0")
    assert len(op.define) == 1
    (found,) = (ts.call(op, (ts.ones(2), ts.tensor([5, 1])), {}),)
    assert found.tolist() == [0, 80]


def test_numbers_of_different_kinds_are_not_one_value() -> None:
    deep = " + ".join(["(i[n] + 1) + (i[n] + 1.0)"] * 30)
    op = entry(f"output[n] = {deep}")
    assert ts.call(op, (ts.ones(2), ts.tensor([0, 2])), {}).tolist() == [60, 180]


def test_no_entry_of_the_package_has_to_be_split() -> None:
    for name in registry.names():
        if "::" not in name:
            op = registry.get(name)
            assert split(op) is op
            assert "part_of_" not in repr(op.define)
