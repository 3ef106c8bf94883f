"""Indices that attributes shift or stretch: what leaves its axis is refused when it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tensorsmith as ts

Declare = Callable[..., Any]


@pytest.fixture
def declare() -> Iterator[Declare]:
    """Declares an op of a vector x and a number k by what it gives at n."""

    def make(value: str, outside: bool = False) -> Any:
        beyond = "\n  outside: {x: 9}" if outside else ""
        (function,) = ts.library.define(f"""
reach::f:
  doc: An element at a place that k decides.
  inputs: {{x: "Float[N]"}}
  attrs: {{k: int}}
  outputs: {{output: "Float[N]"}}{beyond}
  define: output[n] = {value}
  samples: [{{x: [3], k: 0}}]
""")
        return function

    yield make
    ts.library.undefine("reach::f")


@pytest.mark.parametrize(
    ("value", "k", "message"),
    [
        ("x[n + k]", 2, r"the index n \+ k of x goes from 2 to 4, but its axis has 3 places"),
        ("x[n - k]", 1, r"goes from -1 to 1, but its axis has 3 places"),
        ("x[n * k]", 2, r"the index n \* k of x goes from 0 to 4"),
        ("x[n * k] if k > 1 else 0.0", 2, r"the index n \* k of x goes from 0 to 4"),
    ],
)
def test_an_index_that_leaves_its_axis_is_an_error(
    declare: Declare, value: str, k: int, message: str
) -> None:
    f = declare(value)
    x = ts.arange(3.0, requires_grad=True)
    for _ in range(3):  # also once native code knows the op
        f(x, 0)
        with pytest.raises(IndexError, match=f"reach::f: .*{message}"):
            f(x, k)
    assert f(x[:0], k).tolist() == []


def test_an_index_under_a_condition_on_indices_is_the_conditions_affair(declare: Declare) -> None:
    f = declare("x[n + k] if n + k < N else 0.0")
    assert f(ts.arange(4.0), 1).tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize("k", [2**31, 2**61 + 1, 2**62, 2**63 - 1, -(2**63)])
@pytest.mark.parametrize("count", [3, 40])
def test_steps_that_64_bits_cannot_count_are_refused(declare: Declare, k: int, count: int) -> None:
    f = declare("x[n * k]", outside=True)
    x = ts.arange(float(count))
    for _ in range(3):
        assert f(x, 2**31 - 1).tolist() == [0.0, *[9.0] * (count - 1)]
        with pytest.raises(OverflowError, match=r"steps below 2147483648, but .* make them"):
            f(x, k)
