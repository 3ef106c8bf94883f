"""What is not in the language of native code is refused, with its line."""
# ruff: noqa: RET503  (a function without a value on every path is one of those refused)

from __future__ import annotations

from typing import Any

import pytest
from tensorsmith.backends.native.language import Int, Real, Struct, load_atomic, native, stack
from tensorsmith.backends.native.translate import FunctionWriter


class Pair(Struct):
    """A struct with a field."""

    wide: Real


@native
def greatest(a: Int, b: Int) -> Int:
    return a if a > b else b


@native
def unknown_name(a: Int) -> Int:
    return a + b  # type: ignore[name-defined]  # noqa: F821


@native
def unknown_field(pair: Pair) -> Int:
    return pair.missing  # type: ignore[attr-defined, no-any-return]


@native
def without_value(a: Int) -> Int:
    if a > 0:
        return 1


@native
def unreachable(a: Int) -> Int:
    return a
    return 0


@native
def wrong_count(a: Int) -> Int:
    return greatest(a)  # type: ignore[call-arg]


@native
def python_object(a: Int) -> Int:
    return len([a])


@native
def mixed_kinds(a: Int) -> Int:
    return a + 0.5  # type: ignore[return-value]


@native
def chained(a: Int) -> Int:
    return 1 if 0 < a < 5 else 0


@native
def statement(a: Int) -> Int:
    with a:  # type: ignore[attr-defined]
        return a


@native
def varying_stack(a: Int) -> Int:
    return stack(Int, a)[0]


@native
def shared_fraction(pair: Pair) -> Int:
    return load_atomic(pair.wide)  # type: ignore[arg-type]


@native
def dropped_result(a: Int) -> Int:
    greatest(a, 1)
    return a


REFUSED: tuple[tuple[Any, str], ...] = (
    (unknown_name, "'b' must be a local name, a constant or a variable: b"),
    (unknown_field, "'missing' must be a field of the struct .*: pair.missing"),
    (without_value, "the function must return a value on every path"),
    (unreachable, "this statement is never reached: return 0"),
    (wrong_count, "greatest takes 2 arguments, got 1"),
    (python_object, "'len' must be a native function or a declared C function"),
    (mixed_kinds, "the operands must be integers, or floating-point numbers"),
    (chained, "comparisons must be written one by one: 0 < a < 5"),
    (statement, "this statement is not in the language of native functions"),
    (varying_stack, "the count must be a constant"),
    (dropped_result, r"the result of greatest must be used: greatest\(a, 1\)"),
    (shared_fraction, "threads can share integers only, and this is Real"),
)


@pytest.mark.parametrize(("function", "words"), REFUSED, ids=lambda x: getattr(x, "symbol", ""))
def test_what_is_not_in_the_language_is_refused_with_its_line(function: Any, words: str) -> None:
    line = function.function.__code__.co_firstlineno
    with pytest.raises(TypeError, match=words) as caught:
        FunctionWriter(function).text()
    text = str(caught.value)
    assert text.startswith(f"native function test_refusals.{function.function.__name__}, line ")
    assert int(text.split("line ")[1].split(":")[0]) - line in range(6)


def test_an_unknown_kind_names_its_module() -> None:
    @native
    def odd(a: Nothing) -> Int:  # type: ignore[name-defined]  # noqa: F821
        return 0

    with pytest.raises(TypeError, match="'Nothing' must be a scalar kind, a struct or an Array"):
        FunctionWriter(odd).text()  # type: ignore[arg-type]
