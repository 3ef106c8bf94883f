"""Expressions built in Python: `mul(a, b)` is `a * b`; the constants 0 and 1 fold at once.

A constant 0 here is a structural zero: it says "no derivative", so `mul(0, x)` is 0 for any x.
"""

from __future__ import annotations

from collections.abc import Iterable

from .expression import Call, Constant, Expression

Operand = Expression | int | float

ZERO = Constant(0)
ONE = Constant(1)


def operand(value: Operand) -> Expression:
    """An expression from an expression or a Python number."""
    return value if isinstance(value, Expression) else Constant(value)


def is_constant(expression: Expression, value: float) -> bool:
    """The expression is that very number (a truth value is none)."""
    return (
        isinstance(expression, Constant)
        and not isinstance(expression.value, bool)
        and expression.value == value
    )


def call(function: str, *arguments: Operand) -> Expression:
    """A primitive applied, without any folding."""
    return Call(function, tuple(operand(argument) for argument in arguments))


def neg(u: Operand) -> Expression:
    """`-u`."""
    u = operand(u)
    if isinstance(u, Constant) and not isinstance(u.value, bool):
        return u if u.value == 0 else Constant(-u.value)
    if isinstance(u, Call) and u.function == "neg":
        return u.arguments[0]
    return call("neg", u)


def add(u: Operand, v: Operand) -> Expression:
    """`u + v`; a structural zero disappears."""
    u, v = operand(u), operand(v)
    if is_constant(u, 0):
        return v
    if is_constant(v, 0):
        return u
    if isinstance(v, Call) and v.function == "neg":
        return call("sub", u, v.arguments[0])
    return call("add", u, v)


def sub(u: Operand, v: Operand) -> Expression:
    """`u - v`; a structural zero disappears."""
    u, v = operand(u), operand(v)
    if is_constant(v, 0):
        return u
    if is_constant(u, 0):
        return neg(v)
    return call("sub", u, v)


def mul(u: Operand, v: Operand) -> Expression:
    """`u * v`; a structural zero wins, a one disappears, signs move outwards."""
    u, v = operand(u), operand(v)
    if is_constant(u, 0) or is_constant(v, 0):
        return ZERO
    for one, other in ((u, v), (v, u)):
        if is_constant(one, 1):
            return other
        if is_constant(one, -1):
            return neg(other)
        if isinstance(one, Call) and one.function == "neg":
            return neg(mul(one.arguments[0], v if one is u else u))
    return call("mul", u, v)


def div(u: Operand, v: Operand) -> Expression:
    """`u / v`; a structural zero stays zero."""
    u, v = operand(u), operand(v)
    if is_constant(u, 0):
        return ZERO
    if is_constant(v, 1):
        return u
    if isinstance(u, Call) and u.function == "neg":
        return neg(div(u.arguments[0], v))
    return call("div", u, v)


def select(condition: Expression, u: Operand, v: Operand) -> Expression:
    """`u if condition else v`; equal branches need no condition."""
    u, v = operand(u), operand(v)
    if isinstance(condition, Constant):
        return u if condition.value else v
    return u if u == v else call("select", condition, u, v)


def total(terms: Iterable[Expression]) -> Expression:
    """The sum of the terms, 0 if there are none."""
    result: Expression = ZERO
    for term in terms:
        result = add(result, term)
    return result
