"""Functions with several signatures: which one a call means."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ...ops import registry
from ...ops.calls.specialize import choice_word
from ...ops.dtype import dtype
from ...ops.errors import ArgumentError
from ...ops.language.op import REQUIRED, AttributeSpec, Input, Op
from ..base import TensorBase
from ..results import named
from .dispatch import call
from .writing import inplace

Signature = tuple[Op, tuple[str, ...], int, dict[str, Input], dict[str, AttributeSpec]]
_signatures: dict[str, tuple[Signature, ...]] = {}

NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "x1": "input", "x2": "other"}
WORDS: dict[str, Callable[[dtype], bool]] = {
    "Bool": lambda d: d.kind == "bool",
    "bool": lambda d: d.kind == "bool",
    "Integer": lambda d: d.kind == "int",
    "Integral": lambda d: d.kind in ("int", "bool"),
    "Float": lambda d: d.kind == "float",
    "Complex": lambda d: d.kind == "complex",
    "Real": lambda d: d.kind in ("int", "float"),
    "Ordered": lambda d: d.kind != "complex",
}


def _read(op: Op) -> Signature:
    order = op.order or (*(x.name for x in op.inputs), *(x.name for x in op.attributes))
    names = tuple(name for name in order if name != "*")
    positional = order.index("*") if "*" in order else len(names)
    return (
        op, names, positional, {x.name: x for x in op.inputs}, {x.name: x for x in op.attributes},
    )  # fmt: skip


def signatures(name: str) -> tuple[Signature, ...]:
    """The signatures of an op, the main one first."""
    found = _signatures.get(name)
    if found is None:
        op = registry.get(name)
        found = _signatures.setdefault(name, tuple(map(_read, (op, *op.variants))))
    return found


def forget_signatures(name: str) -> None:
    """Drops what is known of an op that is taken out."""
    _signatures.pop(name, None)


def _fits_attribute(spec: AttributeSpec, value: Any) -> bool:
    if value is None:
        return spec.optional or spec.kind == "dtype" or spec.default is None or spec.kind == "Axes"
    kind = spec.kind
    if isinstance(value, TensorBase):
        return False
    if kind in ("int", "Axis", "size"):
        return hasattr(value, "__index__") and not isinstance(value, bool)
    if kind in ("ints", "Axes", "sizes", "Shape"):
        return not isinstance(value, bool) and (
            isinstance(value, (tuple, list)) or hasattr(value, "__index__")
        )
    if kind in ("bool", "Keep"):
        return isinstance(value, (bool, int))
    if kind in ("float", "number"):
        return hasattr(value, "__float__") or isinstance(value, complex)
    if kind == "choice":
        return choice_word(value) in spec.words
    if kind == "text":
        return isinstance(value, str)
    return kind != "dtype" or isinstance(value, (dtype, type))


def _fits_input(spec: Input, value: Any, strict: bool) -> bool:
    if value is None:
        return spec.default is not None
    if isinstance(value, TensorBase):
        accepts = WORDS.get(spec.type.word.rstrip("0123456789"))
        return not strict or accepts is None or accepts(value._layout.dtype)
    if isinstance(value, (tuple, list)):
        return bool(value) and all(isinstance(x, TensorBase) for x in value)
    return isinstance(value, (int, float, complex))


def _match(
    signature: Signature, arguments: tuple[Any, ...], options: dict[str, Any], strict: bool
) -> dict[str, Any] | None:
    _, names, positional, inputs, attributes = signature
    if len(arguments) > positional:
        return None
    given = dict(zip(names, arguments))
    for name, value in options.items():
        if name not in names:
            name = NUMPY_NAMES.get(name, name)
        if name not in names or name in given:
            return None
        given[name] = value
    first = next(iter(inputs), None)
    for name, value in given.items():
        if name in inputs:
            if not _fits_input(inputs[name], value, strict):
                return None
            if name == first and not isinstance(value, TensorBase) and len(inputs) == 1:
                return None
        elif not _fits_attribute(attributes[name], value):
            return None
    missing = [n for n, x in inputs.items() if n not in given and x.default is None]
    missing += [n for n, x in attributes.items() if n not in given and x.default is REQUIRED]
    return None if missing else given


def choose(
    name: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[Op, tuple[Any, ...], tuple[Any, ...]]:
    """The op, its operands and all of its attributes that the arguments of a call mean.

    Raises:
        TypeError: no signature takes them.
    """
    known = signatures(name)
    for strict in (True, False):
        for signature in known:
            given = _match(signature, arguments, options, strict)
            if given is not None:
                op, _, _, inputs, attributes = signature
                operands = tuple(given.get(x) for x in inputs)
                return op, operands, tuple(given.get(n, s.default) for n, s in attributes.items())
    kinds = ", ".join(
        [type(x).__name__ for x in arguments]
        + [f"{k}={type(v).__name__}" for k, v in options.items()]
    )
    forms = dict.fromkeys(f"({', '.join(signature[1])})" for signature in known)
    usage = "; ".join(forms)
    raise ArgumentError(
        f"{name}() received an invalid combination of arguments - got ({kinds}), but expected one "
        f"of: {usage}"
    )


def overloaded(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The result of the signature that a call means."""
    out = options.pop("out", None)
    op, operands, attributes = choose(name, arguments, options)
    key = op if "::" in op.name else sys.intern(op.name)  # native code finds it again, then
    if out is None:
        found = call(key, operands, attributes)
    else:
        found = call(key, operands, attributes, out=out)
    if len(op.outputs) > 1:
        return named(name, tuple(x.name for x in op.outputs), found)
    return found


def overloaded_inplace(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The first argument, with the result of the signature that a call means written into it."""
    op, operands, attributes = choose(name, arguments, options)
    return inplace(op, operands, attributes)


def numpy_names(name: str, options: dict[str, Any], **current: Any) -> tuple[Any, ...]:
    """The values of `dim`, `keepdim`, ... where NumPy's names for them were used.

    Raises:
        TypeError: a name is not known.
    """
    for given, value in options.items():
        own = NUMPY_NAMES.get(given)
        if own not in current:
            raise ArgumentError(f"{name}() got an unexpected keyword argument '{given}'")
        current[own] = value
    return tuple(current.values())
