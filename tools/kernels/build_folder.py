"""The folder that bundles are built in: apart from the cache, whose bound is for what programs use.

A program that compiles one kernel prunes the cache, `cache clear` empties it, and a run that builds
the whole space needs more than fits in. So a run that writes bundles keeps what it builds here,
where only such runs prune, and none while another one is at work. What stays is what the same
command need not compile again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...backends.cache.folder import LIMIT, UserFolder
from ...backends.cache.locate import user_folder
from ...ops.errors import BackendError

IN_USE = "in-use"
"""A file that every run which builds here holds a shared lock on; the system ends it with the
process, however that ends."""


def build_folder() -> Path:
    """Beside the cache."""
    return user_folder().with_name("building")


@contextmanager
def building() -> Iterator[Path]:
    """The folder, held as long as a bundle is built from it; pruned at the end.

    Raises:
        BackendError: It cannot be made or written to, or is not to be trusted.
    """
    user = UserFolder(build_folder())
    try:
        file = None if user.folder is None else _open(user.folder)
    except OSError as error:
        user.why_not, file = f"cannot be written to ({error.strerror})", None
    if user.folder is None or file is None:
        raise BackendError(
            f"bundles are built in {user.asked}, which {user.why_not}; --store names another folder"
        )
    with _held(file) as handle:
        yield user.folder
        if _is_alone(handle):
            user.prune(LIMIT)


def clear_building(stuck: list[OSError] | None = None) -> bool:
    """Empties the folder; False if a run is building in it, and nothing was removed.

    Args:
        stuck: Is given the errors of files that could not be removed.
    """
    folder = build_folder()
    if not folder.is_dir():
        return True
    user = UserFolder(folder)
    if user.folder is None:
        return True
    try:
        file = _open(user.folder)
    except OSError:  # then no run can build in it
        user.clear(stuck)
        return True
    with _held(file) as handle:
        alone = _is_alone(handle)
        if alone:
            user.clear(stuck)
    return alone


def _open(folder: Path) -> int:
    return os.open(folder / IN_USE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _held(handle: int) -> Iterator[int]:
    try:
        _lock(handle, exclusive=False)
        yield handle
    finally:
        os.close(handle)


def _is_alone(handle: int) -> bool:
    """Whether no other process holds the folder; if so, none can as long as this one does."""
    return _lock(handle, exclusive=True)


def _lock(handle: int, exclusive: bool) -> bool:
    with suppress(ImportError, OSError):  # file systems without locks: then nothing is pruned
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusive else fcntl.LOCK_SH)
        return True
    return False
