"""`dataclass` as in the standard library, a third as dear: a class's methods are compiled at once.

That of the standard library compiles each method by itself, six for a frozen class, which was a
third of the time that importing the package took. Fields, `replace` and the like stay its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]


def _dataclass(
    made: type | None = None, /, *, eq: bool = True, frozen: bool = False, slots: bool = False
) -> Any:
    """The class with `__init__`, `__repr__`, `__eq__` and `__hash__` made from its fields.

    Args:
        made: The class; None where the decorator is given arguments.
        eq: Equal fields are equal objects. Such objects have a hash if they are frozen.
        frozen: Attributes cannot be set or deleted.
        slots: The class has slots; it is left to the standard library.
    """
    if made is None:
        return lambda cls: _dataclass(cls, eq=eq, frozen=frozen, slots=slots)
    if slots:
        return dataclasses.dataclass(eq=eq, frozen=frozen, slots=True)(made)
    found: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(made)
    _check_fields(found)
    fields = dataclasses.fields(found)
    text, outside = _initializer(fields, frozen, hasattr(found, "__post_init__"))
    compared = [each.name for each in fields if each.compare]
    if eq:
        text += _EQUAL.format(mine=_values("self", compared), others=_values("other", compared))
    if eq and frozen:
        text += _HASH.format(mine=_values("self", compared))
    methods: dict[str, Any] = {}
    exec(text, outside, methods)
    for name, method in methods.items():
        method.__qualname__ = f"{found.__qualname__}.{name}"
    if eq and not frozen:
        methods["__hash__"] = None
    if frozen:
        methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    for name, method in {**methods, "__repr__": _text}.items():
        if found.__dict__.get(name) is None:  # else the class has its own
            setattr(found, name, method)
    return found


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass

_EQUAL = """
def __eq__(self, other):
    if other.__class__ is self.__class__:
        return {mine} == {others}
    return NotImplemented
"""

_HASH = """
def __hash__(self):
    return hash({mine})
"""


def _values(owner: str, names: Sequence[str]) -> str:
    """A tuple of attributes, as text."""
    return "(" + "".join(f"{owner}.{name}, " for name in names) + ")"


def _check_fields(found: Any) -> None:
    """Raises TypeError where an argument of `__init__` is keyword-only or no field: the one made
    here would take it as any other, or not at all."""
    for each in found.__dataclass_fields__.values():
        word = "kw_only" if each.kw_only is True else "InitVar" if "InitVar" in str(each.type) else ""
        if word:
            raise TypeError(
                f"{found.__qualname__}.{each.name}: {word} must not be used with this dataclass, "
                "only with that of the standard library"
            )


def _initializer(
    fields: Sequence[Field[Any]], frozen: bool, finished: bool
) -> tuple[str, dict[str, Any]]:
    """`__init__` as text, and the names from outside that it uses.

    Args:
        finished: A method `__post_init__` is called at the end.
    """
    outside: dict[str, Any] = {"_absent": MISSING, "_set": object.__setattr__}
    parameters, body = ["self"], []
    for each in fields:
        name = each.name
        value = name
        if each.default_factory is not MISSING:
            outside[f"_make_{name}"] = each.default_factory
            value = f"_make_{name}() if {name} is _absent else {name}"
        if not each.init:
            if value == name:
                continue
            value = f"_make_{name}()"
        elif each.default is not MISSING:
            outside[f"_default_{name}"] = each.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name if value == name else f"{name}=_absent")
        body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if finished:
        body.append("self.__post_init__()")
    lines = [f"def __init__({', '.join(parameters)}):", *(body or ["pass"])]
    return "\n    ".join(lines) + "\n", outside


def _text(self: Any) -> str:
    """`repr` of an object: its class and the fields that are shown."""
    shown = (each.name for each in dataclasses.fields(self) if each.repr)
    inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({inner})"


def _refuse_to_set(self: Any, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
