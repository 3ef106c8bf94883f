"""Canonical text of expressions and statements: reading it gives the same value back."""

from __future__ import annotations

import math

from .expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Order,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
    Word,
)
from .op import Block
from .signature import print_axis, print_condition, print_type
from .vocabulary import CONSTANTS, SYMBOLS

__all__ = ["print_axis", "print_expression", "print_statement", "print_statements", "print_type"]

_SELECT, _CALL = 1, 14


def print_expression(expression: Expression) -> str:
    """Text of an expression, with as few parentheses as its meaning needs."""
    return _print(expression)[0]


def _print(node: Expression) -> tuple[str, int]:
    """Text of a node and how tightly it binds."""
    match node:
        case Constant(value):
            return _print_constant(value)
        case Size(name) | Attribute(name) | Index(name):
            return name, _CALL
        case Word(text):
            return f"'{text}'", _CALL
        case Product(parts):
            return f"({_join(parts)})", _CALL
        case Read(tensor, indices):
            return (f"{tensor}[{_join(indices)}]" if indices else tensor), _CALL
        case Reduce(kind, names, body):
            return f"{kind}[{', '.join(names)}]({print_expression(body)})", _CALL
        case Scan(kind, index, until, body, reverse):
            sign = ">=" if reverse else "<="
            return f"running_{kind}[{index} {sign} {until.name}]({print_expression(body)})", _CALL
        case Order(index, body, place, falling):
            way = "" if falling == Constant(False) else f", {print_expression(falling)}"
            inner = f"{print_expression(body)}{way}"
            return f"argsort[{index}]({inner})[{print_expression(place)}]", _CALL
        case Cast(body, dtype):
            return f"cast({print_expression(body)}, {dtype})", _CALL
        case Call(function, arguments):
            return _print_call(function, arguments)
    raise TypeError(f"{type(node).__name__} is not a node of the expression language")


def _join(parts: tuple[Expression, ...]) -> str:
    return ", ".join(print_expression(part) for part in parts)


def _print_constant(value: int | float | bool) -> tuple[str, int]:
    if isinstance(value, bool):
        return ("true" if value else "false"), _CALL
    if isinstance(value, float) and not math.isfinite(value):
        name = "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        return name, SYMBOLS["neg"][1] if name[0] == "-" else _CALL
    text = "pi" if value == CONSTANTS["pi"] else repr(value)
    return text, SYMBOLS["neg"][1] if text[0] == "-" else _CALL


def _within(node: Expression, strength: int) -> str:
    """Text of a node, in parentheses if it binds less tightly than `strength`."""
    text, own = _print(node)
    return text if own >= strength else f"({text})"


def _print_call(function: str, arguments: tuple[Expression, ...]) -> tuple[str, int]:
    if function == "select":
        test, then, otherwise = arguments
        text = f"{_within(then, 2)} if {_within(test, 2)} else {_within(otherwise, 1)}"
        return text, _SELECT
    if function in ("maximum", "minimum"):
        return f"{function[:3]}({_join(_chain(function, arguments))})", _CALL
    if function not in SYMBOLS:
        return f"{function}({_join(arguments)})", _CALL
    sign, strength = SYMBOLS[function]
    if len(arguments) == 1:
        return f"{sign}{_within(arguments[0], strength)}", strength
    left, right = arguments
    if function == "pow":
        return f"{_within(left, strength + 1)} ** {_within(right, strength - 1)}", strength
    lower = strength + 1 if strength == SYMBOLS["eq"][1] else strength
    return f"{_within(left, lower)} {sign} {_within(right, strength + 1)}", strength


def _chain(function: str, arguments: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """The arguments of `max(max(a, b), c)` as one list."""
    first = arguments[0]
    if isinstance(first, Call) and first.function == function:
        return (*_chain(function, first.arguments), *arguments[1:])
    return arguments


def print_statement(statement: Statement) -> str:
    """Text of a statement."""
    sign = "+=" if statement.accumulate else "="
    return f"{print_expression(statement.target)} {sign} {print_expression(statement.value)}"


def print_statements(statements: tuple[Statement | Block, ...], indent: str = "") -> str:
    """Text of statements, one a line; blocks are indented by four spaces."""
    lines = []
    for each in statements:
        if isinstance(each, Block):
            inner = indent
            for condition in each.conditions:
                lines.append(f"{inner}if {print_condition(condition)}:")
                inner += "    "
            lines.append(print_statements(each.statements, inner))
        else:
            lines.append(indent + print_statement(each))
    return "\n".join(lines)
