"""What is done when the host waits for a GPU though nobody asked for that."""

from __future__ import annotations

import warnings

from ....ops.errors import ArgumentValueError, BackendError

MODES = ("default", "warn", "error")


class _Mode:
    """Of this process.

    Attributes:
        number: In `MODES`.
    """

    number = 0


def set_mode(mode: int | str) -> None:
    """Chooses one of `MODES`, by name or number.

    Raises:
        ArgumentValueError: There is none.
    """
    if mode not in MODES and (isinstance(mode, str) or mode not in range(len(MODES))):
        raise ArgumentValueError(
            f"set_sync_debug_mode: debug_mode must be one of {', '.join(MODES)} or 0, 1, 2, "
            f"got {mode!r}"
        )
    _Mode.number = MODES.index(mode) if isinstance(mode, str) else int(mode)


def get_mode() -> int:
    """The number of the mode."""
    return _Mode.number


def note_wait() -> None:
    """The host is about to wait.

    Raises:
        BackendError: That is to be an error.
    """
    if _Mode.number == 1:
        warnings.warn("called a synchronizing CUDA operation", UserWarning, stacklevel=4)
    elif _Mode.number == 2:
        raise BackendError("called a synchronizing CUDA operation")
