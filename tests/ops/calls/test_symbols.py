"""Symbols stand for integers: formulas give what the code would have given, or nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorsmith.ops.calls.symbols import Trace, is_free, maximum, one_step, value_of, whole


def traced(code: Callable[..., Any], *values: int) -> tuple[Callable[..., Any], Trace]:
    """The formulas of a piece of code, found with these values."""
    trace = Trace(values)
    return trace.formulas(code(*trace.inputs)), trace


def arithmetic(a: Any, b: Any) -> tuple[Any, ...]:
    """Every operation that symbols have, with a number on either side."""
    return (
        a + b, a - b, a * b, a // 7, a % 7, a / 4, -a, abs(a - b), a**2, 2 + a, 2 - a, 2 * a,
        100 // (b * b + 1), a << 2, a >> 1, a & 3, a | 1, a ^ b, ~a, math.floor(a / 3),
        math.ceil(a / 3), math.trunc(a / 3), a + 0, 0 + a, a * 1, 1 * a, a * 0, 0 * a,
    )  # fmt: skip


def decide(a: Any, b: Any) -> Any:
    """Branches, loops and orders that depend on numbers."""
    steps = 0
    while a > 4 and steps < 20:
        a = a // 2
        steps += 1
    least, middle, most = sorted([a, b, 9])
    return (steps, most - least if middle else max(least, 1), a == b)


integers = st.integers(min_value=-50, max_value=50)


@settings(max_examples=50)
@given(integers, integers, integers, integers)
def test_formulas_of_arithmetic_hold_for_all_numbers(a: int, b: int, c: int, d: int) -> None:
    evaluate, trace = traced(arithmetic, a, b)
    assert not trace.guards
    found = evaluate(c, d)
    assert found == arithmetic(c, d)
    assert list(map(type, found)) == list(map(type, arithmetic(c, d)))


@settings(max_examples=50)
@given(integers, integers, integers, integers)
def test_formulas_of_decisions_give_what_the_code_gives_or_nothing(
    a: int, b: int, c: int, d: int
) -> None:
    evaluate, _ = traced(decide, a, b)
    assert evaluate(a, b) == decide(a, b)
    assert evaluate(c, d) in (None, decide(c, d))


PINNING: dict[str, Callable[[Any], Any]] = {
    "index": lambda a: [10, 20, 30][a],
    "range": lambda a: sum(range(a)),
    "key": lambda a: {2: "two"}[a],
    "set": lambda a: len({a, 2}),
    "text": lambda a: f"{a}".count("2"),
    "repr": lambda a: repr(a).count("2"),
    "int": lambda a: int(a) + 1,
    "float": lambda a: int(float(a)),
    "library": lambda a: math.gcd(a, 4),
    "round": lambda a: round(a),
}


@pytest.mark.parametrize("use", PINNING)
def test_a_true_number_pins_a_symbol(use: str) -> None:
    evaluate, trace = traced(lambda a: (PINNING[use](a),), 2)
    assert trace.guards == ("v0 == 2",)
    assert evaluate(2) == (PINNING[use](2),)
    assert evaluate(1) is None


def test_code_that_asks_for_an_int_is_given_one() -> None:
    (symbol,) = Trace([3]).inputs
    assert isinstance(symbol, int)
    assert isinstance(symbol / 2, float)
    assert not isinstance(symbol, str)


def test_equal_computations_are_one_and_unneeded_ones_are_left_out() -> None:
    calls: list[int] = []

    @one_step
    def costly(a: int) -> int:
        calls.append(a)
        return a + 1

    evaluate, _ = traced(lambda a, b: (costly(a) + costly(a), b), 1, 2)
    calls.clear()
    assert evaluate(5, 6) == (12, 6)
    assert calls == [5]
    evaluate, _ = traced(lambda a, b: (costly(a) and b,), 1, 2)
    calls.clear()
    assert evaluate(5, 6) == (6,)
    unused, _ = traced(lambda a, b: (costly(a), b)[1:], 1, 2)
    calls.clear()
    assert unused(5, 6) == (6,)
    assert not calls


def test_what_was_found_equal_is_asked_once() -> None:
    _, trace = traced(lambda a, b: (a == b and b == a and a + 1 == b + 1,), 4, 4)
    assert trace.guards == ("v0 == v1",)


def test_a_function_of_one_step_decides_without_guards() -> None:
    evaluate, trace = traced(lambda a, b: (maximum(a, b), maximum(a, 7)), 1, 2)
    assert not trace.guards
    assert evaluate(9, 3) == (9, 9)
    pair = one_step(divmod)
    evaluate, trace = traced(lambda a: pair(a, 5), 17)
    assert evaluate(23) == (4, 3)
    assert pair(23, 5) == (4, 3)


def test_results_keep_their_structure() -> None:
    mark = object()
    evaluate, _ = traced(lambda a: ({"n": a, "m": (a, 1)}, (mark, None, True)), 3)
    assert evaluate(8) == ({"n": 8, "m": (8, 1)}, (mark, None, True))


def test_formulas_raise_what_the_code_raises() -> None:
    evaluate, _ = traced(lambda a: (12 // a,), 3)
    with pytest.raises(ZeroDivisionError):
        evaluate(0)


def test_a_symbol_does_not_outlive_its_trace() -> None:
    trace = Trace([3])
    (symbol,) = trace.inputs
    trace.formulas((symbol,))
    for use in (lambda: symbol + 1, lambda: symbol == 4, lambda: int(symbol)):
        with pytest.raises(RuntimeError, match="must not outlive the trace"):
            use()


def test_values_behind_symbols_can_be_seen_without_a_guard() -> None:
    trace = Trace([3])
    (symbol,) = trace.inputs
    assert value_of(symbol) == value_of(3) == 3
    assert whole(symbol) is symbol
    assert whole(2.0) == 2
    assert is_free(symbol) and not trace.guards
    assert int(symbol) == 3
    assert not is_free(symbol)


def test_formulas_are_not_made_without_end() -> None:
    (symbol,) = Trace([3]).inputs
    with pytest.raises(RuntimeError, match="at most 8192 steps"):
        sum(symbol * n for n in range(2, 1 << 14))
