"""The lock under which ops are built, calls are planned, and kernels are compiled and loaded; and
how locks outlive a fork."""

from __future__ import annotations

import logging  # noqa: F401  (see below)
import os
import threading

PREPARING = threading.RLock()
"""One lock for all of it, so that no order of locks can be wrong. What is imported only when it is
needed is imported under it as well. It is held while a process forks: a child begins with every
table whole, no module half imported, and no lock of a thread that it lacks."""

_counting: list[threading.Lock] = []


def counting_lock() -> threading.Lock:
    """A lock that guards a few numbers of a module, and is held while a process forks as well.

    It may be taken under `PREPARING`, but nothing else may be taken under it.
    """
    lock = threading.Lock()
    _counting.append(lock)
    return lock


def _take_all() -> None:
    PREPARING.acquire()
    for lock in _counting:
        lock.acquire()


def _release_all() -> None:
    for lock in _counting:
        lock.release()
    PREPARING.release()


# The system calls what was registered last first, and the log of compilations takes the lock of
# `logging` under this one: so that module's own handlers must have been registered before.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_take_all, after_in_parent=_release_all, after_in_child=_release_all)
