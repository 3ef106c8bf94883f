"""Whose folder it is: a cache is code, and only its owner may have written it."""

from __future__ import annotations

import os
import stat
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
        return "is a symbolic link"
    if not stat.S_ISDIR(own.st_mode):
        return "is not a folder"
    if own.st_uid != os.geteuid():
        return f"belongs to another user (number {own.st_uid})"
    if own.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written to by others"
    lexical = Path(os.path.abspath(folder)).parents
    real = Path(os.path.realpath(folder)).parents
    for above in dict.fromkeys((*lexical, *real)):
        why = _distrust_above(above)
        if why:
            return f"lies in {above}, which {why}"
    return ""


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
    return group == user.pw_gid and found.gr_name == user.pw_name and set(found.gr_mem) <= {
        user.pw_name
    }


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


def distrust_bundle(path: Path) -> str:
    """Why a bundle outside of the package must not be used; "" if nothing speaks against it.

    It may be root's or this user's, and nobody else may write to it or to its folder.
    """
    why = distrust_file(os.stat(path))
    if why or os.name != "posix":
        return why
    above = _distrust_above(path.resolve().parent)
    return f"its folder {above}" if above else ""
