"""The user's folder: immutable files by key, bounded, private, and never in the way.

A file is written beside its place and moved there in one step, so that a reader meets a whole file
or none. An item with several keys is one file with as many names. No lock is needed: two
processes that write one key write the same bytes. What cannot be written is kept in memory by those
who made it; a program never fails because of its cache.
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
_COMPILER = ".compiler"
_TEMPORARY = ".new-"
_STALE = 3600.0  # seconds after which a temporary file belongs to nobody any more
_FRESH = 3600.0  # seconds in which a file that is used again is not marked again
_PRUNE_EVERY = 256  # files written by one process
_PASSING = frozenset(
    getattr(errno, name)
    for name in (
        "ESTALE", "EBUSY", "EMFILE", "ENFILE", "EINTR", "EAGAIN", "ENOENT", "EIO",
        "EISDIR", "ENOTDIR", "EEXIST", "ENOTEMPTY",  # something else lies where one file should be
    )
    if hasattr(errno, name)
)
"""Errors after which the next file may well be written."""
_TO_READ = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK"):  # opening a pipe must not wait for a writer
    _TO_READ |= getattr(os, _name, 0)


@dataclass(frozen=True)
class File:
    """A file of the folder, its share of the bytes that lie there, and when it was last used
    (seconds)."""

    path: Path
    size: int
    used: float


class UserFolder:
    """Items by key, on disk.

    Attributes:
        asked: The folder that was asked for.
        folder: Where the files are; None when the folder cannot be trusted or made, and nothing is
            kept on disk.
        why_not: Why the folder is not used or what was last put is not there, as what one says
            after the folder's name; "" if nothing failed.
        limit: Bytes that the files may take.
        writable: Whether files are still written.
        durable: Whether a file is on the disk before it takes its place. Waiting for that costs
            more than compiling; without it a power cut can leave files that do not verify, which
            are misses.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.limit = limit
        self.writable = True
        self.durable = False
        self._written = 0
        self._noted: set[str] = set()
        self.asked = folder
        self.why_not = _prepare(folder)
        self.folder: Path | None = None if self.why_not else folder
        if self.why_not:
            _warn(folder, self.why_not)

    def path(self, key: str) -> Path | None:
        """The file of a key, by the digest of its text."""
        return None if self.folder is None else Path(self._place(key))

    def _place(self, key: str) -> str:
        name = digest(key)
        return f"{self.folder}/{name[:2]}/{name[2:]}{SUFFIX}"

    def get(self, key: str) -> Item | None:
        """The item of a key; None if there is none, or its file is damaged or not to be trusted."""
        if self.folder is None:
            return None
        try:
            data = read(self._place(key), mark=True)
        except OSError:
            return None
        return None if data is None else decode(data, key)

    def put(self, item: Item) -> bool:
        """Keeps an item under all of its keys; whether that was possible."""
        if self.folder is None or not self.writable:
            return False
        data = encode(item)
        places = [self._place(key) for key in item.keys]
        for attempt in (1, 2):
            try:
                for place in places:
                    with suppress(FileExistsError):
                        os.mkdir(os.path.dirname(place), 0o700)
                    if place == places[0] or not _link(places[0], place):
                        _write_whole(place, data, self.durable)
                break
            except FileNotFoundError:  # somebody removed the folder
                if attempt == 2 or _prepare(self.folder):
                    return False
            except OSError as error:
                self._give_up(error, self.folder)
                return False
        self._written += 1
        if self._written % _PRUNE_EVERY == 1:
            self.prune()
        return True

    def _give_up(self, error: OSError, folder: Path) -> None:
        self.why_not = f"cannot be written to ({error.strerror})"
        if error.errno in _PASSING:
            return
        self.writable = False
        _warn(folder, self.why_not)

    def note_compiler(self, name: str) -> None:
        """Notes that a compiler made objects here, for processes that have another or none."""
        if self.folder is None or not self.writable or name in self._noted:
            return
        path = self.folder / (digest(name)[:16] + _COMPILER)
        with suppress(OSError):  # only a way to what is there: the objects were written
            if not path.exists():
                _write_whole(str(path), name.encode(), self.durable)
            self._noted.add(name)

    def compilers(self) -> list[str]:
        """The compilers of the objects that are kept here."""
        found: list[str] = []
        if self.folder is None:
            return found
        with suppress(OSError):
            for path in sorted(self.folder.glob(f"*{_COMPILER}")):
                with suppress(OSError, UnicodeDecodeError):
                    found.append((read(path) or b"").decode())
        return [name for name in found if name]

    def files(self) -> Iterator[File]:
        """All files, in no order."""
        for path in self._all():
            if path.suffix == SUFFIX:
                with suppress(OSError):  # another process may be pruning
                    state = path.stat(follow_symlinks=False)
                    share = state.st_size // max(state.st_nlink, 1)
                    yield File(path, share, state.st_mtime)

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


def read(path: str | Path, mark: bool = False) -> bytes | None:
    """A file's bytes, if it is one and may be trusted; on request it is marked as used.

    Raises:
        OSError: It is not there, is a link, or cannot be read.
    """
    handle = os.open(path, _TO_READ)
    try:
        state = os.fstat(handle)
        if distrust_file(state):
            return None
        data = os.read(handle, state.st_size)
    finally:
        os.close(handle)
    if mark and abs(time.time() - state.st_mtime) > _FRESH:
        with suppress(OSError):
            os.utime(path)  # the order in which files are dropped
    return data


def _write_whole(path: str, content: bytes, durable: bool) -> None:
    """Writes a file so that nobody ever sees part of it."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=_TEMPORARY)
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


def _link(source: str, path: str) -> bool:
    """Gives a file one more name, in place of what had it; whether the system can do that."""
    temporary = f"{os.path.dirname(path)}/{_TEMPORARY}{os.getpid()}-{os.path.basename(path)}"
    try:
        os.link(source, temporary)
    except OSError:
        return False
    try:
        os.replace(temporary, path)
    finally:
        with suppress(OSError):  # two names of one file: `replace` leaves both
            os.unlink(temporary)
    return True


def _warn(folder: Path, why: str) -> None:
    warnings.warn(
        f"tensorsmith: the kernel cache {folder} {why}; kernels that are compiled are not kept. "
        "Set TENSORSMITH_CACHE_DIR to a private folder.",
        RuntimeWarning,
        stacklevel=4,
    )
