"""Status codes of the driver, and the exceptions that they become."""

from __future__ import annotations

from ....ops.errors import BackendError

INVALID_VALUE = 1
OUT_OF_MEMORY = 2
NOT_INITIALIZED = 3
NO_DEVICE = 100
INVALID_DEVICE = 101
INVALID_IMAGE = 200
INVALID_CONTEXT = 201
INVALID_HANDLE = 400
NOT_FOUND = 500
NOT_READY = 600
ILLEGAL_ADDRESS = 700
LAUNCH_OUT_OF_RESOURCES = 701
PEER_ACCESS_ALREADY_ENABLED = 704
PEER_ACCESS_NOT_ENABLED = 705
LAUNCH_FAILED = 719
CAPTURE_UNSUPPORTED = 900
CAPTURE_INVALIDATED = 901
CAPTURE_MERGE = 902
CAPTURE_UNMATCHED = 903
CAPTURE_UNJOINED = 904
CAPTURE_ISOLATION = 905
CAPTURE_IMPLICIT = 906

WORDS = {
    INVALID_VALUE: ("CUDA_ERROR_INVALID_VALUE", "invalid argument"),
    OUT_OF_MEMORY: ("CUDA_ERROR_OUT_OF_MEMORY", "out of memory"),
    NOT_INITIALIZED: ("CUDA_ERROR_NOT_INITIALIZED", "initialization error"),
    NO_DEVICE: ("CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"),
    INVALID_DEVICE: ("CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"),
    INVALID_IMAGE: ("CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"),
    INVALID_CONTEXT: ("CUDA_ERROR_INVALID_CONTEXT", "invalid device context"),
    INVALID_HANDLE: ("CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"),
    NOT_FOUND: ("CUDA_ERROR_NOT_FOUND", "named symbol not found"),
    NOT_READY: ("CUDA_ERROR_NOT_READY", "device not ready"),
    ILLEGAL_ADDRESS: (
        "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered",
    ),
    LAUNCH_OUT_OF_RESOURCES: (
        "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch",
    ),
    PEER_ACCESS_ALREADY_ENABLED: (
        "CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED", "peer access is already enabled",
    ),
    PEER_ACCESS_NOT_ENABLED: (
        "CUDA_ERROR_PEER_ACCESS_NOT_ENABLED", "peer access has not been enabled",
    ),
    LAUNCH_FAILED: ("CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"),
    CAPTURE_UNSUPPORTED: (
        "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
        "operation not permitted when stream is capturing",
    ),
    CAPTURE_INVALIDATED: (
        "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
        "operation failed due to a previous error during capture",
    ),
    CAPTURE_MERGE: (
        "CUDA_ERROR_STREAM_CAPTURE_MERGE",
        "operation would result in a merge of separate capture sequences",
    ),
    CAPTURE_UNMATCHED: (
        "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED",
        "capture was not ended in the same stream as it began",
    ),
    CAPTURE_UNJOINED: (
        "CUDA_ERROR_STREAM_CAPTURE_UNJOINED",
        "capturing stream has unjoined work",
    ),
    CAPTURE_ISOLATION: (
        "CUDA_ERROR_STREAM_CAPTURE_ISOLATION",
        "dependency created on uncaptured work in another stream",
    ),
    CAPTURE_IMPLICIT: (
        "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT",
        "operation would make the legacy stream depend on a capturing blocking stream",
    ),
}  # fmt: skip
"""Code -> its name and CUDA's words, of those that the simulated driver gives."""

ASYNCHRONOUS = frozenset([ILLEGAL_ADDRESS, LAUNCH_FAILED])
"""Codes that an earlier launch may have caused, and after which a context is of no more use."""


class CudaError(BackendError):
    """A call of the driver that failed.

    Attributes:
        call: Its name: `cuMemAlloc`.
        code: Its status.
        name: The status by name: `CUDA_ERROR_OUT_OF_MEMORY`.
        words: What CUDA says about it.
        about: What else is known: launches that may have caused it, what was asked for.
    """

    def __init__(self, call: str, code: int, name: str, words: str, about: str = "") -> None:
        self.call, self.code, self.name, self.words, self.about = call, code, name, words, about
        more = f"; {about}" if about else ""
        super().__init__(f"CUDA error: {words} ({call} gave {name}){more}")

    def explained(self, about: str) -> CudaError:
        """The same error with more said about it."""
        both = f"{self.about}; {about}" if self.about else about
        return CudaError(self.call, self.code, self.name, self.words, both)

    def __reduce__(self) -> tuple[object, ...]:
        return (CudaError, (self.call, self.code, self.name, self.words, self.about))


def error_of(call: str, code: int, about: str = "") -> CudaError:
    """The exception of a status code of the table."""
    name, words = WORDS[code]
    return CudaError(call, code, name, words, about)
