"""Scalar kinds inside a kernel: how a dtype is stored, in what it is computed, what operators give.

float16 and bfloat16 are computed in float32; integers in their own width, wrapping around; truth
values are i1. Numbers written in an entry, sizes, attributes and indices are weak: they take the
kind of what they meet, unless they are of a higher category (bool < int < float).
"""

from __future__ import annotations

from dataclasses import replace

from ...ops.dataclass import dataclass
from ...ops.dtype import dtype
from ...ops.errors import LoweringError
from .loops import BF16, F16, F32, F64, I1, I8, I16, I32, I64, Scalar

STORED: dict[str, Scalar] = {
    "bool": I8, "uint8": I8, "int8": I8, "int16": I16, "int32": I32, "int64": I64,
    "float16": F16, "bfloat16": BF16, "float32": F32, "float64": F64,
}  # fmt: skip
"""Dtype -> element type of its memory."""


@dataclass(frozen=True)
class Kind:
    """What a value is while it is computed.

    Attributes:
        scalar: Its type.
        signed: Integers: whether they are signed.
        weak: It gives way to what it meets.
    """

    scalar: Scalar
    signed: bool = True
    weak: bool = False

    @property
    def category(self) -> int:
        """0 truth value, 1 integer, 2 floating point."""
        if self.scalar == I1:
            return 0
        return 2 if self.scalar in (F32, F64) else 1

    @property
    def stored(self) -> Scalar:
        """Element type of a temporary that keeps such values."""
        return I8 if self.scalar == I1 else self.scalar


BOOL = Kind(I1)
INTEGER = Kind(I64)
WEAK_BOOL = Kind(I1, weak=True)
WEAK_INTEGER = Kind(I64, weak=True)
WEAK_FLOAT = Kind(F64, weak=True)
FLOAT = Kind(F32)
DOUBLE = Kind(F64)


def of_dtype(type_: dtype) -> Kind:
    """The kind in which elements of a dtype are computed."""
    if type_.name not in STORED:
        raise LoweringError(f"kernels do not compute with {type_!r} yet")
    if type_.kind == "bool":
        return BOOL
    if type_.kind == "float":
        return DOUBLE if type_.name == "float64" else FLOAT
    return Kind(STORED[type_.name], type_.name != "uint8")


def of_number(value: object) -> Kind:
    """The weak kind of a Python number."""
    if isinstance(value, bool):
        return WEAK_BOOL
    return WEAK_INTEGER if isinstance(value, int) else WEAK_FLOAT


def unify(a: Kind, b: Kind) -> Kind:
    """The kind in which two values are computed together."""
    if a.weak != b.weak:
        weak, strong = (a, b) if a.weak else (b, a)
        if weak.category <= strong.category:
            return strong
        return FLOAT if weak.category == 2 else INTEGER
    if a.category != b.category:
        return a if a.category > b.category else b
    if a.scalar == b.scalar:
        return a if a.signed else b
    return wider(a, b)


def wider(a: Kind, b: Kind) -> Kind:
    """The wider of two different kinds of one category; uint8 beside a signed kind."""
    return a if int(a.scalar.name.lstrip("if")) > int(b.scalar.name.lstrip("if")) else b


def unify_all(kinds: list[Kind]) -> Kind:
    """The kind in which several values are computed together."""
    result = kinds[0]
    for kind in kinds[1:]:
        result = unify(result, kind)
    return result


def as_float(kind: Kind) -> Kind:
    """The kind in which a function of real numbers is computed."""
    if kind.category == 2:
        return kind
    return WEAK_FLOAT if kind.weak else FLOAT


def summed(kind: Kind) -> Kind:
    """The kind in which sums and products of such values are accumulated."""
    strong = replace(kind, weak=False)
    return strong if kind.category == 2 else INTEGER


COMPARISONS = frozenset(["eq", "ne", "lt", "le", "gt", "ge"])
LOGIC = frozenset(["and", "or", "not"])
REAL = frozenset((
    "div", "exp", "expm1", "log", "log1p", "log2", "sqrt", "rsqrt", "sin", "cos", "cospi", "asin",
    "atan", "atan2", "tanh", "erf", "erfc", "erfinv", "lgamma", "digamma", "polygamma", "copysign",
))  # fmt: skip
ON_TRUTH = frozenset(
    ["mul", "maximum", "minimum", "bitand", "bitor", "bitxor", "bitnot", "sign", "abs"]
)


def call_kinds(function: str, kinds: list[Kind]) -> tuple[Kind, Kind]:
    """In which kind a primitive is computed, and the kind of its result.

    Args:
        function: Any primitive but `select`, `uniform`, `random_bits` and `linear`.
        kinds: Of its arguments.
    """
    common = unify_all(kinds)
    if function in LOGIC:
        return (WEAK_BOOL, WEAK_BOOL) if common.weak else (BOOL, BOOL)
    if function in COMPARISONS:
        return common, WEAK_BOOL if common.weak else BOOL
    if function in REAL:
        common = as_float(common)
    elif common.category == 0 and function not in ON_TRUTH:
        common = WEAK_INTEGER if common.weak else (BOOL if function == "add" else INTEGER)
    return common, common
