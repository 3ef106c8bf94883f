"""Native functions as Python objects: in front of generated functions, operators and dispatch.

An object is made cheaply, since there are many; what it needs to serve calls is filled in when its
op has first been solved. Until then, and for whatever is not served, it calls the Python function.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

from ...backends.native.lasting import keep_forever
from ...backends.native.types import (
    CALL,
    DESCR_GET,
    METHOD,
    REFERENCE,
    SIZE,
    VECTORCALL,
    make_type,
)  # fmt: skip
from ...backends.native.view import View, array
from ..results import class_of
from . import plans
from .functions import FunctionObject
from .objects import Table
from .recipes import HOPELESS
from .runtime import ADDRESSES, ENABLED
from .runtime import function as native_function
from .solved import POINTER, Owner

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
WORDS = ctypes.c_int64

if ENABLED:
    NativeFunction: Any = make_type(
        "tensorsmith.NativeFunction",
        FunctionObject,
        {
            "__wrapped__": ("wrapped", REFERENCE),
            "__name__": ("name", REFERENCE),
            "__qualname__": ("qualified_name", REFERENCE),
            "__vectorcalloffset__": ("vectorcall", SIZE),
        },
        slots={
            CALL: ctypes.cast(ctypes.pythonapi.PyVectorcall_Call, ctypes.c_void_p).value or 0,
            DESCR_GET: ADDRESSES["get_function"],
        },
        flags=METHOD | VECTORCALL,
    )
    for _name in ("__module__", "__doc__"):
        setattr(NativeFunction, _name, property(attrgetter(f"__wrapped__.{_name}")))
    NativeFunction.__reduce__ = lambda self: self.__wrapped__.__qualname__
    NativeFunction.__repr__ = lambda self: f"<function {self.__wrapped__.__qualname__}>"
    _clear = native_function("clear", POINTER, POINTER)
    _learn_recipe = native_function(
        "learn_recipe", POINTER, POINTER, ctypes.py_object, ctypes.py_object, POINTER
    )

_waiting: dict[Any, list[tuple[Any, tuple[int, ...], int, dict[int, Any], Any, Any]]] = {}
_linked: dict[Any, tuple[Any, int, int]] = {}
_alive: list[Any] = []
_VECTORCALL = FunctionObject.FIELDS["vectorcall"].offset
_FIRST_FOUR = WORDS * 4  # vectorcall, wrapped, name, qualified_name


def _make(wrapped: Callable[..., Any], entry: str) -> Any:
    made = object.__new__(NativeFunction)
    kept = keep_forever((wrapped, wrapped.__name__, wrapped.__qualname__))
    # At once and not as a view's attributes: importing the package makes hundreds of them.
    _FIRST_FOUR.from_address(id(made) + _VECTORCALL)[:] = [ADDRESSES[entry], *map(id, kept)]
    return made


def served(
    key: str,
    places: tuple[int, ...],
    form: int = plans.PLAIN,
    defaults: dict[int, Any] | None = None,
    results: Any = None,
    like: Callable[..., Any] | None = None,
) -> Callable[[AnyFunction], AnyFunction]:
    """Puts a native function in front of a Python function of an op.

    Several can stand in front of one another: each calls the next for what it does not serve.

    Args:
        key: The name by which the op is called.
        places: For each parameter, those that are keyword-only last, the number of the op's value
            (operands, then attributes) that it is.
        form: `INTO_FIRST` for a function that writes into its first argument.
        defaults: Values that no parameter gives; those of parameters are the function's own.
        results: Of several results, the name of their class and their names.
        like: A function that has the parameters, where the Python function takes any.
    """

    def attach(function: AnyFunction) -> AnyFunction:
        if not ENABLED:
            return function
        made = _make(function, "call_function")
        row = (made, places, form, defaults or {}, results, like or function)
        _waiting.setdefault(key, []).append(row)
        if key in _linked:
            link(key, *_linked[key])
        return made  # type: ignore[no-any-return]

    return attach


def door(form: int) -> Callable[[AnyFunction], AnyFunction]:
    """Puts a native function in front of a door of dispatch."""

    def attach(function: AnyFunction) -> AnyFunction:
        if not ENABLED:
            return function
        made = _make(function, "call_door")
        struct: Any = View(FunctionObject, id(made))
        names = [sys.intern("out"), sys.intern("known")]
        struct.names = _array([id(name) for name in names])
        struct.form = form
        return made  # type: ignore[no-any-return]

    return attach


def in_front(entry: str) -> Callable[[AnyFunction], AnyFunction]:
    """Puts the native function of that name in front of a Python function."""

    def attach(function: AnyFunction) -> AnyFunction:
        return _make(function, entry) if ENABLED else function

    return attach


def composite(function: AnyFunction, teacher: Callable[..., Any], entry: str) -> Any:
    """A native function in front of a composite.

    Args:
        function: The composite.
        teacher: Does the same, and learns what it does.
        entry: Name of the native function.
    """
    made = _make(function, entry)
    struct: Any = View(FunctionObject, id(made))
    struct.teacher = id(keep_forever(teacher))
    struct.recipes = keep_forever(View(Table)).at
    return made


def learn_composite(
    made: Any, values: tuple[Any, ...], names: tuple[str, ...], recipe: Owner | None
) -> bool:
    """Lets a composite's native function repeat a call, or give it up if there is no recipe."""
    at = HOPELESS if recipe is None else recipe.struct.at
    return bool(_learn_recipe(id(made), values, names, at))


def forget_composite(made: Any) -> None:
    """Drops what a composite's native function has learned."""
    _clear(View(FunctionObject, id(made)).recipes)


def link(key: Any, record: Any, operands: int, attributes: int) -> None:
    """Lets the functions of an op look calls up in its record."""
    _linked[key] = (record, operands, attributes)
    for made, places, form, extra, results, function in _waiting.pop(key, ()):
        while type(function) is NativeFunction:  # of a composite
            function = function.__wrapped__
        code = function.__code__
        positional = min(code.co_argcount, len(places))
        gathers = bool(code.co_flags & 4)
        names = list(code.co_varnames[: len(places)])
        given = dict(extra)
        for name, value in zip(
            reversed(code.co_varnames[: code.co_argcount]), reversed(function.__defaults__ or ())
        ):
            if name in names:
                given[places[names.index(name)]] = value
        for name, value in (function.__kwdefaults__ or {}).items():
            if name in names:
                given[places[names.index(name)]] = value
        struct: Any = View(FunctionObject, id(made))
        struct.form = form
        struct.parameters, struct.positional = len(places), positional
        struct.gather = int(gathers)
        interned = [sys.intern(name) for name in names]
        struct.names = _array([id(name) for name in interned])
        struct.places = _array(list(places))
        struct.defaults = _array(
            [id(given[i]) if i in given else 0 for i in range(operands + attributes)]
        )
        kind = None if results is None else class_of(*results)
        struct.results = 0 if kind is None else id(kind)
        _alive.append((interned, given, kind))
        struct.record = record.struct.at  # last: from now on calls are served


def unlink(key: Any) -> None:
    """Ends the service of an op's functions; those made later are linked anew.

    The record stays, empty: functions that were linked go on to look calls up in it, find none and
    call Python.
    """
    _waiting.pop(key, None)
    if key in _linked:
        _alive.append(_linked.pop(key))


def _array(values: list[int]) -> int:
    made = array(values)
    _alive.append(made)
    return ctypes.addressof(made)
