"""Handles of registered hooks."""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType
from typing import Any

Hooks = OrderedDict[int, Callable[..., Any]]


class HookTable(OrderedDict[int, Callable[..., Any]]):
    """Hooks in the order of registration; can be referenced weakly."""


_next_id = itertools.count().__next__


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook out again.

    Attributes:
        id: Key of the hook in its table.
    """

    def __init__(self, table: HookTable, *, extra: object = ()) -> None:
        self._table = weakref.ref(table)
        self._extra = [weakref.ref(other) for other in extra] if isinstance(extra, tuple) else []
        self.id = _next_id()

    def remove(self) -> None:
        """Takes the hook out; a second call does nothing."""
        for reference in (self._table, *self._extra):
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


def add_hook(table: HookTable, hook: Callable[..., Any], first: bool = False) -> RemovableHandle:
    """Puts a hook into a table and returns its handle."""
    handle = RemovableHandle(table)
    table[handle.id] = hook
    if first:
        table.move_to_end(handle.id, last=False)
    return handle
