"""Arguments of a call put in the order of a schema, and checked against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...ops.dtype import dtype
from ...ops.errors import CustomOpError
from ...ops.language.op import REQUIRED
from ..base import TensorBase
from ..devices import device
from .schema import Form, Parameter, Schema

Values = tuple[Any, ...]


def bind(schema: Schema, arguments: tuple[Any, ...], options: dict[str, Any]) -> Values:
    """A value for each parameter, in order; lists are tuples.

    Raises:
        RuntimeError: There are too many, one is missing, not known, or of the wrong type.
    """
    if len(arguments) > schema.positional:
        raise CustomOpError(
            f"{schema.name}() takes at most {schema.positional} positional arguments, but "
            f"{len(arguments)} were given. Declaration: {schema}"
        )
    left = dict(options)
    found = []
    for place, parameter in enumerate(schema.parameters):
        name = parameter.name
        if place < len(arguments):
            if name in left:
                raise CustomOpError(f"{schema.name}() got argument {name!r} twice")
            value = arguments[place]
        elif name in left:
            value = left.pop(name)
        elif parameter.default is REQUIRED:
            raise CustomOpError(
                f"{schema.name}() is missing value for argument {name!r}. Declaration: {schema}"
            )
        else:
            value = parameter.default
        found.append(_converted(schema, place, parameter, value))
    if left:
        raise CustomOpError(
            f"Unknown keyword argument {next(iter(left))!r} for operator '{schema.name}'. "
            f"Schema: {schema}"
        )
    return tuple(found)


def _is_whole(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, (TensorBase, bool))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or (
        hasattr(value, "__float__") and not isinstance(value, (TensorBase, str))
    )


ACCEPTS: dict[str, tuple[Callable[[Any], bool], Callable[[Any], Any]]] = {
    "Tensor": (lambda x: isinstance(x, TensorBase), lambda x: x),
    "int": (_is_whole, int),
    "float": (_is_number, float),
    "bool": (lambda x: isinstance(x, (bool, int)), bool),
    "str": (lambda x: isinstance(x, str), lambda x: x),
    "Scalar": (lambda x: _is_number(x) or isinstance(x, complex), lambda x: x),
    "ScalarType": (lambda x: isinstance(x, dtype), lambda x: x),
    "Device": (lambda x: isinstance(x, (device, str)), device),
}


def _converted(schema: Schema, place: int, parameter: Parameter, value: Any) -> Any:
    form = parameter.form
    accepts, convert = ACCEPTS[form.kind]
    if value is None and (form.optional or parameter.default is None):
        return None
    if not form.is_list and accepts(value):
        return convert(value)
    if form.length and accepts(value):
        return (convert(value),) * form.length
    items = value if form.is_list and isinstance(value, (list, tuple)) else None
    if items is not None and all(accepts(x) or (x is None and form.optional_items) for x in items):
        return tuple([None if x is None else convert(x) for x in items])
    raise CustomOpError(
        f"{schema.name}() Expected a value of type {_spoken(form)!r} for argument "
        f"{parameter.name!r} but instead found type {_kind_of(value)!r}.\n"
        f"Position: {place}\nDeclaration: {schema}"
    )


def _spoken(form: Form) -> str:
    """A type as Python says it: what a schema calls SymInt is an int."""
    return str(form).replace("SymInt", "int")


def _kind_of(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        inner = ", ".join(dict.fromkeys(type(x).__name__ for x in value))
        return f"{type(value).__name__}[{inner}]"
    return type(value).__name__


def tensors_in(values: Values) -> list[Any]:
    """All tensors among values, those in lists too."""
    found = []
    for value in values:
        if isinstance(value, TensorBase):
            found.append(value)
        elif isinstance(value, (tuple, list)):
            found += [x for x in value if isinstance(x, TensorBase)]
    return found


def named_tensors(schema: Schema, values: Values) -> list[tuple[str, Form, Any]]:
    """Name, form and tensor for each tensor among values; `xs[1]` in a list."""
    found = []
    for parameter, value in zip(schema.parameters, values):
        if isinstance(value, TensorBase):
            found.append((parameter.name, parameter.form, value))
        elif isinstance(value, tuple) and parameter.form.kind == "Tensor":
            found += [
                (f"{parameter.name}[{i}]", parameter.form, x)
                for i, x in enumerate(value)
                if x is not None
            ]
    return found


def described(schema: Schema, values: Values) -> str:
    """The arguments of a call for messages: `x: float32[2, 3], n: 4`."""
    parts = []
    for parameter, value in zip(schema.parameters, values):
        items = value if isinstance(value, tuple) else (value,)
        texts = [
            f"{x.dtype.name}{list(x.shape)}" if isinstance(x, TensorBase) else repr(x)
            for x in items
        ]
        text = ", ".join(texts)
        parts.append(f"{parameter.name}: {f'[{text}]' if isinstance(value, tuple) else text}")
    return ", ".join(parts)
