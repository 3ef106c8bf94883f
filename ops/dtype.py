"""Element types, their promotion table, and the types that sums are accumulated in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .errors import ArgumentError

if TYPE_CHECKING:
    from typing import TypeAlias

    NumpyDtype: TypeAlias = np.dtype[Any]


class dtype:  # noqa: N801  (PyTorch's spelling)
    """The type of a tensor's elements. There is one object for each; compare with `is` or `==`."""

    __module__ = "tensorsmith"  # the public name, which files hold
    __slots__ = (
        "abbreviation",
        "code",
        "is_complex",
        "is_floating_point",
        "is_signed",
        "itemsize",
        "kind",
        "name",
    )

    def __init__(self, name: str, code: int, itemsize: int, kind: str, abbreviation: str) -> None:
        self.name = name
        self.code = code
        self.itemsize = itemsize
        self.kind = kind  # "bool", "int", "float", "complex"
        self.abbreviation = abbreviation
        self.is_floating_point = kind == "float"
        self.is_complex = kind == "complex"
        self.is_signed = name not in ("bool", "uint8")

    def __repr__(self) -> str:
        return f"tensorsmith.{self.name}"

    def __reduce__(self) -> str:
        return "bool_" if self.name == "bool" else self.name

    def to_complex(self) -> dtype:
        """The complex type whose parts hold this type's values; itself if it is complex."""
        if self.is_complex:
            return self
        return complex128 if self is float64 else complex64

    def to_real(self) -> dtype:
        """The type of the real part; itself if it is not complex."""
        return {complex64: float32, complex128: float64}.get(self, self)


bool_ = dtype("bool", 0, 1, "bool", "i1")
uint8 = dtype("uint8", 1, 1, "int", "ui8")
int8 = dtype("int8", 2, 1, "int", "i8")
int16 = dtype("int16", 3, 2, "int", "i16")
int32 = dtype("int32", 4, 4, "int", "i32")
int64 = dtype("int64", 5, 8, "int", "i64")
float16 = dtype("float16", 6, 2, "float", "f16")
bfloat16 = dtype("bfloat16", 7, 2, "float", "bf16")
float32 = dtype("float32", 8, 4, "float", "f32")
float64 = dtype("float64", 9, 8, "float", "f64")
complex64 = dtype("complex64", 10, 8, "complex", "c64")
complex128 = dtype("complex128", 11, 16, "complex", "c128")

DTYPES: tuple[dtype, ...] = (
    bool_, uint8, int8, int16, int32, int64,
    float16, bfloat16, float32, float64, complex64, complex128,
)  # fmt: skip
"""All element types, in order of their `code`."""

_ALIASES = {
    "half": float16,
    "float": float32,
    "double": float64,
    "short": int16,
    "int": int32,
    "long": int64,
    "cfloat": complex64,
    "cdouble": complex128,
    "bool_": bool_,
}
_BY_NAME = {each.name: each for each in DTYPES} | _ALIASES


def by_name(name: str) -> dtype:
    """The dtype called `name`, PyTorch's other spellings included (`float`, `long`).

    Raises:
        ArgumentError: There is none of that name.
    """
    found = _BY_NAME.get(name)
    if found is None:
        raise ArgumentError(f"dtype must be one of {', '.join(d.name for d in DTYPES)}, got {name}")
    return found


_TYPE_NAMES = {
    "float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16",
    "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte",
    "bool": "Bool", "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip


def type_name(kind: dtype) -> str:
    """What PyTorch's messages and tensor types call a dtype."""
    return _TYPE_NAMES[kind.name]


def _promote_pair(a: dtype, b: dtype) -> dtype:
    """The smallest type that holds both by category; the source of the table `_PROMOTED`."""
    low, high = sorted((a, b), key=lambda each: each.code)
    if low is high or low.kind == "bool":
        return high
    if high.is_complex:
        return complex128 if low in (float64, complex128) else high
    if high.is_floating_point:
        both_half = low is float16 and high is bfloat16
        return float32 if both_half else high
    if low is uint8:  # no common type of uint8 and int8 but int16
        return int16 if high is int8 else high
    return high


_PROMOTED = tuple(tuple(_promote_pair(a, b) for b in DTYPES) for a in DTYPES)


def promote(a: dtype, b: dtype) -> dtype:
    """The dtype in which an `a` and a `b` of equal rank meet (PyTorch's `promote_types`)."""
    return _PROMOTED[a.code][b.code]


class Promoted(Protocol):
    """What promotion looks at in an argument: `ops.calls.binding.Argument` has it."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> dtype: ...

    @property
    def number(self) -> bool: ...


def result_type(arguments: Iterable[Promoted], prefix: int = 0) -> dtype:
    """The dtype in which arguments meet, by PyTorch's three categories.

    Tensors with dims decide; 0-dim tensors, and below them Python numbers, count only when they are
    of a higher kind (bool < int < float < complex).

    Args:
        arguments: Shapes and dtypes; a number's dtype is bool, int64, or any float or complex type,
            which stand for the default ones.
        prefix: How many leading dims do not count as dims (vmap).

    Returns:
        The dtype; the default float dtype for no arguments at all.
    """
    dims: dtype | None = None
    zero: dtype | None = None
    weak: dtype | None = None
    for argument in arguments:
        own = argument.dtype
        if argument.number:
            if own.is_floating_point:
                own = _default
            elif own.is_complex:
                own = _default.to_complex()
            weak = own if weak is None else promote(weak, own)
        elif len(argument.shape) > prefix:
            dims = own if dims is None else promote(dims, own)
        else:
            zero = own if zero is None else promote(zero, own)
    return _combine(dims, _combine(zero, weak)) or _default


def _combine(higher: dtype | None, lower: dtype | None) -> dtype | None:
    """The dtype of a group of arguments with a group of lower priority."""
    if higher is None or lower is None:
        return higher or lower
    if higher.is_complex:
        return higher
    if higher.is_floating_point:
        return higher.to_complex() if lower.is_complex else higher
    if higher.kind == "bool" or lower.is_floating_point or lower.is_complex:
        return promote(higher, lower)
    return higher


_KINDS = ("bool", "int", "float", "complex")


def can_cast(source: dtype, target: dtype) -> bool:
    """Whether a result of dtype `source` may be written into a tensor of dtype `target`."""
    return _KINDS.index(source.kind) <= _KINDS.index(target.kind)


def accumulation(element: dtype) -> dtype:
    """The dtype in which sums of `element` are kept until they are rounded once."""
    if element in (float16, bfloat16):
        return float32
    return element if element.is_floating_point or element.is_complex else int64


_default = float32


def get_default_dtype() -> dtype:
    """The dtype of float results that no argument decides."""
    return _default


def set_default_dtype(element: dtype) -> None:
    """Make `element`, a float dtype, the one of float results that no argument decides.

    Raises:
        ArgumentError: It is not a float dtype.
    """
    global _default
    if not isinstance(element, dtype) or not element.is_floating_point:
        raise ArgumentError(
            f"set_default_dtype: the default must be a floating point dtype, got {element}"
        )
    _default = element


_numpy: dict[dtype, NumpyDtype] = {
    each: np.dtype(each.name) for each in DTYPES if each is not bfloat16
}
_from_numpy = {native: each for each, native in _numpy.items()}


def numpy_dtype(element: dtype) -> NumpyDtype:
    """NumPy's dtype; bfloat16 is that of ml_dtypes, which is imported when first asked for."""
    found = _numpy.get(element)
    if found is None:
        import ml_dtypes

        found = _numpy[bfloat16] = np.dtype(ml_dtypes.bfloat16)
    return found


def from_numpy_dtype(native: NumpyDtype) -> dtype:
    """The dtype of a NumPy array's elements.

    Raises:
        ArgumentError: There is no such dtype (strings, objects, unsigned integers above 8 bits).
    """
    found = _from_numpy.get(native)
    if found is None and native.name == "bfloat16":
        return bfloat16
    if found is None:
        names = ", ".join(each.name for each in DTYPES)
        raise ArgumentError(f"a NumPy dtype must be one of {names}, got {native}")
    return found


def extreme_of(element: dtype, which: str) -> float | int:
    """The largest or lowest finite value of a dtype, or the step from 1 to the next number."""
    if which == "epsilon":
        return float(np.finfo(numpy_dtype(accumulation(element))).eps)
    if element.kind == "bool":
        return int(which == "largest")
    if element.kind == "int":
        limits = np.iinfo(numpy_dtype(element))
        return int(limits.max if which == "largest" else limits.min)
    largest = {
        float16: 65504.0,
        bfloat16: 3.3895313892515355e38,
        float32: 3.4028234663852886e38,
    }.get(element.to_real(), 1.7976931348623157e308)
    return largest if which == "largest" else -largest
