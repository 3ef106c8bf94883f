"""Handles of registered hooks."""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType
from typing import Any

Hooks = OrderedDict[int, Any]


class HookTable(OrderedDict[int, Callable[..., Any]]):
    """Hooks in the order of registration; can be referenced weakly."""


_next_id = itertools.count().__next__


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook out again.

    Args:
        tables: Ordered dictionaries with an entry of the hook; they are not kept alive.

    Attributes:
        id: Key of the hook in its tables.
    """

    def __init__(self, *tables: dict[int, Any]) -> None:
        self._tables = [weakref.ref(table) for table in tables]
        self.id = _next_id()

    def remove(self) -> None:
        """Takes the hook out; a second call does nothing."""
        for reference in self._tables:
            table = reference()
            if table is not None:
                table.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()


def add_hook(table: Hooks, hook: Any, first: bool = False) -> RemovableHandle:
    """Puts a hook into a table and returns its handle."""
    handle = RemovableHandle(table)
    table[handle.id] = hook
    if first:
        table.move_to_end(handle.id, last=False)
    return handle
