"""Files that others may read, replaced in one step."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

MODE = 0o644
"""Of a new file before the umask takes its part: others may read it, and never write to it."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def replace_file(path: Path, content: bytes) -> None:
    """Writes a file for all whom the umask lets read it, so that nobody ever sees part of it.

    Args:
        path: Where to; its folder is there.
        content: All of it.

    Raises:
        OSError: It cannot be written. The error names `path`, whatever step failed; a file that
            was there stays, and nothing is left beside it.
    """
    temporary = path.with_name(f".new-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        handle = os.open(temporary, _NEW, MODE)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
