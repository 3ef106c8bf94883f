"""Items, bundles and folders that tests of the cache begin with."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.bundle import Head
from tensorsmith.backends.cache.folder import UserFolder
from tensorsmith.backends.cache.format import Item, make_item
from tensorsmith.backends.cache.layers import ObjectCache

ITEM = make_item("a key", bytes(range(256)) * 3, {"name": "softmax"})
HEAD = Head("x86-64-v3", "llvm 1", "generator")
ITEMS = [make_item(f"key {n}", bytes([n % 256]) * 50 * n, {"name": f"n{n}"}) for n in range(100)]


def file_of(cache: UserFolder, item: Item = ITEM) -> Path:
    """The file of an item that was put."""
    assert cache.put(item)
    path = cache.path(item.key)
    assert path is not None
    return path


def cache_with(tmp_path: Path, path: Path, kind: str = "core") -> ObjectCache:
    """A cache whose only bundle is the one at a path."""
    return ObjectCache(tmp_path / "user", target="x86-64-v3", places=lambda: iter([(kind, path)]))


def failing(name: str) -> Callable[..., Any]:
    """A function of the system that fails."""

    def fail(*_: Any, **__: Any) -> Any:
        number = getattr(errno, name)
        raise OSError(number, os.strerror(number))

    return fail


def give_away(monkeypatch: pytest.MonkeyPatch, path: Path, owner: int = 4711) -> None:
    """From here on the system says that a file or folder belongs to another user."""
    given = os.lstat(path)

    def answering(ask: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        def answer(*arguments: Any, **options: Any) -> os.stat_result:
            state = ask(*arguments, **options)
            if not os.path.samestat(state, given):
                return state
            fields = list(state)
            fields[stat.ST_UID] = owner
            return os.stat_result(fields)

        return answer

    for name in ("lstat", "fstat"):
        monkeypatch.setattr(os, name, answering(getattr(os, name)))
