"""Primitives, reductions and scans on NumPy arrays, with the dtype rules of the notation.

A `Value` is an array and whether it is weak: a number of the entry or an attribute, which takes the
dtype of its neighbour. Floats are computed in float64 when `exact`, else in their own dtype, halves
in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..dataclass import dataclass
from ..dtype import accumulation, dtype, get_default_dtype, numpy_dtype
from ..errors import BackendError
from ..language.primitives import PRIMITIVES
from . import special

Array = np.ndarray[Any, np.dtype[Any]]

_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


@dataclass(frozen=True)
class Value:
    """An array over the grid of a statement; `weak` if it takes its neighbour's dtype."""

    array: Array
    weak: bool = False


@dataclass(frozen=True)
class Precision:
    """In which NumPy dtype elements of a dtype are computed."""

    exact: bool

    def of(self, kind: dtype) -> np.dtype[Any]:
        """The NumPy dtype that computes `kind`."""
        if self.exact and kind.is_floating_point:
            return np.dtype(np.float64)
        if self.exact and kind.is_complex:
            return np.dtype(np.complex128)
        return np.dtype(numpy_dtype(accumulation(kind) if kind.is_floating_point else kind))

    @property
    def default(self) -> np.dtype[Any]:
        """The NumPy dtype of integers that became floats."""
        return self.of(get_default_dtype())


def category(array: Array) -> int:
    """0 bool, 1 integer, 2 float, 3 complex."""
    return _CATEGORY[array.dtype.kind]


def together(values: Sequence[Value], precision: Precision) -> tuple[list[Array], bool]:
    """The arrays in their common dtype, and whether the result is weak."""
    strong = [value.array for value in values if not value.weak]
    if not strong:
        common = np.result_type(*(value.array.dtype for value in values))
        return [value.array.astype(common, copy=False) for value in values], True
    highest = max(category(array) for array in strong)
    weak = max((category(value.array) for value in values if value.weak), default=0)
    if weak > highest:
        common = (np.dtype(bool), np.dtype(np.int64), precision.default, np.dtype(complex))[weak]
    else:
        common = np.result_type(*(a.dtype for a in strong if category(a) == highest))
    return [value.array.astype(common, copy=False) for value in values], False


def apply(function: str, values: Sequence[Value], precision: Precision) -> Value:
    """A primitive (not select, not a random one) applied to values."""
    arrays, weak = together(values, precision)
    if PRIMITIVES[function].result == "float" and category(arrays[0]) < 2:
        common = np.dtype(np.float64) if weak else precision.default
        arrays = [array.astype(common) for array in arrays]
    with np.errstate(all="ignore"):
        result = np.asarray(FUNCTIONS[function](*arrays))
    if PRIMITIVES[function].result != "bool" and result.dtype != arrays[0].dtype:
        result = result.astype(arrays[0].dtype)
    return Value(result, weak)


def _integers_unchanged(function: Callable[[Array], Any]) -> Callable[[Array], Any]:
    """A rounding function that leaves integers and truth values alone."""
    return lambda u: function(u) if category(u) >= 2 else u


def _pow(u: Array, v: Array) -> Any:
    """Power; integers to negative powers truncate: 1 and -1 survive, all else is 0."""
    if category(u) >= 2:
        return np.power(u, v)
    odd = np.where(v % 2 == 0, 1, u)
    reciprocal = np.where((u == 1) | (u == -1), odd, 0)
    return np.where(v < 0, reciprocal, np.power(u, np.maximum(v, 0)))


def _of_integers(function: Callable[[Array, Array], Any]) -> Callable[[Array, Array], Any]:
    """A quotient or remainder that refuses to divide integers by zero."""

    def checked(u: Array, v: Array) -> Any:
        if category(u) == 1 and category(v) <= 1 and not np.all(v):
            raise BackendError("an integer must not be divided by 0: ZeroDivisionError")
        return function(u, v)

    return checked


def _trunc_div(u: Array, v: Array) -> Any:
    """Division rounded towards zero."""
    if category(u) >= 2:
        return np.trunc(u / v)
    quotient = np.floor_divide(u, v)
    return quotient + ((quotient < 0) & (quotient * v != u))


def _sign(u: Array) -> Any:
    """-1, 0 or 1; 0 for NaN, as in PyTorch."""
    if u.dtype == bool or category(u) == 3:
        return u if u.dtype == bool else np.sign(u)
    return np.where(u > 0, 1, np.where(u < 0, -1, 0))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "neg": np.negative,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "floordiv": _of_integers(np.floor_divide),
    "mod": _of_integers(np.mod),
    "trunc_div": _of_integers(_trunc_div),
    "remainder_trunc": _of_integers(np.fmod),
    "pow": _pow,
    "abs": np.abs,
    "sign": _sign,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "log2": np.log2,
    "sqrt": np.sqrt,
    "rsqrt": lambda u: 1 / np.sqrt(u),
    "sin": np.sin,
    "cos": np.cos,
    "cospi": special.cospi,
    "asin": np.arcsin,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "tanh": np.tanh,
    "erf": special.erf,
    "erfc": special.erfc,
    "erfinv": special.erfinv,
    "lgamma": special.lgamma,
    "digamma": special.digamma,
    "polygamma": special.polygamma,
    "floor": _integers_unchanged(np.floor),
    "ceil": _integers_unchanged(np.ceil),
    "trunc": _integers_unchanged(np.trunc),
    "round": _integers_unchanged(np.rint),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "copysign": np.copysign,
    "nextafter": np.nextafter,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "bitand": np.bitwise_and,
    "bitor": np.bitwise_or,
    "bitxor": np.bitwise_xor,
    "bitnot": np.invert,
    "shl": np.left_shift,
    "shr": np.right_shift,
}
"""Primitive -> the same on arrays of one dtype."""


def _widened(array: Array) -> Array:
    """Integers and truth values as int64: what sums and products of them are accumulated in."""
    return array.astype(np.int64) if category(array) < 2 else array


def _identity(kind: str, array: Array) -> Any:
    """What the extreme of nothing is."""
    if category(array) == 0:
        return kind == "min"
    if category(array) == 1:
        limits = np.iinfo(array.dtype)
        return limits.min if kind == "max" else limits.max
    return -np.inf if kind == "max" else np.inf


def reduce(kind: str, array: Array, axes: tuple[int, ...]) -> Array:
    """A reduction over axes in the given order, which stay with extent 1.

    Raises:
        ValueError: argmax or argmin over nothing.
    """
    with np.errstate(all="ignore"):
        match kind:
            case "sum":
                return np.asarray(np.sum(_widened(array), axis=axes, keepdims=True))
            case "prod":
                return np.asarray(np.prod(_widened(array), axis=axes, keepdims=True))
            case "max" | "min":
                fold = np.max if kind == "max" else np.min
                start = _identity(kind, array)
                return np.asarray(fold(array, axis=axes, keepdims=True, initial=start))
            case "any":
                return np.asarray(np.any(array, axis=axes, keepdims=True))
            case "all":
                return np.asarray(np.all(array, axis=axes, keepdims=True))
            case "partition_point":
                return _partition_point(array != 0, axes[0])
    find = {"argmax": np.argmax, "argmin": np.argmin}[kind]
    last = np.moveaxis(array, axes, range(array.ndim - len(axes), array.ndim))
    flat = last.reshape(*last.shape[: array.ndim - len(axes)], -1)
    place = np.asarray(find(flat, axis=-1), np.int64)
    return np.expand_dims(place, tuple(sorted(axes)))


def _partition_point(holds: Array, axis: int) -> Array:
    """How many elements along an axis hold, which are the first ones: halving finds where they end.

    Where others hold as well, the result is that of the same halving in a kernel.
    """
    left = holds.shape[axis]
    low = np.zeros((*holds.shape[:axis], 1, *holds.shape[axis + 1 :]), np.int64)
    while left:
        half = left // 2
        below = np.take_along_axis(holds, low + max(half - 1, 0), axis)
        low = np.where(below, low + max(half, int(left == 1)), low)
        left = left - half if left > 1 else 0
    return low


def order(array: Array, axis: int, falling: bool) -> Array:
    """The places of elements along an axis in stable order, NaN being the greatest."""
    if not falling:
        return np.argsort(array, axis, kind="stable")
    turned = np.flip(np.argsort(np.flip(array, axis), axis, kind="stable"), axis)
    return np.asarray(array.shape[axis] - 1 - turned)


def scan(kind: str, array: Array, axis: int, reverse: bool) -> Array:
    """A running reduction along an axis, from the far end if `reverse`."""
    if reverse:
        flipped = scan(kind, np.flip(array, axis), axis, False)
        if kind in ("argmax", "argmin"):
            flipped = array.shape[axis] - 1 - flipped
        return np.flip(flipped, axis)
    if array.shape[axis] == 0:
        return array.astype(np.int64) if kind in ("argmax", "argmin") else _widened(array)
    with np.errstate(all="ignore"):
        match kind:
            case "sum":
                return np.cumsum(_widened(array), axis)
            case "prod":
                return np.cumprod(_widened(array), axis)
            case "max":
                return np.maximum.accumulate(array, axis)
            case "min":
                return np.minimum.accumulate(array, axis)
            case "logaddexp":
                return np.logaddexp.accumulate(array, axis)
    extreme = scan(kind.removeprefix("arg"), array, axis, False)
    shape = [1] * array.ndim
    shape[axis] = -1
    places = np.arange(array.shape[axis]).reshape(shape)
    hit = (array == extreme) | (array != array)
    return np.maximum.accumulate(np.where(hit, places, 0), axis)
