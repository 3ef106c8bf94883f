"""The scalar primitives: arity, what they return, and their partial derivatives.

Everything else in the registry is defined with these. A partial derivative is an expression over
`Read("u")`, `Read("v")` (the arguments in order) and `Read("y")` (the result, where cheaper).
Kinks and ties follow PyTorch: halves at ties of maximum, 0 at the kink of abs.
"""

from __future__ import annotations

import math

from ..dataclass import dataclass
from .algebra import ONE, ZERO, Operand, add, call, div, mul, neg, select, sub
from .expression import Expression, Read

U, V, Y = Read("u"), Read("v"), Read("y")
PARAMETERS = ("u", "v", "w")


@dataclass(frozen=True)
class Primitive:
    """One scalar function.

    Attributes:
        name: As in `Call.function`.
        arity: Number of arguments.
        result: Dtype of the result: `same` (the promoted arguments; for select the branches),
            `float` (the same, integers become the default float dtype), `bool`, `int64`.
        partials: For each argument its partial derivative; None where nothing flows through it
            (a condition, an integer, a function that is flat almost everywhere).
        random: The value depends on a seed, not only on numbers.
    """

    name: str
    arity: int
    result: str
    partials: tuple[Expression | None, ...]
    random: bool = False


def square(u: Operand) -> Expression:
    """`u * u`."""
    return mul(u, u)


_SUM_OF_SQUARES = add(square(U), square(V))
_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)

_POW_BASE = select(call("eq", V, 0), ZERO, mul(V, call("pow", U, sub(V, ONE))))
_POW_EXPONENT = select(
    call("and", call("eq", U, 0), call("ge", V, 0)), ZERO, mul(Y, call("log", U))
)
_HALF_AT_TIE = select(call("eq", U, V), 0.5, ONE)
_IF_GREATER = select(call("lt", U, V), ZERO, _HALF_AT_TIE)  # not u > v: NaN passes, as in PyTorch
_IF_SMALLER = select(call("gt", U, V), ZERO, _HALF_AT_TIE)

_TABLE = (
    # arithmetic
    Primitive("neg", 1, "same", (neg(ONE),)),
    Primitive("add", 2, "same", (ONE, ONE)),
    Primitive("sub", 2, "same", (ONE, neg(ONE))),
    Primitive("mul", 2, "same", (V, U)),
    Primitive("div", 2, "float", (div(ONE, V), neg(div(div(U, V), V)))),
    Primitive("floordiv", 2, "same", (None, None)),
    Primitive("mod", 2, "same", (ONE, neg(call("floordiv", U, V)))),
    Primitive("trunc_div", 2, "same", (None, None)),
    Primitive("remainder_trunc", 2, "same", (ONE, neg(call("trunc_div", U, V)))),
    Primitive("pow", 2, "same", (_POW_BASE, _POW_EXPONENT)),
    Primitive("abs", 1, "same", (call("sign", U),)),
    Primitive("sign", 1, "same", (None,)),
    # exponentials, roots, trigonometry
    Primitive("exp", 1, "float", (Y,)),
    Primitive("expm1", 1, "float", (add(Y, ONE),)),
    Primitive("log", 1, "float", (div(ONE, U),)),
    Primitive("log1p", 1, "float", (div(ONE, add(U, ONE)),)),
    Primitive("log2", 1, "float", (div(ONE, mul(U, math.log(2))),)),
    Primitive("sqrt", 1, "float", (div(0.5, Y),)),
    Primitive("rsqrt", 1, "float", (mul(mul(-0.5, square(Y)), Y),)),
    Primitive("sin", 1, "float", (call("cos", U),)),
    Primitive("cos", 1, "float", (neg(call("sin", U)),)),
    Primitive("cospi", 1, "float", (mul(-math.pi, call("sin", mul(math.pi, U))),)),
    Primitive("asin", 1, "float", (call("rsqrt", sub(ONE, square(U))),)),
    Primitive("atan", 1, "float", (div(ONE, add(square(U), ONE)),)),
    Primitive("atan2", 2, "float", (div(V, _SUM_OF_SQUARES), neg(div(U, _SUM_OF_SQUARES)))),
    Primitive("tanh", 1, "float", (sub(ONE, square(Y)),)),
    # special functions
    Primitive("erf", 1, "float", (mul(_TWO_OVER_ROOT_PI, call("exp", neg(square(U)))),)),
    Primitive("erfc", 1, "float", (mul(-_TWO_OVER_ROOT_PI, call("exp", neg(square(U)))),)),
    Primitive("erfinv", 1, "float", (mul(1 / _TWO_OVER_ROOT_PI, call("exp", square(Y))),)),
    Primitive("lgamma", 1, "float", (call("digamma", U),)),
    Primitive("digamma", 1, "float", (call("polygamma", 1, U),)),
    Primitive("polygamma", 2, "float", (None, call("polygamma", add(U, ONE), V))),
    # steps and extremes
    Primitive("floor", 1, "same", (None,)),
    Primitive("ceil", 1, "same", (None,)),
    Primitive("trunc", 1, "same", (None,)),
    Primitive("round", 1, "same", (None,)),
    Primitive("maximum", 2, "same", (_IF_GREATER, _IF_SMALLER)),
    Primitive("minimum", 2, "same", (_IF_SMALLER, _IF_GREATER)),
    Primitive("copysign", 2, "float", (mul(call("copysign", 1, V), call("sign", U)), None)),
    Primitive("nextafter", 2, "same", (select(call("eq", U, V), ZERO, ONE), None)),
    # truth
    Primitive("eq", 2, "bool", (None, None)),
    Primitive("ne", 2, "bool", (None, None)),
    Primitive("lt", 2, "bool", (None, None)),
    Primitive("le", 2, "bool", (None, None)),
    Primitive("gt", 2, "bool", (None, None)),
    Primitive("ge", 2, "bool", (None, None)),
    Primitive("and", 2, "bool", (None, None)),
    Primitive("or", 2, "bool", (None, None)),
    Primitive("not", 1, "bool", (None,)),
    Primitive("select", 3, "same", (None, ONE, ONE)),  # derived with a guard, not by the product
    # bits
    Primitive("bitand", 2, "same", (None, None)),
    Primitive("bitor", 2, "same", (None, None)),
    Primitive("bitxor", 2, "same", (None, None)),
    Primitive("bitnot", 1, "same", (None,)),
    Primitive("shl", 2, "same", (None, None)),
    Primitive("shr", 2, "same", (None, None)),
    # random numbers and positions
    Primitive("uniform", 2, "float", (None, None), random=True),
    Primitive("uniform2", 2, "float", (None, None), random=True),
    Primitive("random_bits", 2, "int64", (None, None), random=True),
    Primitive("linear", 0, "int64", ()),
)

PRIMITIVES: dict[str, Primitive] = {primitive.name: primitive for primitive in _TABLE}
DRAWS = frozenset(primitive.name for primitive in _TABLE if primitive.random)
