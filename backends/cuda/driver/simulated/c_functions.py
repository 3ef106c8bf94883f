"""The simulated driver's functions that C code calls: a status comes back, no exception."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any, Protocol

from .. import status
from ..protocol import Functions
from ..status import CudaError

_STATUS, _UNSIGNED, _POINTER = ctypes.c_int, ctypes.c_uint, ctypes.c_size_t


class Calls(Protocol):
    """The methods behind those functions."""

    def launch(
        self, function: int, blocks: int, threads: int, shared: int, stream: int, extra: int
    ) -> None:
        """cuLaunchKernel."""

    def set_context(self, context: int) -> None:
        """cuCtxSetCurrent."""


class CFunctions:
    """C functions in front of a driver's methods.

    Args:
        driver: The driver.
    """

    def __init__(self, driver: Calls) -> None:
        self._local = threading.local()
        launch = self._guarded(driver.launch)

        def launch_kernel(*arguments: int) -> int:
            function, blocks, _, _, threads, _, _, shared, stream, _, extra = arguments
            return launch(function, blocks, threads, shared, stream, extra)

        shape = [_UNSIGNED] * 7  # blocks and threads in three dims, and bytes of shared memory
        self._launch = ctypes.CFUNCTYPE(
            _STATUS, _POINTER, *shape, _POINTER, _POINTER, _POINTER
        )(launch_kernel)  # fmt: skip
        self._set_context = ctypes.CFUNCTYPE(_STATUS, _POINTER)(self._guarded(driver.set_context))

    def _guarded(self, method: Callable[..., None]) -> Callable[..., int]:
        """A method that gives the status of its error."""

        def call(*arguments: int) -> int:
            try:
                self._local.error = None
                method(*arguments)
            except CudaError as error:
                self._local.error = error
                return error.code
            except BaseException as error:  # Ctrl-C: C code would take whatever for a status
                self._local.error = error
                return status.LAUNCH_FAILED
            return 0

        return call

    def error(self) -> CudaError | None:
        """The error behind the last status of this thread, which is then forgotten.

        Raises:
            BaseException: It was none of the driver's: Ctrl-C.
        """
        found: BaseException | None = getattr(self._local, "error", None)
        self._local.error = None
        if found is not None and not isinstance(found, CudaError):
            raise found
        return found

    def addresses(self) -> Functions:
        """Where they lie."""
        return Functions(_address(self._launch), _address(self._set_context))


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0
