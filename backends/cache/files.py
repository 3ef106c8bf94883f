"""Files of a private folder: read if they may be trusted, written so that all see them whole."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from .trust import distrust_file

TEMPORARY = ".new-"
"""How the names of files begin that are being written."""

LARGEST = 1 << 28
"""Bytes that a file, or an object when unpacked, may have: 256 MiB. Kernels have some 10 KB, the
largest objects some MB. What says that it is larger is damaged, and never read into memory."""

SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
"""Flags of files that are opened: no link is followed, and opening a pipe waits for nobody."""

_FRESH = 3600.0  # seconds in which a file that is used again is not marked again


def read(path: str | Path, mark: bool = False) -> bytes | None:
    """A file's bytes, if it is one, may be trusted, and has at most `LARGEST` bytes; on request it
    is marked as used.

    Raises:
        OSError: It is not there, is a link, or cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | SAFELY)
    try:
        state = os.fstat(handle)
        if distrust_file(state) or state.st_size > LARGEST:
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
