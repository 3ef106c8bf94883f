"""Whose folder it is: a cache is code, and only its owner may have written it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path


def distrust(folder: Path) -> str:
    """Why a folder must not be used as this user's cache; "" if nothing speaks against it.

    The folder must be a real folder of this user, to which nobody else may write. Each folder above
    it, and each link on the way, must belong to this user or to root, and nobody else may write to
    it either, unless it is sticky like /tmp: what lies in it cannot be exchanged by others then.
    """
    if os.name != "posix":
        return ""
    own = os.lstat(folder)
    if stat.S_ISLNK(own.st_mode):
        return distrust_link(folder)
    if not stat.S_ISDIR(own.st_mode):
        return "is not a folder"
    if own.st_uid != os.geteuid():
        return f"belongs to another user (number {own.st_uid})"
    if own.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written to by others"
    return _distrust_way(folder.absolute().parent)


def distrust_link(folder: Path) -> str:
    """Why a folder must not be a symbolic link, and which one it stands for; "" if it is none."""
    if os.name != "posix" or not folder.is_symlink():
        return ""
    return f"is a symbolic link to {os.path.realpath(folder)}, which can be named instead"


def _distrust_way(path: Path) -> str:
    for place in _way(path.absolute()):
        why = _distrust_above(place)
        if why:
            return f"lies in {place}, which {why}"
    return ""


def _way(path: Path) -> Iterator[Path]:
    """All that is passed on the way to an absolute path, links and what they lead to as well."""
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        end = waiting.pop()
        for place in (*reversed(end.parents), end):
            if place not in seen:
                seen.add(place)
                yield place
                if place.is_symlink():
                    real = os.path.realpath(place.parent)
                    waiting.append(Path(real, os.readlink(place)))


def _distrust_above(folder: Path) -> str:
    state = os.lstat(folder)
    if state.st_uid not in (0, os.geteuid()):
        return f"belongs to another user (number {state.st_uid})"
    if stat.S_ISLNK(state.st_mode) or state.st_mode & stat.S_ISVTX:
        return ""
    if state.st_mode & stat.S_IWOTH:
        return "can be written to by everybody"
    if state.st_mode & stat.S_IWGRP and not _private_group(state.st_gid):
        return "can be written to by a group of users"
    return ""


def _private_group(group: int) -> bool:
    """Whether only this user, or root, is in a group: usual where each user has one of his own."""
    if group in (0, os.getegid()) and os.geteuid() == 0:
        return True
    try:
        import grp
        import pwd

        user = pwd.getpwuid(os.geteuid())
        found = grp.getgrgid(group)
    except (ImportError, KeyError):
        return False
    return (
        group == user.pw_gid
        and found.gr_name == user.pw_name
        and set(found.gr_mem) <= {user.pw_name}
    )


def distrust_file(state: os.stat_result) -> str:
    """Why an opened file must not be executed from; "" if nothing speaks against it."""
    if not stat.S_ISREG(state.st_mode):
        return "is not a regular file"
    if os.name != "posix":
        return ""
    if state.st_uid not in (0, os.geteuid()):
        return f"belongs to another user (number {state.st_uid})"
    if state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written to by others"
    return ""


def distrust_bundle(path: Path, state: os.stat_result) -> str:
    """Why a bundle outside of the package must not be used; "" if nothing speaks against it.

    It may be root's or this user's, and nobody else may write to it, or exchange it or anything on
    the way to it.

    Args:
        path: By which it was opened.
        state: Of the opened file: what lies at the path may be another one by now.
    """
    why = distrust_file(state)
    return why if why or os.name != "posix" else _distrust_way(path)
