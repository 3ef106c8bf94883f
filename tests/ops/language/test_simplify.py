"""Every rule gives the same values as what it replaces, and fires where it should."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from tensorsmith.ops.interpreter.evaluate import Precision, Value, apply
from tensorsmith.ops.language.expression import Call, Constant, Read, reads
from tensorsmith.ops.language.parse import parse_expression
from tensorsmith.ops.language.simplify import RULES, STRUCTURAL, simplify
from tensorsmith.ops.language.text import print_expression

EXACT = Precision(exact=True)
NUMBERS = [0.0, -0.0, 1.0, -1.0, 2.5, -3.0, math.inf, -math.inf, math.nan]
TRUTHS = [True, False]


def evaluate(expression, values):
    match expression:
        case Constant(value):
            return Value(np.asarray(value), weak=True)
        case Read(name):
            return Value(values[name])
        case Call("select", (c, a, b)):
            first, second = evaluate(a, values).array, evaluate(b, values).array
            return Value(np.where(evaluate(c, values).array != 0, first, second))
        case Call(function, arguments):
            return apply(function, [evaluate(a, values) for a in arguments], EXACT)
    raise AssertionError(expression)


def grid(names):
    """Every combination of special values for the names; conditions (c) are truth values."""
    spaces = [TRUTHS if name == "c" else NUMBERS for name in names]
    rows = list(itertools.product(*spaces))
    return {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}


@pytest.mark.parametrize("rule", RULES, ids=[left for left, _ in RULES])
def test_rules_keep_ieee_values(rule):
    left, right = (parse_expression(text) for text in rule)
    values = grid(sorted({read.tensor for read in reads(left)}))
    before, after = (np.asarray(evaluate(side, values).array, float) for side in (left, right))
    # equal as numbers: NaN where NaN is, the sign of a zero left open
    np.testing.assert_array_equal(*np.broadcast_arrays(before, after))


@pytest.mark.parametrize("rule", STRUCTURAL, ids=[left for left, _ in STRUCTURAL])
def test_structural_rules_keep_finite_values(rule):
    left, right = (parse_expression(text) for text in rule)
    values = grid(sorted({read.tensor for read in reads(left)}))
    finite = np.logical_and.reduce(
        [np.isfinite(v) & (v != 0) for k, v in values.items() if k != "c"]
    )
    values = {k: v[finite] for k, v in values.items()}
    before, after = (np.asarray(evaluate(side, values).array, float) for side in (left, right))
    np.testing.assert_array_equal(*np.broadcast_arrays(before, after))


@pytest.mark.parametrize("rule", RULES + STRUCTURAL, ids=lambda rule: rule[0])
def test_rules_fire(rule):
    left, right = (parse_expression(text) for text in rule)
    shorter = simplify(left, structural=True)
    assert shorter != left
    assert shorter == simplify(right, structural=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2 * 3 + x", "6 + x"),
        ("x if 1 < 2 else y", "x"),
        ("x ** (3 - 1)", "x * x"),
        ("c and true", "c"),
        ("false or c", "c"),
        ("c and false", "false"),
        ("cast(cast(x, float32), float32)", "cast(x, float32)"),
        ("cast(cast(x, float32), float64)", "cast(cast(x, float32), float64)"),
        ("-(-x * y)", "x * y"),
        ("1 / 0", "1 / 0"),
        ("0 * x", "0 * x"),
        ("x / 1", "x / 1"),
        ("x - x", "x - x"),
        ("sum[n](x[n] * 1) + 0", "sum[n](x[n])"),
    ],
)
def test_expressions_become(text, wanted):
    shorter = simplify(parse_expression(text))
    assert shorter == parse_expression(wanted)
    assert parse_expression(print_expression(shorter)) == shorter


def test_a_written_zero_is_structural_only_in_derivatives():
    assert simplify(parse_expression("0 * x"), structural=True) == Constant(0)
    assert simplify(parse_expression("(x if c else 0) * y"), True) == parse_expression(
        "x * y if c else 0"
    )
