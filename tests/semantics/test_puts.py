"""Elements replaced at computed places: the last value stays, in every backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.autograd import gradcheck, gradgradcheck
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.check import HostCall, compare, failures
from tensorsmith.ops.errors import RegistryError

from tests.lowering.calls import Call, defined, make

ENTRY = """\
puts::f:
  doc: Elements replaced.
  inputs: {x: "Float[..., N]", i: "int64[..., N]"}
  outputs: {output: "Float[..., N]"}
  define: |
    DEFINE
"""
DEFINITIONS = {
    "nothing before": ("output[i[n]] = x[n] * x[n]",),
    "values before": ("output[n] = 3 * x[n]", "output[i[n]] = x[n] * x[n]"),
    "sums before": ("output[i[n]] += x[n]", "output[i[N - 1 - n]] = sin(x[n])"),
    "zeros of a choice": ("output[n] = 1", "output[i[n]] = x[n] if x[n] > 0 else 0"),
    "an intermediate, twice": (
        "t[n] = 2 * x[n]",
        "t[i[n]] = sin(x[n])",
        "t[i[N - 1 - n]] = x[n] * x[n]",
        "output[n] = t[n] * x[n]",
    ),
}
BEYOND = "an intermediate, twice"  # reads nothing else at places that may be beyond
CASES = [(name, beyond) for name in DEFINITIONS for beyond in (False, True)]
SHAPES = ((7,), (3, 6), (4, 40))


def entry(name: str, beyond: bool) -> str:
    text = ENTRY.replace("DEFINE", "\n    ".join(DEFINITIONS[name]))
    replaced = "t" if name == BEYOND else "output"
    return text + f"  outside: {{{replaced}: 0}}\n" if beyond else text


def operands(beyond: bool, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Values, and places of which several are the same and others are missing."""
    generator = np.random.default_rng(sum(shape))
    span = (-3, shape[-1] + 3) if beyond else (0, shape[-1])
    return generator.standard_normal(shape), generator.integers(*span, shape)


def call_of(name: str, beyond: bool, shape: tuple[int, ...]) -> Call:
    x, i = operands(beyond, shape)
    return make(defined(entry(name, beyond)), {"x": x.astype(np.float32), "i": i})


@pytest.fixture
def declare() -> Iterator[Callable[[str], Any]]:
    """Declares the one op of a text for a test."""

    def define(text: str) -> Any:
        (function,) = ts.library.define(text, replace=True)
        return function

    yield define
    ts.library.undefine("puts::f")


@pytest.mark.parametrize(("name", "beyond"), CASES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_kernel_gives_what_the_definition_says(
    name: str, beyond: bool, shape: tuple[int, ...]
) -> None:
    call_of(name, beyond, shape).check()


@pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "g++ is there")
def test_cuda_gives_what_the_definition_says() -> None:
    calls = []
    for name, beyond in CASES:
        call = call_of(name, beyond, (3, 37))
        calls.append(HostCall(name, call.op, call.binding, call.arrays))
    assert list(failures(compare(calls))) == []


def test_values_are_put_in_row_major_order_of_the_indices_whatever_the_strides() -> None:
    op = defined(
        ENTRY.replace('x: "Float[..., N]", i: "int64[..., N]"',
                      'x: "Float[..., K, M]", i: "int64[..., M, K]", like: "Float[N]"')
        .replace("DEFINE", "output[i[m, k]] = x[k, m]")
    )  # fmt: skip
    generator = np.random.default_rng(0)
    for order in ("C", "F"):
        x = np.asarray(generator.standard_normal((30, 50), np.float32), order=order)
        i = np.asarray(generator.integers(0, 9, (50, 30)), order=order)
        wanted = np.zeros(9)
        for m, k in np.ndindex(50, 30):
            wanted[i[m, k]] = x[k, m]
        call = make(op, {"x": x, "i": i, "like": np.zeros(9, np.float32)})
        np.testing.assert_array_equal(call.run()["output"], wanted)
        np.testing.assert_array_equal(call.expected()["output"], wanted)


@pytest.mark.parametrize(("name", "beyond"), CASES)
def test_derivatives_leave_out_what_was_replaced(
    name: str, beyond: bool, declare: Callable[[str], Any]
) -> None:
    f = declare(entry(name, beyond))
    values, places = operands(beyond, (3, 6))
    x, i = ts.tensor(values, requires_grad=True), ts.tensor(places)
    assert gradcheck(lambda x: f(x, i), (x,))
    assert gradgradcheck(lambda x: f(x, i), (x,))
    direction, cotangent = ts.randn(3, 6, dtype=ts.float64), ts.randn(3, 6, dtype=ts.float64)
    _, forward = ts.func.jvp(lambda x: f(x, i), (x.detach(),), (direction,))
    (reverse,) = ts.autograd.grad(f(x, i), x, cotangent)
    assert ts.allclose((forward * cotangent).sum(), (reverse * direction).sum())


@pytest.mark.parametrize(
    "f",
    [
        lambda x, i, y: ts.scatter(x, 0, i, y),
        lambda x, i, y: ts.index_copy(x, 0, i, y),
    ],
    ids=["scatter", "index_copy"],
)
def test_built_in_ops_leave_out_what_was_replaced(f: Callable[..., Any]) -> None:
    x, y = (ts.randn(5, dtype=ts.float64, requires_grad=True) for _ in range(2))
    i = ts.tensor([0, 3, 3, 0, 1])
    assert gradcheck(lambda x, y: f(x, i, y), (x, y))
    assert gradgradcheck(lambda x, y: f(x, i, y), (x, y))
    f(x, i, y).sum().backward()
    assert y.grad is not None and y.grad.tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("DEFINE", "t[i[n]] = x[n]\n    output[n] = t[n]", "t must be given a value before some"),
        ('output: "Float[..., N]"', 'output: "Float[N]"', "output must have batch axes (...) as i"),
        ('output: "Float[..., N]"', 'output: "Float[..., 3]"', "an axis of output must be a size"),
    ],
    ids=["an intermediate of no extent", "one place for a whole batch", "an axis of a number"],
)
def test_a_put_without_a_meaning_is_refused(old: str, new: str, message: str) -> None:
    text = ENTRY.replace(old, new).replace("DEFINE", "output[i[n]] = x[n]")
    with pytest.raises(RegistryError) as caught:
        defined(text)
    assert message in str(caught.value)
