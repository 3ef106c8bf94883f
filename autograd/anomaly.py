"""Anomaly mode: remembers where each node was made, and stops a backward that gives NaN."""

from __future__ import annotations

import traceback
import warnings
from types import TracebackType
from typing import Any

from ..tensor.interpreters import hold_native
from .node import Node


class _State:
    """The mode, for all threads.

    Attributes:
        enabled: Nodes note where they were made.
        check_nan: A NaN in a gradient is an error.
    """

    __slots__ = ("_enabled", "check_nan")

    def __init__(self) -> None:
        self._enabled = False
        self.check_nan = True

    @property
    def enabled(self) -> bool:
        return self._enabled

    @enabled.setter
    def enabled(self, wanted: bool) -> None:
        hold_native(int(wanted) - int(self._enabled))
        self._enabled = wanted


STATE = _State()
KEY = "traceback_"


def note(node: Node) -> None:
    """Writes down the place in the user's program that makes the node."""
    node.metadata[KEY] = traceback.format_stack()[:-2]


def warn(node: Node) -> None:
    """Warns with the place where the node was made, and of those that led to it."""
    found: Any = node.metadata.get(KEY)
    if found is None:
        warnings.warn(
            f"Error detected in {node.name()}. No forward pass information available. Enable detect"
            " anomaly during forward pass for more information.",
            UserWarning,
            stacklevel=2,
        )
        return
    warnings.warn(
        f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
        + "".join(found),
        UserWarning,
        stacklevel=2,
    )


class detect_anomaly:  # noqa: N801  (PyTorch's spelling)
    """Context in which a failing backward names the forward call, and NaN gradients are errors."""

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self._previous = (STATE.enabled, STATE.check_nan)
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should "
            "only be enabled for debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self._previous = (STATE.enabled, STATE.check_nan)
        STATE.enabled, STATE.check_nan = True, self.check_nan

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        STATE.enabled, STATE.check_nan = self._previous


class set_detect_anomaly:  # noqa: N801  (PyTorch's spelling)
    """Anomaly mode set to `mode`: at once when called, until the end of the block as a context."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._previous = (STATE.enabled, STATE.check_nan)
        STATE.enabled, STATE.check_nan = bool(mode), check_nan

    def __enter__(self) -> None:
        """The mode was set when the object was made."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        STATE.enabled, STATE.check_nan = self._previous


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return STATE.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode looks for NaN."""
    return STATE.check_nan
