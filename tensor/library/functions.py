"""The functions of users' ops: made from the same source text as those of the package."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ...ops.language.op import Op
from ...ops.namespaces import split
from ..functions import generated
from ..functions.sources import function, inplace_function
from ..native.attach import served as native_served

HELPERS = (
    "REQUIRED", "call", "write_back", "served", "INTO_FIRST", "numpy_names", "overloaded",
    "overloaded_inplace", "named", "inplace_view", "inf", "nan", "Any", "Sequence",
)  # fmt: skip
"""What the source of a function uses."""

PLACE = "tensorsmith.ops"  # the module in which `mylib.f` is found

RESERVED = frozenset([*HELPERS, "KEY", "out", "numpy", "arguments", "options"])
"""Names that an argument of a user's op must not have."""


def source(op: Op) -> str:
    """Python source of an op's function, and of the one in place if it has one."""
    name = split(op.name)[1]
    return function(op, name) + (inplace_function(op, name) if op.inplace else "")


def make(op: Op) -> dict[str, Any]:
    """The functions of an op by their names: `f`, and `f_` if it has one in place."""
    space, _ = split(op.name)
    text = source(op)
    file = f"<op {op.name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {each: getattr(generated, each) for each in HELPERS}
    scope |= {"__name__": PLACE, "KEY": sys.intern(op.name), "served": _served_in(space)}
    made: dict[str, Any] = {}  # apart from what the source uses, which may have the op's name
    exec(compile(text, file, "exec"), scope, made)  # runs what we wrote, not what the entry says
    for each in made.values():
        if isinstance(each, FunctionType):
            _qualify(each, space)
    return made


def _qualify(function: FunctionType, space: str) -> None:
    """Gives a function the name by which pickle and copy find it in `PLACE`."""
    function.__qualname__ = f"{space}.{function.__name__}"


def _served_in(space: str) -> Callable[..., Any]:
    """`served` for functions of a namespace: a native function keeps the name it is given first."""

    def served(*given: Any, **options: Any) -> Callable[[FunctionType], Any]:
        attach = native_served(*given, **options)

        def put_in_front(function: FunctionType) -> Any:
            _qualify(function, space)
            return attach(function)

        return put_in_front

    return served
