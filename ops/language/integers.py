"""Expressions over sizes and attributes, compiled to Python functions: sizes, requirements."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

from ..dataclass import dataclass
from ..errors import RegistryError
from .expression import Attribute, Call, Constant, Expression, Size, walk

Number = int | float | bool
Evaluate = Callable[[Mapping[str, int], Mapping[str, object]], Number]

_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "and": "and", "or": "or",
    "bitand": "&", "bitor": "|", "bitxor": "^", "shl": "<<", "shr": ">>",
}  # fmt: skip
_PREFIX = {"neg": "-", "not": "not ", "bitnot": "~"}
_FUNCTIONS: dict[str, Callable[..., Number]] = {
    "abs": abs,
    "maximum": max,
    "minimum": min,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "round": round,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "sign": lambda value: (value > 0) - (value < 0),
    "trunc_div": lambda a, b: (
        math.trunc(a / b)
        if isinstance(a, float)
        else int(a // b + (a % b != 0 and (a < 0) != (b < 0)))
    ),
    "remainder_trunc": math.fmod,
}


@dataclass(frozen=True)
class Formula:
    """An expression that can be evaluated before a kernel runs.

    Attributes:
        sizes: Names of the sizes in it.
        attributes: Names of the attributes in it.
        evaluate: Sizes and attributes -> value.
    """

    sizes: tuple[str, ...]
    attributes: tuple[str, ...]
    evaluate: Evaluate


@lru_cache(maxsize=4096)
def formula(expression: Expression) -> Formula:
    """An expression over sizes and attributes as a Python function.

    Raises:
        RegistryError: It has something else in it.
    """
    sizes = dict.fromkeys(node.name for node in walk(expression) if isinstance(node, Size))
    names = dict.fromkeys(node.name for node in walk(expression) if isinstance(node, Attribute))
    source = f"lambda size, attribute: {_source(expression)}"
    evaluate: Evaluate = eval(source, {"__builtins__": {}, "constant": float, **_FUNCTIONS})
    return Formula(tuple(sizes), tuple(names), evaluate)


def _source(node: Expression) -> str:
    """Python text of a node; names come from the entry's own grammar, nothing else gets in."""
    match node:
        case Constant(value):
            return repr(value) if not isinstance(value, float) else f"constant({str(value)!r})"
        case Size(name):
            return f"size[{name!r}]"
        case Attribute(name):
            return f"attribute[{name!r}]"
        case Call("select", (test, then, otherwise)):
            return f"({_source(then)} if {_source(test)} else {_source(otherwise)})"
        case Call(function, (left, right)) if function in _INFIX:
            return f"({_source(left)} {_INFIX[function]} {_source(right)})"
        case Call(function, (operand,)) if function in _PREFIX:
            return f"({_PREFIX[function]}{_source(operand)})"
        case Call(function, arguments) if function in _FUNCTIONS:
            return f"{function}({', '.join(_source(each) for each in arguments)})"
    raise RegistryError(f"{node} cannot be evaluated before a kernel runs")
