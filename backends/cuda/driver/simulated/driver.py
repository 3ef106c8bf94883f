"""The simulated driver: what `Driver` asks for, on memory and queues of the host."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from ...host import simulated_map
from .. import status
from ..protocol import Launcher
from ..status import CudaError, error_of
from .device_calls import MOST_BLOCKS, MOST_SHARED_OPTED, MOST_THREADS, DeviceCalls
from .library import Function, Library
from .memory import Span
from .memory_calls import MemoryCalls
from .settings import SIMULATED
from .state import entry
from .stream_calls import StreamCalls

ITEM_BYTES = {"float16": 2, "bfloat16": 2}
"""Of what tensor maps are made of."""


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

    @entry("cuFuncSetAttribute")
    def allow_shared(self, function: int, nbytes: int) -> None:
        call = "cuFuncSetAttribute"
        if not 0 <= nbytes <= MOST_SHARED_OPTED:
            raise error_of(call, status.INVALID_VALUE, f"{nbytes} bytes of shared memory")
        self.get(function, Function, call).most_shared = nbytes

    @entry("cuTensorMapEncodeTiled")
    def tensor_map(
        self,
        kind: str,
        address: int,
        extents: Sequence[int],
        strides: Sequence[int],
        box: Sequence[int],
    ) -> tuple[int, ...]:
        whole = all(0 < extent <= 1 << 32 for extent in extents)
        apart = all(0 < stride < 1 << 40 and stride % 16 == 0 for stride in strides)
        if address % 16 or not whole or not apart or not all(0 < size <= 256 for size in box):
            what = f"a tensor map at {address:#x}, extents {extents}, strides {strides}, box {box}"
            raise error_of("cuTensorMapEncodeTiled", status.INVALID_VALUE, what)
        return tuple(simulated_map(address, extents, strides, box, ITEM_BYTES[kind]))

    def launcher(self, function: int, threads: int, shared: int = 0) -> Launcher:
        return lambda blocks, stream, extra: self.launch(
            function, blocks, threads, shared, stream, extra
        )

    def functions(self) -> None:
        return None

    def error_of(self, call: str, code: int) -> CudaError:
        return error_of(call, code)

    @entry("cuLaunchKernel")
    def launch(
        self, function: int, blocks: int, threads: int, shared: int, stream: int, extra: int
    ) -> None:
        """Queues a kernel; see `launcher`."""
        call = "cuLaunchKernel"
        kernel, queue = self.get(function, Function, call), self.stream(stream, call)
        if kernel.device != queue.device or self.device(call).number != queue.device:
            where = f"on device {kernel.device}, the stream is of device {queue.device}"
            raise error_of(call, status.INVALID_HANDLE, f"{kernel.name} was loaded {where}")
        if not (0 < blocks <= MOST_BLOCKS and 0 < threads <= MOST_THREADS):
            raise error_of(call, status.INVALID_VALUE, f"{blocks} blocks of {threads} threads")
        if not 0 <= shared <= kernel.most_shared:
            raise error_of(call, status.INVALID_VALUE, f"{shared} bytes of shared memory")
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
