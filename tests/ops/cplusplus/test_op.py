"""Element functions in C++: what they compute, and what is no element function."""

from __future__ import annotations

import math

import pytest
import tensorsmith as ts
from tensorsmith.ops.cplusplus.op import read_op
from tensorsmith.ops.errors import RegistryError
from tensorsmith.ops.language.text import print_statements

T = "template <typename T> "


def compute(text: str, *values: float, **numbers: float) -> float:
    """The value of an element function at some numbers."""
    defaults = {name: type(value)(0) for name, value in numbers.items()}
    tensors = tuple(ts.tensor([value], dtype=ts.float64) for value in values)
    return float(ts.call(read_op(T + text, defaults), tensors, numbers).item())


def test_a_function_becomes_statements() -> None:
    op = read_op(T + "T f(T x, T y, T alpha) { T z = x * x; return -z + alpha * y; }", {"alpha": 1})
    assert print_statements(op.define) == "z_b1 = x * x\noutput = -z_b1 + alpha * y"
    assert [each.name for each in op.inputs] == ["x", "y"]
    assert [(each.name, each.default) for each in op.attributes] == [("alpha", 1)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("T f(T x) { return 1 + 2 * x - 3; }", 1 + 2 * 2.5 - 3),
        ("T f(T x) { return -x * -2; }", 5.0),
        ("T f(T x) { return 7 / 2 + 7.0 / 2; }", 3 + 3.5),
        ("T f(T x) { return -7 / 2 + -7 % 2; }", -3 - 1),
        ("T f(T x) { return x / 2; }", 1.25),
        ("T f(T x) { return (int)x + static_cast<int>(-x) + T(1); }", 2 - 2 + 1),
        ("T f(T x) { return x > 2 && !(x > 3) ? 10 : 20; }", 10),
        ("T f(T x) { return x > 3 ? 1 : x > 2 ? 2 : 3; }", 2),
        ("T f(T x) { return (x > 2) + (x > 1) + (x > 9); }", 2),
        ("T f(T x) { return 6 & 3 | 8 ^ 1 << 2; }", 6 & 3 | 8 ^ 1 << 2),
        ("T f(T x) { return ~5 + (1 << 3 >> 1); }", ~5 + 4),
        ("T f(T x) { return std::exp(x) + ::sin(x) + sqrtf(x); }",
         math.exp(2.5) + math.sin(2.5) + math.sqrt(2.5)),
        ("T f(T x) { return pow(x, 2) + max(x, 1) + fmod(x, 1) + hypot(x, 1); }",
         6.25 + 2.5 + 0.5 + math.hypot(2.5, 1)),
        ("T f(T x) { return 1e1f + .5 + 2.; }", 12.5),
        ("T f(T x) { return isfinite(INFINITY) + isnan(NAN) + M_PI; }", 1 + math.pi),
        ("T f(T x) { T a = x, b = a + 1; a += b; a -= 1; a *= 2; a /= 4; return a; }", 2.5),
        ("T f(T x) { auto n = 7; n /= 2; return n; }", 3),
        ("T f(T x) { const int n = x; return n; }", 2),
        ("T f(T x) { bool b = x; return b ? 3 : 4; }", 3),
        ("T f(T x) { if (x > 2) { x = 1; } else x = 2; return x; }", 1),
        ("T f(T x) { if (x > 3) return 1; if (x > 2) { T y = 5; return y; } return 3; }", 5),
        ("T f(T x) { T y = 1; { T y = 2; x += y; } return x + y; }", 5.5),
        ("T f(T x) { if (x > 2) if (x > 3) return 1; else x = 7; return x; }", 7),
        ("T f(T x) { /* a\n comment */ return x; // another\n }", 2.5),
        ("float f(float x) { return x; }", 2.5),
    ],
)  # fmt: skip
def test_an_element_function_computes_what_c_computes(text: str, value: float) -> None:
    assert compute(text, 2.5) == pytest.approx(value, rel=1e-12)


def test_the_last_function_may_call_the_others() -> None:
    text = "T square(T x) { T y = x * x; return y; }" + T + "T f(T x) { return square(x + 1) + 1; }"
    assert compute(text, 2.0) == 10


def test_references_are_results() -> None:
    op = read_op(T + "void f(T x, T y, T& sum, T& product) { sum = x + y; if (x > y) return; "
                 "product = x * y; sum = 0; }")  # fmt: skip
    x, y = ts.tensor([1.0, 5.0]), ts.tensor([2.0, 3.0])
    total, product = ts.call(op, (x, y))
    assert total.tolist() == [0, 8] and product[0].item() == 2


def test_whole_numbers_stay_whole() -> None:
    op = read_op(T + "T f(T x) { return x > 1 ? x * 2 : 0; }")
    assert ts.call(op, (ts.tensor([1, 2]),)).tolist() == [0, 4]
    halves = read_op(T + "T f(T x) { return x / 2; }")
    with pytest.raises(RuntimeError, match="dtype"):
        ts.call(halves, (ts.tensor([1, 2]),))


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("T f(T x) { return y; }", "y must be declared before", "y"),
        ("T f(T alpha) { return alpa; }", "did you mean alpha", "alpa"),
        ("T f(T x) { return sinn(x); }", "no function sinn in element functions; did", "sinn"),
        ("T f(T x) { return max(x); }", "2 arguments must stand here, got 1", "("),
        ("T f(T x) { return f(x); }", "there is no function f", "f"),
        ("T f(T x) { for (;;) {} }", "for cannot stand in an element function", "for"),
        ("T f(T x) { if (x > 0) return x; }", "f must return a value on every way", "}"),
        ("T f(T x) { return; }", "f must return a value", "return"),
        ("T f(T x) { y = 1; return x; }", "y must be declared before it is assigned", "y"),
        ("T f(T x) { x[0] = 1; return x; }", "'=' or '+=' or", "["),
        ("T f(T x) { return x % 2; }", "% takes integers only; use fmod", "%"),
        ("T f(T x) { return 1.5 & 1; }", "& takes integers only", "&"),
        ("T f(T x) { return x @ 2; }", "'@' is no word of an element function", "@"),
        ("T f(T x) { return x }", "';' must end a statement", "}"),
        ("T f(T x) { return (x; }", "')' must stand here", ";"),
        ("T f(T x) { return ; }", "f must return a value", "return"),
        ("T f(T x) { return x + ; }", "an expression must stand here", ";"),
        ("T f(T x) { return 1f; }", "must have a point", "1f"),
        ("U f(U x) { return x; }", "a type must be one of T, float", "U"),
        ("T f(T x) { if (x return x; }", "')' must close the condition", ""),
        ("T f(T x) { return x;", "'}' must close the function", ""),
        ("T 3(T x) { return x; }", "the name of a function must stand here, got '3'", "3"),
        ("void f(T x, T& y) { return 1; }", "f is void and must return nothing", "return"),
        ("T g(T& x) { return x; }" + T + "T f(T x) { return g(x); }", "g must return its", "g"),
    ],
)  # fmt: skip
def test_what_is_no_element_function_is_marked(text: str, message: str, marked: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_op(T + text)
    lines = str(caught.value).split("\n")
    assert message in lines[0]
    start = lines[2].index("^") if marked else 0
    assert lines[1][start : start + len(marked)] == marked


@pytest.mark.parametrize(
    ("text", "numbers", "message"),
    [
        ("", {}, "a text must have a function"),
        (T + "T f() { return 1; }", {}, "f must have an argument that is a tensor"),
        (T + "T f(T a) { return a; }", {"a": 1}, "f must have an argument that is a tensor"),
        (T + "T f(T x) { return x; }", {"b": 1}, "f must have an argument b, as a value is given"),
        (T + "void f(T x) { }", {}, "f must return a value, or have results that are references"),
        (T + "T f(T x, T x) { return x; }", {}, "must have different names"),
        (T + f"T f(T x) {{ return {'(' * 3000}x{')' * 3000}; }}", {}, "must not be nested that"),
        (T + f"T f(T x) {{ {'if (x > 0) { if (x > 1) return 1; } ' * 40} return 1; }}", {},
         "must run at most"),
    ],
)  # fmt: skip
def test_a_text_that_is_wrong_as_a_whole_says_why(
    text: str, numbers: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        read_op(text, numbers)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010 + 0x1F + 0b11 + 0 + 10L", 8 + 31 + 3 + 10),
        ("round(x) + round(-x) * 10 + round(x - 0.1) * 100", 3 - 30 + 200),
        ("round(T(0.49999999999999994))", 0),
        ("fmax(x, NAN) + fmin(NAN, x) + fmaxf(x, 7) + fmin(x, 1)", 2.5 + 2.5 + 7 + 1),
        ("fdim(x, 1) + fdim(1, x)", 1.5),
        ("cbrt(-8 * x)", -((8 * 2.5) ** (1 / 3))),
        ("ldexp(x, 3) + ldexp(x, -1)", 20 + 1.25),
        ("signbit(-x) ? 3 : 4", 3),
    ],
)
def test_numbers_and_functions_are_those_of_c(text: str, value: float) -> None:
    assert compute(f"T f(T x) {{ return {text}; }}", 2.5) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("T f(T x) { unsigned u = 0; return u; }", "unsigned wraps around"),
        ("T f(T x) { return (short)x; }", "short wraps around"),
        ("T f(T x, size_t n) { return x; }", "size_t wraps around"),
        ("T f(T x) { return x + 08; }", "a number with a leading 0 has digits from 0 to 7"),
        ("T f(T x) { return x + 9223372036854775808; }", "an integer must be less than 2"),
        ("T f(T x) { return x + 1u; }", "integers have a sign: leave out the ending u"),
        ("T f(T x) { return fma(x, x, x); }", "no fma: it rounds once"),
        ("T f(T x) { return tgamma(x); }", "no tgamma: write exp"),
    ],
)
def test_what_would_mean_something_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(RegistryError, match=message):
        read_op(T + text)


def test_an_int_takes_integers_only() -> None:
    text = T + "T f(T x, int k) { return x * k; }"
    assert compute(text.removeprefix(T), 2.5, k=2) == 5
    with pytest.raises(TypeError, match="argument 'k' must be int, not float"):
        ts.call(read_op(text, {"k": 1}), (ts.ones(1),), {"k": 2.7})
    with pytest.raises(RegistryError, match="k is an int, and its value must be an integer"):
        read_op(text, {"k": 2.5})
