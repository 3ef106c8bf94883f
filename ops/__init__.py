"""What every op is: entries, their language, sizes, derivatives; `ts.ops.mylib.f` is a user's."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from .namespaces import namespace  # modules of the package do not come through here

    return namespace(name)
