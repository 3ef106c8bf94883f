"""Warnings that point at the line of the user's program that led to them."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

PACKAGE = __name__.partition(".")[0]
_told: set[str] = set()


def warn_once(message: str) -> None:
    """`warn_user`, unless this process was told the same before, at whatever line."""
    if message not in _told:
        warn_user(message)
        _told.add(message)  # not if the warning is an error: the next one is one again


def warn_user(message: str) -> None:
    """A RuntimeWarning at the innermost line that is none of this package's.

    Python shows a text once for each line, by default: the text should name what it is about.
    """
    frame = _users_frame(sys._getframe(1))
    warnings.warn_explicit(
        message,
        RuntimeWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        frame.f_globals.get("__name__", "<unknown>"),
        frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _users_frame(innermost: FrameType) -> FrameType:
    """The innermost frame outside of the package; the outermost of all if there is none.

    Those of Python's imports do not count: the line that imports the package led there.
    """
    frame = innermost
    while frame.f_back is not None:
        own = str(frame.f_globals.get("__name__", "")).partition(".")[0] == PACKAGE
        if not own and not frame.f_code.co_filename.startswith("<frozen importlib"):
            return frame
        frame = frame.f_back
    return frame
