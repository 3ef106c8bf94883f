"""Values of attributes: checked against their kinds, converted, defaults filled in."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import SupportsIndex, cast

from ..dtype import by_name, dtype
from ..errors import (
    ArgumentError,
    ArgumentValueError,
    NumberOverflowError,
    RegistryError,
    TensorsmithError,
)
from ..language.op import REQUIRED, AttributeSpec, Op
from ..language.signature import EXTREMES
from .specialize import choice_word, title
from .symbols import Symbol

Convert = Callable[[object, AttributeSpec, str], object]


def complete(op: Op, given: Mapping[str, object]) -> dict[str, object]:
    """The value of every attribute of a call: given ones converted, others by default.

    Sequences become tuples, a size tuple has its full length, and an attribute that follows another
    one has its value. `largest` and `lowest` stay None: they depend on dtypes.

    Raises:
        ArgumentError: An unknown or missing attribute, or a value of the wrong Python type.
        ArgumentValueError: A sequence of the wrong length, or a word that is not a choice.
        NumberOverflowError: An integer that 64 bits cannot hold.
    """
    values: dict[str, object] = {}
    for spec in op.attributes:
        name = spec.name
        value = given.get(name, spec.default)
        if value is None:
            values[name] = _absent(op, spec, values)
        elif value is REQUIRED:
            raise ArgumentError(f"{title(op.name)}() missing required argument '{name}'")
        else:
            values[name] = _CONVERT[spec.kind](value, spec, op.name)
    if len(given) > len(values) or not given.keys() <= values.keys():
        wrong = next(name for name in given if name not in values)
        raise ArgumentError(f"{title(op.name)}() got an unexpected argument '{wrong}'")
    return values


def check_default(spec: AttributeSpec) -> None:
    """Raises RegistryError unless a call could give an attribute its default."""
    if spec.default is REQUIRED or spec.default is None:
        return
    try:
        _CONVERT[spec.kind](spec.default, spec, spec.name)
    except TensorsmithError:
        wanted = _KINDS.get(spec.kind, spec.kind)
        raise RegistryError(
            f"attribute {spec.name}: the default must be {wanted}, got {spec.default!r}"
        ) from None


def _absent(op: Op, spec: AttributeSpec, values: Mapping[str, object]) -> object:
    """What None means for an attribute."""
    if spec.follows:
        return None if spec.follows in EXTREMES else values[spec.follows]
    if spec.kind == "choice" and "none" in spec.words:
        return "none"
    if spec.counted is not None:
        raise ArgumentError(f"{title(op.name)}: {spec.name} must be counted before the call")
    if spec.optional or spec.default is None or spec.kind in ("Axes", "any"):
        return None
    raise _wrong(op.name, spec, None)


_KINDS = {
    "int": "int", "float": "float", "bool": "bool", "number": "Number", "ints": "tuple of ints",
    "text": "str", "choice": "str", "dtype": "tensorsmith.dtype", "Axis": "int",
    "Axes": "int or tuple of ints", "Keep": "bool", "Shape": "tuple of ints",
    "sizes": "int or tuple of ints", "size": "int",
}  # fmt: skip


def _wrong(op: str, spec: AttributeSpec, value: object) -> ArgumentError:
    wanted = _KINDS.get(spec.kind, spec.kind)
    return ArgumentError(
        f"{title(op)}(): argument '{spec.name}' must be {wanted}, not {type(value).__name__}"
    )


def _integer(value: object, spec: AttributeSpec, op: str) -> object:
    if type(value) is Symbol:
        return value
    if isinstance(value, bool) and spec.kind != "int":
        raise _wrong(op, spec, value)
    try:
        return _fitting(operator.index(cast(SupportsIndex, value)), spec, op)
    except TypeError:
        raise _wrong(op, spec, value) from None


def _fitting(value: int, spec: AttributeSpec, op: str) -> int:
    """The integer, if kernels can take it."""
    if not -(1 << 63) <= value < 1 << 63:
        raise NumberOverflowError(
            f"{title(op)}(): argument '{spec.name}': int too big to convert: "
            "value cannot be converted to type int64_t without overflow"
        )
    return value


def _number(value: object, spec: AttributeSpec, op: str) -> object:
    if type(value) is int:
        return _fitting(value, spec, op)
    if type(value) in (float, bool, complex, Symbol):
        return value
    if isinstance(value, complex):
        return complex(value)
    try:
        return operator.index(cast(SupportsIndex, value))
    except TypeError:
        return _float(value, spec, op)


def _float(value: object, spec: AttributeSpec, op: str) -> object:
    if type(value) is float:
        return value
    if isinstance(value, str | bytes | complex):
        raise _wrong(op, spec, value)
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise _wrong(op, spec, value) from None
    except OverflowError:
        raise ArgumentValueError(
            f"{title(op)}(): argument '{spec.name}' must be a number that a float can hold, "
            "got a larger integer"
        ) from None


def _truth(value: object, spec: AttributeSpec, op: str) -> object:
    if isinstance(value, bool):
        return value
    if type(value).__name__ in ("bool", "bool_") or value in (0, 1):
        return bool(value)
    raise _wrong(op, spec, value)


def _integers(value: object, spec: AttributeSpec, op: str) -> object:
    if isinstance(value, list | tuple) or (
        isinstance(value, Sequence) and not isinstance(value, str)
    ):
        return tuple(_integer(each, spec, op) for each in value)
    return (_integer(value, spec, op),)


def _axes(value: object, spec: AttributeSpec, op: str) -> object:
    return _integers(value, spec, op) if not isinstance(value, int) else value


def _sizes(value: object, spec: AttributeSpec, op: str) -> object:
    found = cast("tuple[int, ...]", _integers(value, spec, op))
    wanted = len(spec.sizes)
    if len(found) == 1:
        return found * wanted
    if len(found) != wanted:
        raise ArgumentValueError(
            f"{title(op)}: {spec.name} must have {wanted} elements: requires an int or "
            f"({', '.join(spec.sizes)}), got {list(found)}"
        )
    return found


def _shape(value: object, spec: AttributeSpec, op: str) -> object:
    found = cast("tuple[int, ...]", _integers(value, spec, op))
    if found and min(found) < 0:
        raise ArgumentValueError(
            f"{title(op)}: a size must not be negative: requires {spec.name} of sizes >= 0, "
            f"got {list(found)}"
        )
    return found


def _text(value: object, spec: AttributeSpec, op: str) -> object:
    value = choice_word(value) if spec.kind == "choice" else value
    if not isinstance(value, str):
        raise _wrong(op, spec, value)
    if spec.kind == "choice" and value not in spec.words:
        words = ", ".join(f"'{word}'" for word in spec.words)
        raise ArgumentValueError(f"{title(op)}: {spec.name} must be one of {words}, got '{value}'")
    return value


def _dtype(value: object, spec: AttributeSpec, op: str) -> object:
    if isinstance(value, str):
        return by_name(value)
    if not isinstance(value, dtype):
        raise _wrong(op, spec, value)
    return value


def _anything(value: object, spec: AttributeSpec, op: str) -> object:
    return tuple(value) if isinstance(value, list) else value


_CONVERT: dict[str, Convert] = {
    "int": _integer,
    "float": _float,
    "bool": _truth,
    "number": _number,
    "ints": _integers,
    "text": _text,
    "choice": _text,
    "dtype": _dtype,
    "Axis": _integer,
    "Axes": _axes,
    "Keep": _truth,
    "Shape": _shape,
    "sizes": _sizes,
    "size": _integer,
    "any": _anything,
}
