"""The user's folder: immutable files by key, bounded, private, and never in the way.

A file is written beside its place and moved there in one step, so that a reader meets a whole file
or none. An item with several keys is one file with as many names. No lock is needed: two
processes that write one key write the same bytes. What cannot be written is kept in memory by those
who made it; a program never fails because of its cache.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .bound import SUFFIX, File, at_exit, files_in, is_below, paths_in, prune, remove
from .files import LARGEST, link, read, write_whole
from .format import Item, decode, encode
from .key import digest
from .locate import OWN
from .mode import get_jit_mode
from .trust import distrust, distrust_link
from .warn import warn_once

LIMIT = 1 << 30  # bytes that the files may take
_COMPILER = ".compiler"
LISTING = ".listing"
NOTES = (_COMPILER, LISTING)
_LOOK_EVERY = 256  # items written by one process
_ONE_FILE_ONLY = frozenset(
    getattr(errno, name)
    for name in (
        "ESTALE",
        "EBUSY",
        "EMFILE",
        "ENFILE",
        "EINTR",
        "EAGAIN",
        "ENOENT",
        "EIO",
        "EISDIR",
        "ENOTDIR",
        "EEXIST",
        "ENOTEMPTY",  # something else lies where one file should be
    )
    if hasattr(errno, name)
)
"""Errors that say something of one file: the next one may well be written."""


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
        self._written = 0  # items since the bound was last held
        self._held = False
        self._noted: set[str] = set()
        self.asked = folder
        self.why_not = _prepare(folder)
        self.folder: Path | None = None if self.why_not else folder
        self._refused = bool(self.why_not) and os.path.lexists(folder)
        if self.why_not:
            self._tell()

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
            self._tell()
            return False
        data = encode(item)
        if len(data) > LARGEST:
            self.why_not = f"takes no object of more than {LARGEST:,} bytes"
            return False
        places = [self._place(key) for key in item.keys]
        for attempt in (1, 2):
            try:
                for place in places:
                    with suppress(FileExistsError):
                        os.mkdir(os.path.dirname(place), 0o700)
                    if place == places[0] or not link(places[0], place):
                        write_whole(place, data, self.durable)
                break
            except FileNotFoundError:  # somebody removed the folder
                if attempt == 2 or _prepare(self.folder):
                    return False
            except OSError as error:
                self._give_up(error)
                return False
        if not self._held:
            at_exit(self.hold)
        self._written += 1
        if self._written >= _LOOK_EVERY or not self._held:
            self.hold()
        return True

    def hold(self) -> None:
        """Prunes, if something was written since and the files may take more than they should.

        It happens after the first item, then every so often, and when the process ends: a program
        that is killed over and over holds the bound too.
        """
        if self._written and self.folder is not None:
            self._written, self._held = 0, True
            if not is_below(self.folder, self.limit):
                self.prune()

    def _give_up(self, error: OSError) -> None:
        self.why_not = f"cannot be written to ({error.strerror})"
        if error.errno in _ONE_FILE_ONLY:
            return
        self.writable = False
        self._tell()

    def _tell(self) -> None:
        """Warns, once, that nothing is kept. Where nothing may be compiled that is no loss, unless
        kernels lie in a folder that is refused."""
        if self._refused or get_jit_mode() != "forbid":
            lost = "kernels in it are not used, and " if self._refused else ""
            warn_once(
                f"tensorsmith: the kernel cache {self.asked} {self.why_not}; {lost}kernels that "
                "are compiled are not kept. Set TENSORSMITH_CACHE_DIR to a private folder."
            )

    def note_compiler(self, name: str) -> None:
        """Notes that a compiler made objects here, for processes that have another or none."""
        file = digest(name)[:16] + _COMPILER
        if name not in self._noted and (self.get_note(file) or self.put_note(file, name.encode())):
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

    def put_note(self, name: str, content: bytes) -> bool:
        """Writes a file beside the items: only a way to what is there. Whether that was possible.

        Args:
            name: Of the file, with a suffix of `NOTES`.
            content: All of it.
        """
        if self.folder is None or not self.writable or len(content) > LARGEST:
            return False
        with suppress(OSError):
            write_whole(str(self.folder / name), content, self.durable)
            return True
        return False

    def get_note(self, name: str) -> bytes | None:
        """What `put_note` wrote; None if it is not there, or not to be trusted."""
        if self.folder is not None:
            with suppress(OSError):
                return read(self.folder / name)
        return None

    def files(self) -> Iterator[File]:
        """All files, in no order."""
        if self.folder is not None:
            yield from files_in(paths_in(self.folder))

    def prune(self, limit: int | None = None, stuck: list[OSError] | None = None) -> int:
        """Removes the files used longest ago until the rest is within the limit; how many.

        What other processes left half written an hour ago is removed too.

        Args:
            limit: Bytes; by default that of this folder.
            stuck: Is given the errors of files that could not be removed.
        """
        if self.folder is None:
            return 0
        return prune(self.folder, self.limit if limit is None else limit, stuck)

    def clear(self, stuck: list[OSError] | None = None) -> int:
        """Removes all files, also those that say what else is there; how many items there were.

        Args:
            stuck: Is given the errors of files that could not be removed.
        """
        count = 0
        if self.folder is None:
            return 0
        for path in [*paths_in(self.folder), *self._notes()]:
            count += remove(path, stuck) and path.suffix == SUFFIX
        self._noted.clear()
        return count

    def _notes(self) -> list[Path]:
        with suppress(OSError):
            if self.folder is not None:
                return [path for path in self.folder.iterdir() if path.suffix in NOTES]
        return []

    def size(self) -> tuple[int, int]:
        """Number of files, and bytes in them."""
        files = list(self.files())
        return len(files), sum(file.size for file in files)


def _prepare(folder: Path) -> str:
    """Makes a folder, private to its owner; why that is not possible or it is not to be used."""
    if not folder.is_absolute():
        return "is not an absolute path (there is no home folder)"
    try:
        linked = distrust_link(folder.parent) if folder.name == OWN else ""
        if linked:
            return f"lies in {folder.parent}, which {linked}"
        missing = [folder, *folder.parents]
        for part in reversed(missing):
            if not part.exists():
                with suppress(FileExistsError):  # another process was faster
                    part.mkdir(mode=0o700)
        return distrust(folder)
    except OSError as error:
        return f"cannot be made ({error.strerror})"
