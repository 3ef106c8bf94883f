"""Whether native code serves calls in this process, and its functions as Python calls them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from ...backends.cache.warn import warn_user
from ...backends.native.calling import python_function
from ...backends.native.compiled import bundled
from ...backends.native.lasting import keep_forever
from ...backends.native.types import DEALLOC
from ...backends.native.view import View
from ...ops.errors import MissingKernelError
from . import (
    aliases,
    capsules,
    doors,
    each,
    elements,
    engine,
    functions,
    items,
    learning,
    objects,
    recipes,
    tables,
)

VERSIONS = ((3, 11), (3, 14))  # of CPython, the first and the last whose objects are known


def _wanted() -> bool:
    """Whether native code is asked for and can run here; says once why not."""
    if os.environ.get("TENSORSMITH_NATIVE", "1") == "0":
        return False
    if os.environ.get("TENSORSMITH_BACKEND", "") == "interpreter" or sys.platform != "linux":
        return False
    known = VERSIONS[0] <= sys.version_info[:2] <= VERSIONS[1]
    locked = not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled()
    if sys.implementation.name != "cpython" or not known or not locked:
        warn_user(
            "tensorsmith: native code serves CPython 3.11 to 3.14 with the interpreter lock; "
            f"calls go through Python on {sys.implementation.name} {sys.version.split()[0]}"
        )
        return False
    return True


ROOTS = (
    objects.STATE, tables.insert, tables.clear, functions.call_function, functions.get_function,
    doors.call_door, learning.learn, learning.make_storage, learning.free_storage,
    learning.make_tensor, learning.make_alias, engine.run_backward, recipes.call_item,
    items.learn_item, each.call_each, each.count_up, recipes.call_repeated, recipes.learn_recipe,
    capsules.end_capsule, elements.call_tolist, elements.call_number, elements.call_float,
    elements.call_int, elements.call_bool, elements.call_tensor, aliases.call_detach,
    aliases.call_data,
)  # fmt: skip
OBJECT = bundled("native entry points", ROOTS)


def _load() -> dict[str, int]:
    """Addresses of native functions and variables; none, said once, if they cannot be had."""
    if not _wanted():
        return {}
    try:
        return OBJECT.load()
    except MissingKernelError as error:
        warn_user(f"tensorsmith: calls go through Python, which is slower: {error}")
        return {}


ADDRESSES = _load()
ENABLED = bool(ADDRESSES)
STATE: Any = View(objects.State, ADDRESSES["state"]) if ENABLED else View(objects.State)
NAMES = ("records", "views", "taken", "geometries", "shapes", "items")
TABLES = {name: keep_forever(View(objects.Table)) for name in NAMES}
for _name, _table in TABLES.items():
    setattr(STATE, _name, _table.at)
STATE.thread = -1


def function(name: str, result: Any, *parameters: Any) -> Any:
    """A native function as Python calls it, with the interpreter lock held."""
    return python_function(ADDRESSES[name], result, *parameters)


def storage_slots() -> dict[int, int]:
    """The slots of the type of storages: it gives its block back when it is freed."""
    return {DEALLOC: ADDRESSES["free_storage"]} if ENABLED else {}


class Serving:
    """Native functions that Python code calls if there are any.

    Attributes:
        new_storage: `new_storage(size)`: a storage with a block of the pool.
        fresh: `fresh(layout, size)`: a tensor with memory of its own.
        alias: `alias(tensor)`: the same elements without history.
    """

    new_storage: Callable[[int], Any] | None = None
    fresh: Callable[[Any, int], Any] | None = None
    alias: Callable[[Any], Any] | None = None


SERVING = Serving()
