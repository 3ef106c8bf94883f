"""How much a folder of items holds, and what goes when that is too much.

Names of items are digests, so they fall into the 256 parts of a folder at random: a few parts say
how much is in all of them. That spares processes from looking at every file when they write a few,
and needs nothing that they would have to agree upon.
"""

from __future__ import annotations

import atexit
import os
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...ops.dataclass import dataclass
from .files import LARGEST, TEMPORARY

SUFFIX = ".kernel"
PARTS = 256
_LOOKED_AT = 4  # parts that an estimate is made from
_SURE = 16 << 20  # bytes of limits below which all files are looked at: there can be few
_STALE = 3600.0  # seconds after which a temporary file belongs to nobody any more


@dataclass(frozen=True)
class File:
    """A file of the folder, its share of the bytes that lie there, and when it was last used
    (seconds)."""

    path: Path
    size: int
    used: float


def paths_in(folder: Path) -> Iterator[Path]:
    """All that lies in the parts of a folder, also what is being written."""
    with suppress(OSError):
        for part in sorted(folder.iterdir()):
            if len(part.name) == 2:
                yield from _paths_of(part)


def _paths_of(part: Path) -> Iterator[Path]:
    with suppress(OSError):  # another process may be pruning
        yield from sorted(part.iterdir())


def files_in(paths: Iterator[Path]) -> Iterator[File]:
    """The items among some paths."""
    for path in paths:
        if path.suffix == SUFFIX:
            with suppress(OSError):
                state = path.stat(follow_symlinks=False)
                share = state.st_size // max(state.st_nlink, 1)
                yield File(path, share, state.st_mtime)


def is_below(folder: Path, limit: int) -> bool:
    """Whether a few parts of a folder say that all of it takes fewer bytes than a limit.

    Sizes add up at random, so the sum of their squares is the variance of their sum. What is seen
    must be four standard errors below what would be seen of a folder at the limit (a score test:
    a sample that is small by chance has a small error of its own). False says nothing; True is
    wrong once in a thousand times, and the next process draws other parts.
    """
    if limit < _SURE:
        return False
    parts = {f"{byte:02x}" for byte in os.urandom(_LOOKED_AT)}
    sizes = [file.size for part in parts for file in files_in(_paths_of(folder / part))]
    seen, expected = sum(sizes), limit * len(parts) / PARTS
    variance = sum(size * size for size in sizes) * expected / max(seen, 1)
    return seen < expected and (expected - seen) ** 2 > 16 * variance


def _order_to_go(file: File) -> tuple[bool, float, Path]:
    """What is too large to be whole goes first, lest all others make room for it."""
    return file.size <= LARGEST, file.used, file.path


def prune(folder: Path, limit: int, stuck: list[OSError] | None = None) -> int:
    """Removes the items used longest ago until the rest is within a limit, in bytes; how many.

    What other processes left half written an hour ago is removed too.

    Args:
        stuck: Is given the errors of items that could not be removed.
    """
    now = time.time()
    for path in paths_in(folder):
        if path.name.startswith(TEMPORARY):
            with suppress(OSError):
                if abs(now - path.stat().st_mtime) > _STALE:
                    path.unlink()
    files = sorted(files_in(paths_in(folder)), key=_order_to_go)
    total, removed = sum(file.size for file in files), 0
    for file in files:
        if total <= limit:
            break
        removed += remove(file.path, stuck)
        total -= file.size
    return removed


def remove(path: Path, stuck: list[OSError] | None = None) -> bool:
    """Removes a file; whether it was there and could be removed. See `prune`."""
    try:
        path.unlink()
    except OSError as error:
        if stuck is not None and not isinstance(error, FileNotFoundError):
            stuck.append(error)
        return False
    return True


def at_exit(hold: Callable[[], Any]) -> None:
    """Has a method called when the process ends, if its object is still there."""
    if not _holders:
        atexit.register(_hold_all)
    _holders.append(weakref.WeakMethod(hold))


_holders: list[weakref.WeakMethod[Callable[[], Any]]] = []


def _hold_all() -> None:
    for reference in _holders:
        hold = reference()
        if hold is not None:
            hold()
