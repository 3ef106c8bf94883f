"""The words of the expression language: operators, primitives and reducers."""

from __future__ import annotations

import ast

_UNARY = (
    "neg", "abs", "sign", "exp", "expm1", "log", "log1p", "log2", "sqrt", "rsqrt", "sin", "cos",
    "cospi", "asin", "atan", "tanh", "erf", "erfc", "erfinv", "lgamma",
    "digamma", "floor", "ceil", "trunc", "round", "not", "bitnot",
)  # fmt: skip
_BINARY = (
    "add", "sub", "mul", "div", "floordiv", "mod", "trunc_div", "remainder_trunc", "pow", "atan2",
    "polygamma", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "bitand",
    "bitor", "bitxor", "shl", "shr", "copysign", "nextafter", "uniform", "uniform2",
    "random_bits",
)  # fmt: skip
PRIMITIVES: dict[str, int] = {
    **dict.fromkeys(_UNARY, 1),
    **dict.fromkeys(_BINARY, 2),
    "select": 3,
    "linear": 0,
}
"""Scalar primitive -> number of arguments."""

REDUCERS = ("sum", "prod", "max", "min", "any", "all", "argmax", "argmin", "partition_point")
SCANS = ("sum", "prod", "max", "min", "logaddexp", "argmax", "argmin")
CONSTANTS = {
    "inf": float("inf"),
    "nan": float("nan"),
    "pi": 3.141592653589793,
    "true": True,
    "false": False,
}

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.BitOr: "bitor",
    ast.BitAnd: "bitand",
    ast.BitXor: "bitxor",
    ast.LShift: "shl",
    ast.RShift: "shr",
}
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}

SYMBOLS: dict[str, tuple[str, int]] = {
    "or": ("or", 2), "and": ("and", 3), "not": ("not ", 4),
    "eq": ("==", 5), "ne": ("!=", 5), "lt": ("<", 5), "le": ("<=", 5), "gt": (">", 5),
    "ge": (">=", 5),
    "bitor": ("|", 6), "bitxor": ("^", 7), "bitand": ("&", 8), "shl": ("<<", 9), "shr": (">>", 9),
    "add": ("+", 10), "sub": ("-", 10), "mul": ("*", 11), "div": ("/", 11), "floordiv": ("//", 11),
    "mod": ("%", 11), "neg": ("-", 12), "bitnot": ("~", 12), "pow": ("**", 13),
}  # fmt: skip
"""Function written as an operator -> its sign and how tightly it binds (select is 1, calls 14)."""

WORDS = (
    "Any", "Bool", "Integer", "Integral", "Float", "Real", "Ordered", "Number", "Arithmetic",
    "Complex", "Inexact",
)  # fmt: skip
"""Dtype classes; a trailing digit tells two of one class apart."""
