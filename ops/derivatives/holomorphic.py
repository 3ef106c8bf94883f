"""Whether the derivative of an op at complex numbers is a complex number.

That of `conj` or `abs` is not: it stretches the plane by different amounts in different directions.
A sum, product or composition of holomorphic functions is holomorphic.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from ..language.expression import Call, Cast, Expression, Read, Reduce, Scan, Statement
from ..language.op import Op
from ..language.primitives import PRIMITIVES
from .partials import carries

# Almost everywhere: on branch cuts a function has no derivative at all.
HOLOMORPHIC = frozenset((
    "neg", "add", "sub", "mul", "div", "pow", "exp", "expm1", "log", "log1p", "log2", "sqrt",
    "rsqrt", "sin", "cos", "cospi", "asin", "atan", "tanh", "erf", "erfc",
))  # fmt: skip


@lru_cache(maxsize=4096)
def is_holomorphic(op: Op) -> bool:
    """Every result of a specialised op is a holomorphic function of its operands."""
    active = {item.name for item in op.inputs}
    for statement in op.define:
        assert isinstance(statement, Statement), "specialised: no blocks are left"
        if not _holds(statement.value, active):
            return False
        active.add(statement.target.tensor)
    return True  # a read


def _varies(value: Expression, active: Collection[str]) -> bool:
    """The value is a number that depends on one of the active tensors; truth values are none.

    Other than a derivative with respect to real numbers, it does not pass over what is constant in
    pieces: the sign of a complex number turns with it.
    """
    match value:
        case Read(tensor):
            return tensor in active
        case Cast(body, word):
            return carries(word) and _varies(body, active)
        case Call("select", (_, *branches)):
            return any(_varies(x, active) for x in branches)
        case Call(function) if PRIMITIVES[function].result in ("bool", "int64"):
            return False
        case Reduce(kind) | Scan(kind) if kind in ("any", "all", "argmax", "argmin"):
            return False
    return any(_varies(x, active) for x in value.children)


def _holds(value: Expression, active: Collection[str]) -> bool:
    if not _varies(value, active):
        return True
    match value:
        case Call("select", (_, then, otherwise)):
            return _holds(then, active) and _holds(otherwise, active)
        case Call(function, arguments):
            return function in HOLOMORPHIC and all(_holds(x, active) for x in arguments)
        case Cast(body, word):
            return not word.startswith("Real(") and _holds(body, active)
        case Reduce(kind, _, body) | Scan(kind, _, _, body):
            return kind in ("sum", "prod", "logaddexp") and _holds(body, active)
    return True
