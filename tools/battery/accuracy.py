"""Errors of pointwise ops in units of the last place, against mpmath with 50 digits.

What is computed exactly is `define`; the kernel runs `compute`. Operands are numbers of the dtype,
so that only the op's own error is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np

from ...ops.dtype import dtype
from ...ops.expression import Attribute, Call, Constant, Expression, Read, Statement
from ...ops.op import Op
from .checks import run
from .definition import specialized
from .sampling import Arguments

DIGITS = 50
POINTS = 512

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "neg": lambda a: -a, "add": lambda a, b: a + b, "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b, "div": lambda a, b: a / b, "abs": abs, "pow": mpmath.power,
    "exp": mpmath.exp, "expm1": mpmath.expm1, "log": mpmath.log, "log1p": mpmath.log1p,
    "log2": lambda a: mpmath.log(a, 2), "sqrt": mpmath.sqrt, "rsqrt": lambda a: 1 / mpmath.sqrt(a),
    "sin": mpmath.sin, "cos": mpmath.cos, "asin": mpmath.asin, "atan": mpmath.atan,
    "atan2": mpmath.atan2, "tanh": mpmath.tanh, "erf": mpmath.erf, "erfc": mpmath.erfc,
    "erfinv": mpmath.erfinv, "lgamma": lambda a: mpmath.log(abs(mpmath.gamma(a))),
    "digamma": mpmath.digamma, "sign": mpmath.sign, "floor": mpmath.floor, "ceil": mpmath.ceil,
    "maximum": max, "minimum": min, "select": lambda test, a, b: a if test else b,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b, "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b, "eq": lambda a, b: a == b, "ne": lambda a, b: a != b,
    "and": lambda a, b: a and b, "or": lambda a, b: a or b, "not": lambda a: not a,
}  # fmt: skip


class NotMeasuredError(Exception):
    """The op is not one whose error is measured here."""


def worst_error(arguments: Arguments, kind: dtype) -> float:
    """The largest error of the first result, in units of the last place of `kind`.

    Raises:
        NotMeasuredError: The op is not pointwise, or uses a function that mpmath lacks.
    """
    op = specialized(arguments)
    if any(x.type.axes for x in (*op.inputs, *op.outputs)) or op.form not in (
        "derived",
        "primitive",
    ):
        raise NotMeasuredError("of pointwise ops only")
    drawn = _points(arguments, kind)
    (result, *_) = run(drawn)
    if not result.dtype.is_floating_point:
        raise NotMeasuredError("the result is exact")
    arrays = [v for v in drawn.tensors.values() if isinstance(v, np.ndarray)]
    got = np.broadcast_to(result.detach().to(kind).double().numpy(), arrays[0].shape)
    info = np.finfo(np.float32 if kind.name == "float32" else np.float64)
    worst = 0.0
    with mpmath.workdps(DIGITS):
        for place in range(arrays[0].size):
            exact = _exact(op, drawn, place)
            if not mpmath.isfinite(exact) or abs(exact) > info.max:
                continue
            unit = max(abs(float(exact)), float(info.tiny))
            spacing = float(np.spacing(np.asarray(unit, info.dtype)))
            worst = max(worst, float(abs(mpmath.mpf(float(got.flat[place])) - exact)) / spacing)
    return worst


def _points(arguments: Arguments, kind: dtype) -> Arguments:
    """Arguments of one flat shape, with as many points as are measured."""
    rng = np.random.default_rng(23)
    tensors: dict[str, Any] = {}
    for name, value in arguments.tensors.items():
        if not isinstance(value, np.ndarray):
            tensors[name] = value
        elif value.dtype.kind != "f" or not value.size:
            raise NotMeasuredError("of floats only")
        else:
            drawn = rng.choice(value.reshape(-1), POINTS) * rng.uniform(0.9, 1.0, POINTS)
            tensors[name] = drawn.astype(kind.name)
    return Arguments(
        arguments.op, tensors, arguments.attributes, arguments.label, arguments.chosen,
        arguments.fill,
    )  # fmt: skip


def _exact(op: Op, arguments: Arguments, place: int) -> Any:
    names: dict[str, Any] = {s.name: s.default for s in op.attributes}
    names |= dict(arguments.attributes)
    for name, value in arguments.tensors.items():
        if value is not None:
            names[name] = float(value[place]) if isinstance(value, np.ndarray) else value
    exact = {n: mpmath.mpf(v) for n, v in names.items() if isinstance(v, (int, float))}
    for statement in op.define:
        if not isinstance(statement, Statement):
            raise NotMeasuredError("conditions are left")
        exact[statement.target.tensor] = _value(statement.value, exact)
    return mpmath.mpf(exact[op.outputs[0].name])


def _value(node: Expression, names: Mapping[str, Any]) -> Any:
    match node:
        case Constant(value):
            return mpmath.mpf(value) if not isinstance(value, bool) else value
        case Read(name) | Attribute(name) if name in names:
            return names[name]
        case Call("select", (test, then, otherwise)):
            return _value(then if _value(test, names) else otherwise, names)
        case Call(function, arguments) if function in _FUNCTIONS:
            try:
                return _FUNCTIONS[function](*(_value(each, names) for each in arguments))
            except (ZeroDivisionError, ValueError):
                return mpmath.nan
    raise NotMeasuredError("of functions that mpmath has")


__all__ = ["NotMeasuredError", "worst_error"]
