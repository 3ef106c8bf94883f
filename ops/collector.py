"""The garbage collector of Python, at rest while a package is imported."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collector() -> Iterator[None]:
    """Nothing is collected inside: what modules make stays, and looking through it again and again
    is a twentieth of the time that an import takes. Afterwards it counts as old, as if it had been
    looked through, unless the program keeps frozen objects of its own, which would be let go."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()  # into the oldest generation
            gc.enable()
