"""`cached_property` as Python 3.12 has it: without a lock.

That of Python 3.11 holds a lock, one for all objects of a class, while it computes: a process that
forks while another thread is inside would leave its child one that nobody gives back. Two threads
may compute a value at once instead; the first that is kept stays.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

__all__ = ["cached_property"]

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property  # noqa: TID251
else:

    class cached_property(functools.cached_property):  # noqa: N801, TID251
        """A property that is computed once and then an attribute."""

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            if instance is None:
                return self
            values = instance.__dict__
            if self.attrname not in values:
                values.setdefault(self.attrname, self.func(instance))
            return values[self.attrname]
