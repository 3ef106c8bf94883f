"""The schema of a Python function, read off its annotations."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Union

from ...ops.dtype import dtype
from ...ops.errors import ArgumentError, ArgumentValueError
from ...ops.language.op import REQUIRED
from ..base import TensorBase
from ..devices import device
from .schema import RETURNED, Form, Parameter, Schema

SCALARS: dict[Any, str] = {
    int: "int", float: "float", bool: "bool", str: "str", dtype: "ScalarType", device: "Device",
}  # fmt: skip
NUMBER = frozenset({int, float, bool})


def infer_schema(
    prototype_function: Callable[..., Any],
    /,
    *,
    mutates_args: str | Iterable[str] = (),
    op_name: str | None = None,
) -> str:
    """The schema of a function as text, `(Tensor x, SymInt n) -> Tensor`.

    Args:
        prototype_function: Its parameters and its result must be annotated.
        mutates_args: Names of the arguments that it writes into; "unknown" for all tensors.
        op_name: Written in front if it is given.

    Raises:
        ValueError: An annotation is missing or has no counterpart in a schema.
    """
    found = schema_of("", prototype_function, mutates_args).signature()
    return found if op_name is None else op_name + found


def schema_of(name: str, function: Callable[..., Any], mutates_args: str | Iterable[str]) -> Schema:
    """The schema of a function, under the name `namespace::name`."""
    reader = _Reader(function)
    parameters = reader.parameters(mutates_args)
    return Schema(name, parameters, reader.returns())


class _Reader:
    """A function's signature, and how to speak of it in messages."""

    def __init__(self, function: Callable[..., Any]) -> None:
        code = getattr(function, "__code__", None)
        self.place = f", at {code.co_filename}:{code.co_firstlineno}" if code else ""
        self.signature = inspect.signature(function)
        try:
            self.hints = typing.get_type_hints(function)
        except Exception as error:
            raise self.wrong(f"its annotations must be known names: {error}") from error

    def wrong(self, what: str) -> ArgumentValueError:
        """A mistake in the function's signature."""
        return ArgumentValueError(
            f"infer_schema(func): {what}. Got func with signature {self.signature}{self.place}"
        )

    def parameters(self, mutates_args: str | Iterable[str]) -> tuple[Parameter, ...]:
        """The arguments."""
        unknown = mutates_args == "unknown"
        written = set() if unknown else _names(mutates_args)
        missing = sorted(written - set(self.signature.parameters))
        if missing:
            raise self.wrong(
                f"mutates_args must contain names of arguments, or be the word 'unknown', but "
                f"{missing} are not in the signature"
            )
        found: list[Parameter] = []
        for name, given in self.signature.parameters.items():
            if given.kind not in (given.POSITIONAL_OR_KEYWORD, given.KEYWORD_ONLY):
                raise self.wrong(
                    f"Parameter {name}: positional-only arguments, *args and **kwargs are not "
                    "supported"
                )
            if given.annotation is given.empty:
                raise self.wrong(f"Parameter {name} must have a type annotation")
            form = self.form(name, self.hints[name])
            if name in written and form.kind != "Tensor":
                raise self.wrong(
                    f"Parameter {name} is in mutates_args, but only Tensors or lists of Tensors "
                    "can be written in place"
                )
            if form.kind == "Tensor" and (unknown or name in written):
                number = sum(each.form.written for each in found)
                form = Form(
                    form.kind, form.is_list, form.optional, form.optional_items, True, f"a{number}"
                )
            default = REQUIRED if given.default is given.empty else given.default
            if isinstance(default, list):
                default = tuple(default)
            found.append(Parameter(name, form, default, given.kind == given.KEYWORD_ONLY))
        return tuple(found)

    def returns(self) -> tuple[Form, ...]:
        """The results."""
        if self.signature.return_annotation is self.signature.empty:
            raise self.wrong("No return type annotation was provided. Please add one")
        hint = self.hints["return"]
        if hint is type(None) or hint is None:
            return ()
        if typing.get_origin(hint) is tuple:
            return tuple(self.result(each) for each in typing.get_args(hint))
        return (self.result(hint),)

    def result(self, hint: Any) -> Form:
        """One result."""
        form = _form(hint)
        if form is None or form.optional or form.kind not in RETURNED:
            raise self.wrong(
                f"Return has unsupported type {hint}. It must be a Tensor, a list of Tensors, an "
                "int, a float, a bool, a tuple of them, or None"
            )
        return form

    def form(self, name: str, hint: Any) -> Form:
        """The type of one argument."""
        form = _form(hint)
        if form is None:
            raise self.wrong(
                f"Parameter {name} has unsupported type {hint}. It must be a Tensor, int, float, "
                "bool, str, dtype, device or a number, or Optional, list or Sequence of one"
            )
        return form


def _names(given: str | Iterable[str]) -> set[str]:
    names = {given} if isinstance(given, str) else given
    if isinstance(names, Iterable):
        found = set(names)
        if all(isinstance(each, str) for each in found):
            return found
    raise ArgumentError(
        "mutates_args must be a name, names of arguments, or the word 'unknown', not "
        f"{type(given).__name__}"
    )


def _form(hint: Any) -> Form | None:
    """The type that an annotation means; None if there is none."""
    inner, optional = _without_none(hint)
    if typing.get_origin(inner) in (list, Sequence):
        (item,) = typing.get_args(inner)
        item, optional_items = _without_none(item)
        kind = _kind(item)
        if kind is None or (optional_items and kind != "Tensor"):
            return None
        return Form(kind, True, optional, optional_items)
    kind = _kind(inner)
    return None if kind is None else Form(kind, False, optional)


def _without_none(hint: Any) -> tuple[Any, bool]:
    """The annotation without None, and whether None was in it."""
    if typing.get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    members = typing.get_args(hint)
    kept = tuple(each for each in members if each is not type(None))
    return (kept[0] if len(kept) == 1 else Union[kept]), len(kept) < len(members)  # noqa: UP007


def _kind(hint: Any) -> str | None:
    if isinstance(hint, type) and issubclass(hint, TensorBase):
        return "Tensor"
    if frozenset(typing.get_args(hint)) in (NUMBER, NUMBER - {bool}):
        return "Scalar"
    try:
        return SCALARS.get(hint)
    except TypeError:  # an annotation that is not hashable
        return None
