"""What the run time asks of a driver: the few functions of CUDA's driver API that are used.

Handles and addresses are integers. Names are those of CUDA in words (`cuMemcpyHtoDAsync` is
`copy_to_device`); copies and fills take the stream that they are queued on. Where CUDA wants a
context to be current, it is the one that `set_context` named last in this thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ....ops.dataclass import dataclass
from .status import CudaError

NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING: does not wait for the default stream
BLOCKING_SYNC = 1  # CU_EVENT_BLOCKING_SYNC
DISABLE_TIMING = 2  # CU_EVENT_DISABLE_TIMING
PORTABLE = 1  # CU_MEMHOSTALLOC_PORTABLE: pinned for all contexts

MOST_DYNAMIC_SHARED = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES

CAPTURE_MODES = ("global", "thread_local", "relaxed")
"""By number. What a capture forbids: unsafe calls of all threads, of its own thread, nothing."""

SMALLEST_VERSION = 12000
"""Of a driver: CUDA 12.0."""


Launcher = Callable[[int, int, int], None]


@dataclass(frozen=True)
class Functions:
    """Addresses of C functions of a driver.

    Attributes:
        launch: cuLaunchKernel.
        set_context: cuCtxSetCurrent.
    """

    launch: int
    set_context: int


class Attribute:
    """Numbers of attributes of a device (`CUdevice_attribute`)."""

    MAX_THREADS_PER_BLOCK = 1
    MAX_GRID_DIM_X = 5
    MAX_SHARED_MEMORY_PER_BLOCK = 8
    WARP_SIZE = 10
    MAX_REGISTERS_PER_BLOCK = 12
    CLOCK_RATE = 13
    MULTIPROCESSOR_COUNT = 16
    INTEGRATED = 18
    PCI_BUS_ID = 33
    PCI_DEVICE_ID = 34
    MEMORY_CLOCK_RATE = 36
    GLOBAL_MEMORY_BUS_WIDTH = 37
    L2_CACHE_SIZE = 38
    MAX_THREADS_PER_MULTIPROCESSOR = 39
    PCI_DOMAIN_ID = 50
    COMPUTE_CAPABILITY_MAJOR = 75
    COMPUTE_CAPABILITY_MINOR = 76
    MAX_SHARED_MEMORY_PER_MULTIPROCESSOR = 81
    MAX_REGISTERS_PER_MULTIPROCESSOR = 82
    MULTI_GPU_BOARD = 84
    MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97


class Driver(Protocol):
    """A CUDA driver.

    All calls raise `CudaError` where the driver gives a status other than success.

    Attributes:
        name: `cuda`, `simulated`.
        watches: It wants to know which parts of allocations are given out (`note_block`).
    """

    name: str
    watches: bool

    # -- devices and contexts ----------------------------------------------------------------------

    def initialize(self) -> None:
        """cuInit."""

    def version(self) -> int:
        """cuDriverGetVersion: 12040 is CUDA 12.4."""

    def device_count(self) -> int:
        """cuDeviceGetCount."""

    def device_name(self, device: int) -> str:
        """cuDeviceGetName."""

    def device_attribute(self, device: int, attribute: int) -> int:
        """cuDeviceGetAttribute."""

    def device_memory(self, device: int) -> int:
        """cuDeviceTotalMem, bytes."""

    def device_uuid(self, device: int) -> bytes:
        """cuDeviceGetUuid, 16 bytes."""

    def can_access_peer(self, device: int, peer: int) -> bool:
        """cuDeviceCanAccessPeer."""

    def retain_context(self, device: int) -> int:
        """cuDevicePrimaryCtxRetain."""

    def release_context(self, device: int) -> None:
        """cuDevicePrimaryCtxRelease."""

    def set_context(self, context: int) -> None:
        """cuCtxSetCurrent."""

    def synchronize_context(self) -> None:
        """cuCtxSynchronize."""

    def enable_peer_access(self, peer: int) -> None:
        """cuCtxEnablePeerAccess: the current context may reach memory of the context `peer`."""

    # -- memory ------------------------------------------------------------------------------------

    def memory_info(self) -> tuple[int, int]:
        """cuMemGetInfo: bytes free and in all."""

    def allocate(self, nbytes: int) -> int:
        """cuMemAlloc."""

    def free(self, address: int) -> None:
        """cuMemFree."""

    def allocate_host(self, nbytes: int) -> int:
        """cuMemHostAlloc: memory of the host that the device reads and writes by itself."""

    def free_host(self, address: int) -> None:
        """cuMemFreeHost."""

    def copy_to_device(self, to: int, source: int, nbytes: int, stream: int) -> None:
        """cuMemcpyHtoDAsync."""

    def copy_to_host(self, to: int, source: int, nbytes: int, stream: int) -> None:
        """cuMemcpyDtoHAsync."""

    def copy_on_device(self, to: int, source: int, nbytes: int, stream: int) -> None:
        """cuMemcpyDtoDAsync."""

    def copy_to_peer(
        self, to: int, to_context: int, source: int, context: int, nbytes: int, stream: int
    ) -> None:
        """cuMemcpyPeerAsync."""

    def fill(self, address: int, byte: int, nbytes: int, stream: int) -> None:
        """cuMemsetD8Async."""

    def note_block(self, address: int, nbytes: int, stream: int) -> None:
        """Tells that part of an allocation was given out: whoever watches accesses wants to know.

        From the first such note on, only noted parts of the allocation may be reached. Called only
        if the driver watches.
        """

    def forget_block(self, address: int) -> None:
        """Tells that it was given back."""

    # -- streams and events ------------------------------------------------------------------------

    def stream_priorities(self) -> tuple[int, int]:
        """cuCtxGetStreamPriorityRange: the least and the greatest; the greatest is a smaller
        number."""

    def create_stream(self, flags: int, priority: int) -> int:
        """cuStreamCreateWithPriority."""

    def destroy_stream(self, stream: int) -> None:
        """cuStreamDestroy."""

    def synchronize_stream(self, stream: int) -> None:
        """cuStreamSynchronize."""

    def is_stream_done(self, stream: int) -> bool:
        """cuStreamQuery."""

    def wait_event(self, stream: int, event: int) -> None:
        """cuStreamWaitEvent."""

    def create_event(self, flags: int) -> int:
        """cuEventCreate."""

    def destroy_event(self, event: int) -> None:
        """cuEventDestroy."""

    def record_event(self, event: int, stream: int) -> None:
        """cuEventRecord."""

    def is_event_done(self, event: int) -> bool:
        """cuEventQuery."""

    def synchronize_event(self, event: int) -> None:
        """cuEventSynchronize."""

    def elapsed_time(self, start: int, end: int) -> float:
        """cuEventElapsedTime, milliseconds."""

    # -- kernels -----------------------------------------------------------------------------------

    def load_module(self, image: bytes) -> int:
        """cuModuleLoadData."""

    def unload_module(self, module: int) -> None:
        """cuModuleUnload."""

    def get_function(self, module: int, name: str) -> int:
        """cuModuleGetFunction."""

    def allow_shared(self, function: int, nbytes: int) -> None:
        """cuFuncSetAttribute: launches may give each block so many bytes of shared memory."""

    def launcher(self, function: int, threads: int, shared: int = 0) -> Launcher:
        """cuLaunchKernel of one function, with blocks of so many threads and bytes of shared memory
        beside what the function brings.

        The result takes the number of blocks, the stream, and the address of five words:
        CU_LAUNCH_PARAM_BUFFER_POINTER, the address of the parameters, CU_LAUNCH_PARAM_BUFFER_SIZE,
        the address of their size in bytes, CU_LAUNCH_PARAM_END.
        """

    def tensor_map(
        self,
        kind: str,
        address: int,
        extents: Sequence[int],
        strides: Sequence[int],
        box: Sequence[int],
    ) -> tuple[int, ...]:
        """cuTensorMapEncodeTiled: the words of a map whose boxes have lines of 128 bytes, in which
        packs of 16 bytes are turned, and zeros for what lies outside of the tensor.

        Args:
            kind: `float16` or `bfloat16`.
            address: Of the tensor, a multiple of 16.
            extents: Of its dims, the innermost first.
            strides: In bytes, of all dims but the innermost; multiples of 16.
            box: Elements of a box in each dim.
        """

    def functions(self) -> Functions | None:
        """C functions that native code calls by itself; None if there are none."""

    def error_of(self, call: str, code: int) -> CudaError:
        """The exception of a status that such a function gave in this thread."""

    # -- graphs ------------------------------------------------------------------------------------

    def begin_capture(self, stream: int, mode: int) -> None:
        """cuStreamBeginCapture; `mode` is a number of `CAPTURE_MODES`."""

    def end_capture(self, stream: int) -> int:
        """cuStreamEndCapture: the graph."""

    def is_capturing(self, stream: int) -> bool:
        """cuStreamIsCapturing."""

    def exchange_capture_mode(self, mode: int) -> int:
        """cuThreadExchangeStreamCaptureMode: sets this thread's mode, gives the one before."""

    def instantiate_graph(self, graph: int) -> int:
        """cuGraphInstantiate: what can be launched."""

    def launch_graph(self, executable: int, stream: int) -> None:
        """cuGraphLaunch."""

    def destroy_graph(self, graph: int) -> None:
        """cuGraphDestroy."""

    def destroy_executable(self, executable: int) -> None:
        """cuGraphExecDestroy."""

    # -- profiling ---------------------------------------------------------------------------------

    def start_profiler(self) -> None:
        """cuProfilerStart."""

    def stop_profiler(self) -> None:
        """cuProfilerStop."""
