"""The user's folder: one immutable file for each key, bounded, private, and never in the way.

A file is written beside its place, flushed, and moved there in one step, so that a reader meets a
whole file or none. No lock is needed: two processes that write one key write the same bytes. What
cannot be written is kept in memory by those who made it; a program never fails because of its
cache.
"""

from __future__ import annotations

import errno
import os
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .format import Item, decode, encode
from .key import digest
from .trust import distrust, distrust_file

SUFFIX = ".kernel"
LIMIT = 1 << 30  # bytes that the files may take
_TEMPORARY = ".new-"
_STALE = 3600.0  # seconds after which a temporary file belongs to nobody any more
_FRESH = 3600.0  # seconds in which a file that is used again is not marked again
_PRUNE_EVERY = 256  # files written by one process
_PASSING = frozenset(
    getattr(errno, name)
    for name in ("ESTALE", "EBUSY", "EMFILE", "ENFILE", "EINTR", "EAGAIN", "ENOENT", "EIO")
    if hasattr(errno, name)
)
"""Errors after which the next file may well be written."""


@dataclass(frozen=True)
class File:
    """A file of the folder, its size in bytes, and when it was last used (seconds)."""

    path: Path
    size: int
    used: float


class UserFolder:
    """Items by key, on disk.

    Attributes:
        asked: The folder that was asked for.
        folder: Where the files are; None when the folder cannot be trusted or made, and nothing is
            kept on disk.
        limit: Bytes that the files may take.
        writable: Whether files are still written.
        durable: Whether a file is on the disk before it takes its place. Without it a power cut can
            leave files that do not verify, which are misses.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.limit = limit
        self.writable = True
        self.durable = True
        self._written = 0
        self.asked = folder
        why = _prepare(folder)
        self.folder: Path | None = None if why else folder
        if why:
            _warn(folder, why)

    def path(self, key: str) -> Path | None:
        """The file of a key, by the digest of its text."""
        if self.folder is None:
            return None
        name = digest(key)
        return self.folder / name[:2] / (name[2:] + SUFFIX)

    def get(self, key: str) -> Item | None:
        """The item of a key; None if there is none, or its file is damaged or not to be trusted."""
        path = self.path(key)
        if path is None:
            return None
        try:
            data = _read(path)
        except OSError:
            return None
        return None if data is None else decode(data, key)

    def put(self, item: Item) -> bool:
        """Keeps an item; whether that was possible."""
        path = self.path(item.key)
        if path is None or not self.writable:
            return False
        data = encode(item)
        for attempt in (1, 2):
            try:
                path.parent.mkdir(mode=0o700, exist_ok=True)
                _write_whole(path, data, self.durable)
                break
            except FileNotFoundError:  # somebody removed the folder
                if attempt == 2 or _prepare(path.parent.parent):
                    return False
            except OSError as error:
                self._give_up(error, path.parent.parent)
                return False
        self._written += 1
        if self._written % _PRUNE_EVERY == 1:
            self.prune()
        return True

    def _give_up(self, error: OSError, folder: Path) -> None:
        if error.errno in _PASSING:
            return
        self.writable = False
        _warn(folder, f"cannot be written to ({error.strerror})")

    def files(self) -> Iterator[File]:
        """All files, in no order."""
        for path in self._all():
            if path.suffix == SUFFIX:
                with suppress(OSError):  # another process may be pruning
                    state = path.stat(follow_symlinks=False)
                    yield File(path, state.st_size, state.st_mtime)

    def _all(self) -> Iterator[Path]:
        if self.folder is None:
            return
        with suppress(OSError):
            for part in sorted(self.folder.iterdir()):
                if len(part.name) == 2:
                    with suppress(OSError):
                        yield from sorted(part.iterdir())

    def prune(self, limit: int | None = None) -> int:
        """Removes the files used longest ago until the rest is within the limit; how many.

        What other processes left half written an hour ago is removed too.
        """
        bound = self.limit if limit is None else limit
        now = time.time()
        for path in self._all():
            if path.name.startswith(_TEMPORARY):
                with suppress(OSError):
                    if abs(now - path.stat().st_mtime) > _STALE:
                        path.unlink()
        files = sorted(self.files(), key=lambda file: (file.used, file.path))
        total, removed = sum(file.size for file in files), 0
        for file in files:
            if total <= bound:
                break
            with suppress(OSError):
                file.path.unlink()
                removed += 1
            total -= file.size
        return removed

    def clear(self) -> int:
        """Removes all files; how many there were."""
        count = 0
        for path in list(self._all()):
            with suppress(OSError):
                path.unlink()
                count += path.suffix == SUFFIX
        return count

    def size(self) -> tuple[int, int]:
        """Number of files, and bytes in them."""
        files = list(self.files())
        return len(files), sum(file.size for file in files)


def _prepare(folder: Path) -> str:
    """Makes a folder, private to its owner; why that is not possible or it is not to be used."""
    if not folder.is_absolute():
        return "is not an absolute path (there is no home folder)"
    try:
        missing = [folder, *folder.parents]
        for part in reversed(missing):
            if not part.exists():
                with suppress(FileExistsError):  # another process was faster
                    part.mkdir(mode=0o700)
        return distrust(folder)
    except OSError as error:
        return f"cannot be made ({error.strerror})"


def _read(path: Path) -> bytes | None:
    """A file's bytes, if it may be trusted; marks it as used."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(handle, "rb") as file:
        state = os.fstat(handle)
        if distrust_file(state):
            return None
        data = file.read()
    if abs(time.time() - state.st_mtime) > _FRESH:
        with suppress(OSError):
            os.utime(path)  # the order in which files are dropped
    return data


def _write_whole(path: Path, content: bytes, durable: bool) -> None:
    """Writes a file so that nobody ever sees part of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _warn(folder: Path, why: str) -> None:
    warnings.warn(
        f"tensorsmith: the kernel cache {folder} {why}; kernels that are compiled are not kept. "
        "Set TENSORSMITH_CACHE_DIR to a private folder.",
        RuntimeWarning,
        stacklevel=4,
    )
