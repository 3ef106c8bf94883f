"""Primitives compute what their names say; their partials are the slopes of that."""

from __future__ import annotations

import importlib.util
import math

import mpmath
import numpy as np
import pytest
from tensorsmith.ops.derivatives.partials import substituted
from tensorsmith.ops.dtype import float64
from tensorsmith.ops.interpreter import philox, special
from tensorsmith.ops.interpreter.evaluate import FUNCTIONS, Precision, Value, apply
from tensorsmith.ops.language.expression import Call, Constant, Read
from tensorsmith.ops.language.primitives import DRAWS, PARAMETERS, PRIMITIVES
from tensorsmith.ops.language.vocabulary import PRIMITIVES as ARITIES

from tests.ops.tape import slope

EXACT = Precision(exact=True)


def value_of(expression, values):
    """Value of an expression over u, v, w in float64."""
    match expression:
        case Constant(value):
            return Value(np.asarray(value), weak=True)
        case Read(name):
            return Value(np.asarray(values[name], np.float64))
        case Call("select", (c, a, b)):
            first, second = value_of(a, values), value_of(b, values)
            return Value(np.where(value_of(c, values).array, first.array, second.array))
        case Call(function, arguments):
            return apply(function, [value_of(a, values) for a in arguments], EXACT)
    raise AssertionError(expression)


def test_the_table_has_every_primitive_of_the_language_with_its_arity():
    assert {name: p.arity for name, p in PRIMITIVES.items()} == ARITIES
    for name, primitive in PRIMITIVES.items():
        assert len(primitive.partials) == primitive.arity, name
    structural = DRAWS | {"select", "linear"}
    assert FUNCTIONS.keys() == PRIMITIVES.keys() - structural


# arguments inside of the domain, away from kinks
POINTS = {
    "asin": [(-0.7,), (0.3,)],
    "erfinv": [(-0.7,), (0.3,), (0.98,)],
    "log": [(0.3,), (2.5,)],
    "log1p": [(-0.3,), (2.5,)],
    "log2": [(0.3,), (2.5,)],
    "sqrt": [(0.3,), (2.5,)],
    "rsqrt": [(0.3,), (2.5,)],
    "lgamma": [(0.3,), (4.2,), (-1.6,)],
    "digamma": [(0.3,), (4.2,), (-1.6,)],
    "polygamma": [(1, 0.7), (2, 3.3), (3, -1.4)],
    "pow": [(0.7, 1.3), (2.2, -0.6), (1.5, 0.0)],
    "mod": [(2.3, 0.7), (-2.3, 0.7), (2.3, -0.7)],
    "remainder_trunc": [(2.3, 0.7), (-2.3, 0.7), (2.3, -0.7)],
}
DERIVED = [
    name for name, p in PRIMITIVES.items() if any(p.partials) and name not in ("select", "linear")
]


@pytest.mark.parametrize("name", DERIVED)
def test_partials_are_the_slopes_of_the_primitive(name):
    primitive = PRIMITIVES[name]
    standard = {1: [(-1.3,), (0.4,), (1.7,)], 2: [(-1.3, 0.6), (0.4, 1.9), (1.7, -0.8)]}
    node = Call(name, tuple(Read(parameter) for parameter in PARAMETERS[: primitive.arity]))
    for point in POINTS.get(name, standard[primitive.arity]):
        for number, partial in enumerate(primitive.partials):
            if partial is None:
                continue
            values = dict(zip(PARAMETERS, point))
            got = value_of(substituted(partial, node, None), values).array

            def moved(t, number=number, values=values, point=point):
                shifted = {**values, PARAMETERS[number]: point[number] + t}
                return value_of(node, shifted).array

            assert got == pytest.approx(float(slope(moved, 1e-4)), rel=1e-7, abs=1e-7), point


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "sign", "eq"])
def test_steps_carry_no_derivative(name):
    assert set(PRIMITIVES[name].partials) == {None}


@pytest.mark.parametrize(
    ("name", "point", "wanted"),
    [
        ("pow", (0.0, 0.0), (0.0, 0.0)),
        ("pow", (0.0, 1.0), (1.0, 0.0)),
        ("pow", (0.0, 2.0), (0.0, 0.0)),
        ("pow", (-2.0, 2.0), (-4.0, math.nan)),
        ("abs", (0.0,), (0.0,)),
        ("maximum", (1.0, 1.0), (0.5, 0.5)),
        ("minimum", (1.0, 1.0), (0.5, 0.5)),
        ("maximum", (2.0, 1.0), (1.0, 0.0)),
        ("minimum", (2.0, 1.0), (0.0, 1.0)),
        ("copysign", (0.0, -1.0), (0.0, None)),
    ],
)
def test_derivatives_at_kinks_and_edges_are_those_of_pytorch(name, point, wanted):
    node = Call(name, tuple(Read(parameter) for parameter in PARAMETERS[: len(point)]))
    for partial, value in zip(PRIMITIVES[name].partials, wanted):
        if value is None:
            assert partial is None
            continue
        got = value_of(substituted(partial, node, None), dict(zip(PARAMETERS, point))).array
        np.testing.assert_array_equal(got, value)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is the oracle")
@pytest.mark.parametrize(
    ("name", "function"),
    [("mod", "remainder"), ("remainder_trunc", "fmod"), ("pow", "pow"), ("atan2", "atan2")],
)
def test_values_and_derivatives_agree_with_pytorch(name, function):
    import torch

    u = np.array([2.5, -2.5, 2.5, -2.5, 0.5, 3.0])
    v = np.array([0.7, 0.7, -0.7, -0.7, 2.0, 1.5])
    a, b = torch.tensor(u, requires_grad=True), torch.tensor(v, requires_grad=True)
    y = getattr(torch, function)(a, b)
    y.sum().backward()
    node = Call(name, (Read("u"), Read("v")))
    values = {"u": u, "v": v}
    np.testing.assert_allclose(value_of(node, values).array, y.detach().numpy(), rtol=1e-14)
    for partial, leaf in zip(PRIMITIVES[name].partials, (a, b)):
        got = value_of(substituted(partial, node, None), values).array
        np.testing.assert_allclose(got, leaf.grad.numpy(), rtol=1e-12, atol=1e-14)


def accurate(function, oracle, points, tolerance):
    with mpmath.workdps(30):
        wanted = np.array([float(oracle(mpmath.mpf(float(x)))) for x in points])
    np.testing.assert_allclose(function(np.asarray(points)), wanted, rtol=tolerance, atol=0)


def test_special_functions_are_accurate_to_a_few_units_in_the_last_place():
    spread = np.concatenate([np.linspace(-0.99, 0.99, 34), 1 - 10.0 ** -np.arange(3, 16, 3)])
    accurate(special.erfinv, mpmath.erfinv, spread, 5e-15)
    accurate(special.erf, mpmath.erf, np.linspace(-3, 3, 20), 5e-15)
    accurate(special.erfc, mpmath.erfc, np.linspace(-3, 12, 20), 5e-15)
    accurate(special.digamma, mpmath.digamma, np.linspace(0.07, 30, 41), 2e-14)
    accurate(special.digamma, mpmath.digamma, np.linspace(-7.3, -0.2, 17), 2e-13)
    accurate(special.lgamma, lambda x: mpmath.log(abs(mpmath.gamma(x))), [0.3, 5.5, 40.2], 1e-14)
    for order in (1, 2, 5):
        points = [-3.3, -0.4, 0.1, 1.0, 7.5, 60.0]
        accurate(
            lambda x, n=order: special.polygamma(n, x),
            lambda x, n=order: mpmath.polygamma(n, x),
            points,
            1e-14,
        )


def test_special_functions_have_their_limits():
    inf, nan = math.inf, math.nan
    np.testing.assert_equal(special.erfinv([1.0, -1.0, 1.5, nan]), [inf, -inf, nan, nan])
    np.testing.assert_equal(special.digamma([0.0, -0.0, -1.0, inf]), [-inf, inf, nan, inf])
    np.testing.assert_equal(special.polygamma(1, [0.0, inf, nan]), [inf, 0.0, nan])
    np.testing.assert_equal(special.lgamma([0.0, -2.0, inf, nan]), [inf, inf, inf, nan])


def test_philox_gives_the_published_words():
    """Random123's known answers for Philox 4x32-10."""
    zero = [int(word) for word in philox.words(0, np.array(0))]
    assert zero == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    ones = [int(word) for word in philox.words((2**64 - 1, 2**64 - 1), np.array(-1))]
    assert ones == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def test_uniform_numbers_fill_the_unit_interval_evenly():
    for draw, bits in ((philox.uniform32, 24), (philox.uniform64, 53)):
        numbers = draw(7, np.arange(40_000)).astype(np.float64)
        assert numbers.min() >= 0 and numbers.max() < 1
        counts = np.histogram(numbers, 20, (0, 1))[0]
        assert abs(counts - 2000).max() < 6 * math.sqrt(2000)
        scaled = numbers * 2.0**bits
        np.testing.assert_array_equal(scaled, np.round(scaled))
    assert philox.random_bits(7, np.arange(1000)).min() >= 0


def test_integers_keep_their_dtype_and_wrap_around():
    x = Value(np.array([100, -128], np.int8))
    np.testing.assert_array_equal(apply("add", [x, x], EXACT).array, np.array([-56, 0], np.int8))
    assert apply("add", [x, Value(np.asarray(1), weak=True)], EXACT).array.dtype == np.int8
    assert apply("floor", [x], EXACT).array.dtype == np.int8
    third = apply("div", [x, Value(np.asarray(3), weak=True)], Precision(exact=False)).array
    assert third.dtype == np.float32


def test_halves_are_computed_in_float32_and_floats_in_their_own_dtype():
    from tensorsmith.ops.dtype import bfloat16, float16, float32

    plain = Precision(exact=False)
    assert [plain.of(d) for d in (float16, bfloat16, float32, float64)] == [
        np.dtype(np.float32),
        np.dtype(np.float32),
        np.dtype(np.float32),
        np.dtype(np.float64),
    ]
