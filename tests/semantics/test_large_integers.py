"""Integers never wrap around unseen: numbers of an entry are exact, arguments are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.ops.errors import RegistryError

ENTRY = """\
large::f:
  doc: A large number.
  inputs: {x: "WORD[..., N]"}
  attrs: {k: int = 3}
  outputs: {output: "WORD[..., N]"}
  define: |
    output[n] = DEFINE
"""
OVERFLOW = "int too big to convert: value cannot be converted to type int64_t without overflow"


@pytest.fixture
def declare() -> Iterator[Callable[..., Any]]:
    def define(text: str, word: str = "Float") -> Any:
        whole = ENTRY.replace("DEFINE", text).replace("WORD", word)
        return ts.library.define(whole, replace=True)[0]

    yield define
    if "large::f" in ts.library.declared():
        ts.library.undefine("large::f")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x[n] * 10**20", 1e20),
        ("x[n] * 100000000000000000000", 1e20),
        ("x[n] * (2**63)", 2.0**63),
        ("x[n] * (-9223372036854775808)", -(2.0**63)),
        ("x[n] + 3000000000*3000000000*3", 2.7e19),
        ("x[n] * ((3000000000*3000000000)*3 - 1)", 2.7e19),
        ("x[n] * (N * 10**19)", 1e19),
        ("x[n] * 2**62", 2.0**62),
    ],
)
def test_numbers_of_an_entry_are_exact(declare, text: str, value: float) -> None:
    x = ts.ones(1, dtype=ts.float64)
    assert declare(text)(x).item() == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("word", "text", "message"),
    [
        ("int64", "x[n] * 10**20", "output is of kind int, and cannot be given a value of kind"),
        ("Float", "x[n] * 10**400", "a number must be less than 1.8e308"),
        ("Float", "x[n] * 7**10**9", "a number must be less than 1.8e308"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(declare, word: str, text: str, message: str) -> None:
    with pytest.raises(RegistryError, match=message):
        declare(text, word)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**400])
def test_an_integer_argument_beyond_64_bits_is_refused(declare, value: int) -> None:
    f, x = declare("x[n] * k"), ts.ones(2)
    for _ in range(4):  # native code serves calls that it has seen
        assert f(x, 2**63 - 1).tolist() == [2.0**63] * 2
    with pytest.raises(OverflowError, match=f"argument 'k': {OVERFLOW}"):
        f(x, value)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**400])
def test_built_in_ops_refuse_integers_beyond_64_bits(value: int) -> None:
    a = ts.tensor([1, 2])
    for number in (3, 3, 3, value):
        calls = (
            lambda: ts.add(a, a, alpha=number),  # noqa: B023
            lambda: ts.ones(2).add(a, alpha=number),  # noqa: B023
            lambda: a * number,  # noqa: B023
            lambda: a.clone().add_(number),  # noqa: B023
        )
        for call in calls:
            if number == 3:
                call()
            else:
                with pytest.raises(OverflowError, match=OVERFLOW):
                    call()


def test_division_by_an_attribute_of_zero_is_reported(declare) -> None:
    x = ts.ones(2)
    for text, wanted in (("x[n] + 5 // k", [3.0, 3.0]), ("x[n] + n % k", [1.0, 2.0])):
        f = declare(text)
        assert f(x, 2).tolist() == wanted
        with pytest.raises(RuntimeError, match="must not be divided by 0"):
            f(x, 0)
    f = declare("x[n] + (5 // k if k != 0 else 7)")
    assert f(x, 0).tolist() == [8.0, 8.0]
