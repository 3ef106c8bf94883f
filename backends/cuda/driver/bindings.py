"""The real driver, through `cuda.bindings.driver`, which is imported when this is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from ....ops.errors import BackendError
from .protocol import MOST_DYNAMIC_SHARED, PORTABLE, SMALLEST_VERSION, Functions, Launcher
from .status import NOT_READY, CudaError


class MissingDriverError(BackendError):
    """There is no driver to talk to: no bindings, or no library of the driver."""


def bindings() -> ModuleType:
    """The bindings of the driver, with its library found.

    Raises:
        MissingDriverError: A package or the library is missing.
    """
    try:
        from cuda.bindings import driver
    except ImportError as error:
        raise MissingDriverError(
            f"the package cuda-bindings is not installed (pip install tensorsmith[cuda]): {error}"
        ) from None
    try:
        driver.cuDriverGetVersion()
    except Exception:  # what the finder of libraries raises has no base of its own
        raise MissingDriverError(
            "Found no NVIDIA driver on your system: libcuda.so.1 is not there"
        ) from None
    return driver  # type: ignore[no-any-return]


class BoundDriver:
    """The driver of this machine; each method is the function of CUDA's that `Driver` names.

    Raises:
        MissingDriverError: There is none.
    """

    name = "cuda"
    watches = False

    def __init__(self) -> None:
        self._cuda: Any = bindings()
        self._launch = self._cuda.cuLaunchKernel
        self._streams: dict[int, Any] = {}  # made once: that takes as long as the launch

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The result of a function whose answer begins with a status."""
        answer = function(*arguments)
        if answer[0]:
            raise self._error(function.__name__, answer[0])
        return answer[1] if len(answer) > 1 else None

    def _error(self, call: str, status: Any) -> CudaError:
        _, name = self._cuda.cuGetErrorName(status)
        _, words = self._cuda.cuGetErrorString(status)
        return CudaError(call, int(status), _text(name), _text(words))

    def _is_done(self, function: Callable[..., Any], handle: int) -> bool:
        (status,) = function(handle)
        if status and int(status) != NOT_READY:
            raise self._error(function.__name__, status)
        return not status

    # -- devices and contexts ----------------------------------------------------------------------

    def initialize(self) -> None:
        self._call(self._cuda.cuInit, 0)

    def version(self) -> int:
        return int(self._call(self._cuda.cuDriverGetVersion))

    def device_count(self) -> int:
        return int(self._call(self._cuda.cuDeviceGetCount))

    def device_name(self, device: int) -> str:
        return _text(self._call(self._cuda.cuDeviceGetName, 256, device))

    def device_attribute(self, device: int, attribute: int) -> int:
        kind = self._cuda.CUdevice_attribute(attribute)
        return int(self._call(self._cuda.cuDeviceGetAttribute, kind, device))

    def device_memory(self, device: int) -> int:
        return int(self._call(self._cuda.cuDeviceTotalMem, device))

    def device_uuid(self, device: int) -> bytes:
        return bytes(self._call(self._cuda.cuDeviceGetUuid, device).bytes)

    def can_access_peer(self, device: int, peer: int) -> bool:
        return bool(self._call(self._cuda.cuDeviceCanAccessPeer, device, peer))

    def retain_context(self, device: int) -> int:
        return int(self._call(self._cuda.cuDevicePrimaryCtxRetain, device))

    def release_context(self, device: int) -> None:
        self._call(self._cuda.cuDevicePrimaryCtxRelease, device)

    def set_context(self, context: int) -> None:
        self._call(self._cuda.cuCtxSetCurrent, context)

    def synchronize_context(self) -> None:
        self._call(self._cuda.cuCtxSynchronize)

    def enable_peer_access(self, peer: int) -> None:
        self._call(self._cuda.cuCtxEnablePeerAccess, peer, 0)

    # -- memory ------------------------------------------------------------------------------------

    def memory_info(self) -> tuple[int, int]:
        status, free, total = self._cuda.cuMemGetInfo()
        if status:
            raise self._error("cuMemGetInfo", status)
        return int(free), int(total)

    def allocate(self, nbytes: int) -> int:
        return int(self._call(self._cuda.cuMemAlloc, nbytes))

    def free(self, address: int) -> None:
        self._call(self._cuda.cuMemFree, address)

    def allocate_host(self, nbytes: int) -> int:
        return int(self._call(self._cuda.cuMemHostAlloc, nbytes, PORTABLE))

    def free_host(self, address: int) -> None:
        self._call(self._cuda.cuMemFreeHost, address)

    def copy_to_device(self, to: int, source: int, nbytes: int, stream: int) -> None:
        self._call(self._cuda.cuMemcpyHtoDAsync, to, source, nbytes, stream)

    def copy_to_host(self, to: int, source: int, nbytes: int, stream: int) -> None:
        self._call(self._cuda.cuMemcpyDtoHAsync, to, source, nbytes, stream)

    def copy_on_device(self, to: int, source: int, nbytes: int, stream: int) -> None:
        self._call(self._cuda.cuMemcpyDtoDAsync, to, source, nbytes, stream)

    def copy_to_peer(
        self, to: int, to_context: int, source: int, context: int, nbytes: int, stream: int
    ) -> None:
        copy = self._cuda.cuMemcpyPeerAsync
        self._call(copy, to, to_context, source, context, nbytes, stream)

    def fill(self, address: int, byte: int, nbytes: int, stream: int) -> None:
        self._call(self._cuda.cuMemsetD8Async, address, byte, nbytes, stream)

    def note_block(self, address: int, nbytes: int, stream: int) -> None:
        """Nothing: nobody watches."""

    def forget_block(self, address: int) -> None:
        """Nothing: nobody watches."""

    # -- streams and events ------------------------------------------------------------------------

    def stream_priorities(self) -> tuple[int, int]:
        status, least, greatest = self._cuda.cuCtxGetStreamPriorityRange()
        if status:
            raise self._error("cuCtxGetStreamPriorityRange", status)
        return int(least), int(greatest)

    def create_stream(self, flags: int, priority: int) -> int:
        return int(self._call(self._cuda.cuStreamCreateWithPriority, flags, priority))

    def destroy_stream(self, stream: int) -> None:
        self._call(self._cuda.cuStreamDestroy, stream)

    def synchronize_stream(self, stream: int) -> None:
        self._call(self._cuda.cuStreamSynchronize, stream)

    def is_stream_done(self, stream: int) -> bool:
        return self._is_done(self._cuda.cuStreamQuery, stream)

    def wait_event(self, stream: int, event: int) -> None:
        self._call(self._cuda.cuStreamWaitEvent, stream, event, 0)

    def create_event(self, flags: int) -> int:
        return int(self._call(self._cuda.cuEventCreate, flags))

    def destroy_event(self, event: int) -> None:
        self._call(self._cuda.cuEventDestroy, event)

    def record_event(self, event: int, stream: int) -> None:
        self._call(self._cuda.cuEventRecord, event, stream)

    def is_event_done(self, event: int) -> bool:
        return self._is_done(self._cuda.cuEventQuery, event)

    def synchronize_event(self, event: int) -> None:
        self._call(self._cuda.cuEventSynchronize, event)

    def elapsed_time(self, start: int, end: int) -> float:
        return float(self._call(self._cuda.cuEventElapsedTime, start, end))

    # -- kernels -----------------------------------------------------------------------------------

    def load_module(self, image: bytes) -> int:
        return int(self._call(self._cuda.cuModuleLoadData, image))

    def unload_module(self, module: int) -> None:
        self._call(self._cuda.cuModuleUnload, module)

    def get_function(self, module: int, name: str) -> int:
        return int(self._call(self._cuda.cuModuleGetFunction, module, name.encode()))

    def allow_shared(self, function: int, nbytes: int) -> None:
        kind = self._cuda.CUfunction_attribute(MOST_DYNAMIC_SHARED)
        self._call(self._cuda.cuFuncSetAttribute, self._cuda.CUfunction(function), kind, nbytes)

    def launcher(self, function: int, threads: int, shared: int = 0) -> Launcher:
        handle, launch, streams = self._cuda.CUfunction(function), self._launch, self._streams

        def run(blocks: int, stream: int, extra: int) -> None:
            queue = streams.get(stream)
            if queue is None:
                queue = streams.setdefault(stream, self._cuda.CUstream(stream))
            (status,) = launch(handle, blocks, 1, 1, threads, 1, 1, shared, queue, None, extra)
            if status:
                raise self._error("cuLaunchKernel", status)

        return run

    def tensor_map(
        self,
        kind: str,
        address: int,
        extents: Sequence[int],
        strides: Sequence[int],
        box: Sequence[int],
    ) -> tuple[int, ...]:
        cuda = self._cuda
        wide, narrow = cuda.cuuint64_t, cuda.cuuint32_t
        name = f"CU_TENSOR_MAP_DATA_TYPE_{kind.upper()}"
        made = self._call(
            cuda.cuTensorMapEncodeTiled,
            getattr(cuda.CUtensorMapDataType, name),
            len(extents),
            address,
            [wide(extent) for extent in extents],
            [wide(stride) for stride in strides],
            [narrow(size) for size in box],
            [narrow(1) for _ in box],
            cuda.CUtensorMapInterleave.CU_TENSOR_MAP_INTERLEAVE_NONE,
            cuda.CUtensorMapSwizzle.CU_TENSOR_MAP_SWIZZLE_128B,
            cuda.CUtensorMapL2promotion.CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
            cuda.CUtensorMapFloatOOBfill.CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE,
        )
        return tuple(int(word) for word in made.opaque)

    def functions(self) -> Functions | None:
        found = [self._address(name) for name in ("cuLaunchKernel", "cuCtxSetCurrent")]
        return Functions(*found) if all(found) else None

    def _address(self, name: str) -> int:
        """Where a function of the driver's lies; 0 if that is not known."""
        answer = self._cuda.cuGetProcAddress(name.encode(), SMALLEST_VERSION, 0)
        return 0 if answer[0] else int(answer[1])

    def error_of(self, call: str, code: int) -> CudaError:
        return self._error(call, self._cuda.CUresult(code))

    # -- graphs ------------------------------------------------------------------------------------

    def begin_capture(self, stream: int, mode: int) -> None:
        self._call(self._cuda.cuStreamBeginCapture, stream, self._cuda.CUstreamCaptureMode(mode))

    def end_capture(self, stream: int) -> int:
        return int(self._call(self._cuda.cuStreamEndCapture, stream))

    def is_capturing(self, stream: int) -> bool:
        return bool(int(self._call(self._cuda.cuStreamIsCapturing, stream)))

    def exchange_capture_mode(self, mode: int) -> int:
        kind = self._cuda.CUstreamCaptureMode(mode)
        return int(self._call(self._cuda.cuThreadExchangeStreamCaptureMode, kind))

    def instantiate_graph(self, graph: int) -> int:
        return int(self._call(self._cuda.cuGraphInstantiate, graph, 0))

    def launch_graph(self, executable: int, stream: int) -> None:
        self._call(self._cuda.cuGraphLaunch, executable, stream)

    def destroy_graph(self, graph: int) -> None:
        self._call(self._cuda.cuGraphDestroy, graph)

    def destroy_executable(self, executable: int) -> None:
        self._call(self._cuda.cuGraphExecDestroy, executable)

    # -- profiling ---------------------------------------------------------------------------------

    def start_profiler(self) -> None:
        self._call(self._cuda.cuProfilerStart)

    def stop_profiler(self) -> None:
        self._call(self._cuda.cuProfilerStop)


def _text(name: bytes) -> str:
    return name.split(b"\0")[0].decode()
