"""The simulated driver: what `Driver` asks for, on memory and queues of the host."""

from __future__ import annotations

import ctypes

from .. import status
from ..protocol import Launcher
from ..status import CudaError, error_of
from .device_calls import MOST_BLOCKS, MOST_THREADS, DeviceCalls
from .library import Function, Library
from .memory import Span
from .memory_calls import MemoryCalls
from .settings import SIMULATED
from .state import entry
from .stream_calls import StreamCalls


class SimulatedDriver(DeviceCalls, MemoryCalls, StreamCalls):
    """A driver of devices that are not there; its methods are described in `Driver`."""

    name = SIMULATED
    watches = True

    @entry("cuModuleLoadData")
    def load_module(self, image: bytes) -> int:
        device = self.device("cuModuleLoadData")
        self.forbid_unsafe("cuModuleLoadData")
        try:
            return self.new(Library(device.number, image))
        except OSError as error:
            raise error_of("cuModuleLoadData", status.INVALID_IMAGE, str(error)) from None

    @entry("cuModuleUnload")
    def unload_module(self, module: int) -> None:
        self.get(module, Library, "cuModuleUnload")
        self.device("cuModuleUnload").run()
        del self.handles[module]

    @entry("cuModuleGetFunction")
    def get_function(self, module: int, name: str) -> int:
        found = self.get(module, Library, "cuModuleGetFunction").function(name)
        if found is None:
            raise error_of("cuModuleGetFunction", status.NOT_FOUND, name)
        return self.new(found)

    def launcher(self, function: int, threads: int) -> Launcher:
        return lambda blocks, stream, extra: self.launch(function, blocks, threads, stream, extra)

    def functions(self) -> None:
        return None

    def error_of(self, call: str, code: int) -> CudaError:
        return error_of(call, code)

    @entry("cuLaunchKernel")
    def launch(self, function: int, blocks: int, threads: int, stream: int, extra: int) -> None:
        """Queues a kernel; see `launcher`."""
        call = "cuLaunchKernel"
        kernel, queue = self.get(function, Function, call), self.stream(stream, call)
        if kernel.device != queue.device or self.device(call).number != queue.device:
            where = f"on device {kernel.device}, the stream is of device {queue.device}"
            raise error_of(call, status.INVALID_HANDLE, f"{kernel.name} was loaded {where}")
        if not (0 < blocks <= MOST_BLOCKS and 0 < threads <= MOST_THREADS):
            raise error_of(call, status.INVALID_VALUE, f"{blocks} blocks of {threads} threads")
        words = (ctypes.c_uint64 * 5).from_address(extra)
        count = ctypes.c_uint64.from_address(words[3]).value
        slots = ctypes.string_at(words[1], count)  # parameters are read when it is queued
        spans = self._spans(queue.device, slots)
        self.add(queue, lambda: kernel.run(slots, blocks, spans))

    def _spans(self, device: int, slots: bytes) -> list[Span]:
        """What a kernel may reach: where its parameters point to."""
        addresses = memoryview(slots[: len(slots) // 8 * 8]).cast("Q")
        found = (self.reachable(device, address) for address in addresses)
        return [span for span in dict.fromkeys(found) if span is not None]
