"""`ts.ops.mylib.f`: ops outside of the package's own, by namespace and name.

A namespace holds callables: the functions of declared ops, or objects of ops made by hand.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import ArgumentValueError, nearest

_NAME = re.compile(r"([A-Za-z_][A-Za-z_0-9]*)::([A-Za-z_][A-Za-z_0-9]*)")
_spaces: dict[str, Namespace] = {}
_finders: list[Callable[[str], object]] = []


class Namespace:
    """The ops of one namespace, as attributes."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self._members: dict[str, Any] = {}
        self._later: dict[str, Callable[[], Any]] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.get(name)
        if found is None:
            hint = nearest(name, dir(self))
            raise AttributeError(f"there is no op {self.__name__}::{name}{hint}")
        return found

    def get(self, name: str) -> Any:
        """The callable of a name; None if there is none."""
        if name not in self._members and name in self._later:
            self._later.pop(name)()
        return self._members.get(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return namespace, (self.__name__,)

    def __dir__(self) -> list[str]:
        return sorted({*self._members, *self._later})

    def __repr__(self) -> str:
        return f"<namespace {self.__name__} of {len(dir(self))} ops>"


def split(name: str) -> tuple[str, str]:
    """The parts of `namespace::name`.

    Raises:
        ValueError: It is not written like that, or a module of the package has that name.
    """
    found = _NAME.fullmatch(name)
    if not found:
        raise ArgumentValueError(
            f"the name of an op must be written namespace::name, for example mylib::f, got {name!r}"
        )
    for part in found.groups():
        if keyword.iskeyword(part):
            raise ArgumentValueError(
                f"the name of an op must not have a word of Python in it, {part}, got {name!r}"
            )
    if _is_module(found[1]):
        raise ArgumentValueError(
            f"{name}: the namespace must not be that of a module, tensorsmith.ops.{found[1]}"
        )
    return found[1], found[2]


def _is_module(name: str) -> bool:
    here = Path(__file__).parent
    return (here / f"{name}.py").exists() or (here / name).is_dir()


def search(space: str) -> None:
    """Lets installed packages bring what they have for a namespace; they are asked once."""
    if not (space.startswith("_") or _is_module(space)):
        for finder in _finders:
            finder(space)


def add(name: str, function: Callable[..., Any]) -> None:
    """Shows a callable as `ts.ops.namespace.name`; another of that name is replaced.

    Args:
        name: `namespace::name`.
        function: What the user calls.

    Raises:
        ValueError: The name is not one.
    """
    space, own = split(name)
    search(space)
    _spaces.setdefault(space, Namespace(space))._members[own] = function


def add_later(name: str, show: Callable[[], object]) -> None:
    """Has a function called that adds the callable when `ts.ops.namespace.name` is first read."""
    space, own = split(name)
    _spaces.setdefault(space, Namespace(space))._later[own] = show


def remove(name: str) -> None:
    """Takes a callable out again, and the namespace with its last one; nothing if there is none."""
    space, own = split(name)
    if space in _spaces:
        _spaces[space]._members.pop(own, None)
        _spaces[space]._later.pop(own, None)
        if not dir(_spaces[space]):
            del _spaces[space]


def find(name: str) -> Any:
    """The callable called `namespace::name`; None if there is none."""
    space, own = split(name)
    search(space)
    return _spaces[space].get(own) if space in _spaces else None


def get(name: str) -> Any:
    """The callable called `namespace::name`.

    Raises:
        AttributeError: There is none.
    """
    space, own = split(name)
    return getattr(namespace(space), own)


def names() -> list[str]:
    """All names, `namespace::name`."""
    return [f"{space}::{name}" for space, each in _spaces.items() for name in dir(each)]


def when_missing(finder: Callable[[str], object]) -> None:
    """Registers a function that is called with the name of each namespace that is used."""
    _finders.append(finder)


def namespace(name: str) -> Namespace:
    """The namespace of a name, which installed packages may bring.

    Raises:
        AttributeError: There is none.
    """
    search(name)
    if name not in _spaces:
        raise AttributeError(f"there is no namespace of ops called {name}{nearest(name, _spaces)}")
    return _spaces[name]
