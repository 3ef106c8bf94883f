"""The lock under which ops are built, calls are planned, and kernels are compiled and loaded."""

from __future__ import annotations

import logging  # noqa: F401  (see below)
import os
from threading import RLock

PREPARING = RLock()
"""One lock for all of it, so that no order of locks can be wrong. What is imported only when it is
needed is imported under it as well. It is held while a process forks: a child begins with every
table whole, no module half imported, and no lock of a thread that it lacks."""

# The system calls what was registered last first, and the log of compilations takes the lock of
# `logging` under this one: so that module's own handlers must have been registered before.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=PREPARING.acquire,
        after_in_parent=PREPARING.release,
        after_in_child=PREPARING.release,
    )
