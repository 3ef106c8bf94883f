"""`dataclass` as in the standard library, whose methods are compiled when one is first asked for.

That of the standard library compiles each method by itself as the class is made, six for a frozen
one, which was a third of the time that importing the package took, and most classes have no object
in most programs. Fields, `replace` and the like stay its own.
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
        slots: The class has slots.
    """
    if made is None:
        return lambda cls: _dataclass(cls, eq=eq, frozen=frozen, slots=slots)
    found: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(made)
    names = ["__init__", *(["__eq__"] if eq else []), *(["__hash__"] if eq and frozen else [])]
    methods: dict[str, Any] = {name: _Pending(found, name, names, frozen) for name in names}
    if eq and not frozen:
        methods["__hash__"] = None
    if frozen:
        methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    if frozen and slots:  # pickle would set attributes
        methods |= {"__getstate__": _get_state, "__setstate__": _set_state}
    for name, method in {**methods, "__repr__": _text}.items():
        if found.__dict__.get(name) is None:  # else the class has its own
            setattr(found, name, method)
    return found


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


class _Pending:
    """A method that is not compiled yet: whoever looks it up finds it compiled, with its siblings.

    Attributes:
        owner: The class.
        name: Of this method.
        names: Of all that are compiled together.
        frozen: Attributes cannot be set.
    """

    __slots__ = ("frozen", "name", "names", "owner")

    def __init__(self, owner: type, name: str, names: Sequence[str], frozen: bool) -> None:
        self.owner, self.name, self.names, self.frozen = owner, name, names, frozen

    def __get__(self, instance: object, cls: type | None = None) -> Any:
        made = _compiled(self.owner, self.names, self.frozen)
        for name, method in made.items():
            if isinstance(self.owner.__dict__.get(name), _Pending):
                setattr(self.owner, name, method)
        method = made[self.name]
        return method if instance is None else method.__get__(instance, cls)


def _compiled(owner: Any, names: Sequence[str], frozen: bool) -> dict[str, Any]:
    """The named methods of a class, from its fields.

    Raises:
        TypeError: an argument is keyword-only or no field.
    """
    _check_fields(owner)
    fields = dataclasses.fields(owner)
    text, outside = _initializer(fields, frozen, hasattr(owner, "__post_init__"))
    compared = [each.name for each in fields if each.compare]
    text += _EQUAL.format(mine=_values("self", compared), others=_values("other", compared))
    text += _HASH.format(mine=_values("self", compared))
    methods: dict[str, Any] = {}
    exec(text, outside, methods)
    for name, method in methods.items():
        method.__qualname__ = f"{owner.__qualname__}.{name}"
    return {name: methods[name] for name in names}


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
        word = "kw_only" if each.kw_only is True else "InitVar"
        if word == "kw_only" or word in str(each.type):
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


def _get_state(self: Any) -> list[object]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


def _refuse_to_set(self: Any, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
