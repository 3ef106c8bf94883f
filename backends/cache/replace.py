"""Files that others may read, replaced in one step."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Writes a file for everybody so that nobody ever sees part of it.

    Args:
        path: Where to; its folder is there.
        content: All of it.

    Raises:
        OSError: It cannot be written. The error names `path`, whatever step failed; a file that
            was there stays, and nothing is left beside it.
    """
    import tempfile  # a process that finds all its kernels does without

    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)  # mkstemp makes it private
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
