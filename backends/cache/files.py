"""Files of a private folder: read if they may be trusted, written so that all see them whole."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from .trust import distrust_file

TEMPORARY = ".new-"
"""How the names of files begin that are being written."""

_FRESH = 3600.0  # seconds in which a file that is used again is not marked again
_TO_READ = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK"):  # opening a pipe must not wait for a writer
    _TO_READ |= getattr(os, _name, 0)


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


def write_whole(path: str, content: bytes, durable: bool) -> None:
    """Writes a file so that nobody ever sees part of it."""
    import tempfile  # a process that finds all its kernels does without

    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=TEMPORARY)
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


def link(source: str, path: str) -> bool:
    """Gives a file one more name, in place of what had it; whether the system can do that."""
    temporary = f"{os.path.dirname(path)}/{TEMPORARY}{os.getpid()}-{os.path.basename(path)}"
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
