"""Calls about devices and contexts."""

from __future__ import annotations

from .. import status
from ..protocol import Attribute
from ..status import error_of
from .state import State, entry

MOST_THREADS, MOST_BLOCKS = 1024, 2**31 - 1
MOST_SHARED, MOST_SHARED_OPTED = 48 << 10, 227 << 10  # as it is, and where a kernel asks for it

ATTRIBUTES = {
    Attribute.MAX_THREADS_PER_BLOCK: MOST_THREADS,
    Attribute.MAX_GRID_DIM_X: MOST_BLOCKS,
    Attribute.MAX_SHARED_MEMORY_PER_BLOCK: MOST_SHARED,
    Attribute.MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: MOST_SHARED_OPTED,
    Attribute.MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: 228 << 10,
    Attribute.WARP_SIZE: 32,
    Attribute.MAX_REGISTERS_PER_BLOCK: 65536,
    Attribute.MAX_REGISTERS_PER_MULTIPROCESSOR: 65536,
    Attribute.MULTIPROCESSOR_COUNT: 1,
    Attribute.MAX_THREADS_PER_MULTIPROCESSOR: 2048,
    Attribute.L2_CACHE_SIZE: 1 << 20,
    Attribute.CLOCK_RATE: 1000000,
    Attribute.MEMORY_CLOCK_RATE: 1000000,
    Attribute.GLOBAL_MEMORY_BUS_WIDTH: 64,
}
"""Of every simulated device."""


class DeviceCalls(State):
    """See `Driver`, devices and contexts."""

    @entry("cuInit", context=False)
    def initialize(self) -> None:
        if not self.devices:
            raise error_of("cuInit", status.NO_DEVICE)
        self.initialized = True

    @entry("cuDriverGetVersion", context=False)
    def version(self) -> int:
        return self.settings.version

    @entry("cuDeviceGetCount", context=False)
    def device_count(self) -> int:
        return len(self.devices)

    @entry("cuDeviceGetName", context=False)
    def device_name(self, device: int) -> str:
        self.at(device, "cuDeviceGetName")
        return "tensorsmith simulated device"

    @entry("cuDeviceGetAttribute", context=False)
    def device_attribute(self, device: int, attribute: int) -> int:
        self.at(device, "cuDeviceGetAttribute")
        major, minor = divmod(self.settings.capability, 10)
        known = {
            Attribute.COMPUTE_CAPABILITY_MAJOR: major,
            Attribute.COMPUTE_CAPABILITY_MINOR: minor,
            Attribute.PCI_BUS_ID: device + 1,
        }
        return {**ATTRIBUTES, **known}.get(attribute, 0)

    @entry("cuDeviceTotalMem", context=False)
    def device_memory(self, device: int) -> int:
        return self.at(device, "cuDeviceTotalMem").memory.limit

    @entry("cuDeviceGetUuid", context=False)
    def device_uuid(self, device: int) -> bytes:
        return b"tensorsmith" + device.to_bytes(5, "big")

    @entry("cuDeviceCanAccessPeer", context=False)
    def can_access_peer(self, device: int, peer: int) -> bool:
        call = "cuDeviceCanAccessPeer"
        return self.at(device, call) is not self.at(peer, call)

    @entry("cuDevicePrimaryCtxRetain", context=False)
    def retain_context(self, device: int) -> int:
        self.at(device, "cuDevicePrimaryCtxRetain").retained += 1
        return device + 1

    @entry("cuDevicePrimaryCtxRelease", context=False)
    def release_context(self, device: int) -> None:
        found = self.of_context(device + 1, "cuDevicePrimaryCtxRelease")
        found.retained -= 1

    @entry("cuCtxSetCurrent", context=False)
    def set_context(self, context: int) -> None:
        self.local.device = self.of_context(context, "cuCtxSetCurrent")

    @entry("cuCtxSynchronize")
    def synchronize_context(self) -> None:
        call = "cuCtxSynchronize"
        device = self.device(call)
        for stream in device.streams:
            self.forbid(stream, call)
        device.run()
        device.faults.check(call)

    @entry("cuCtxEnablePeerAccess")
    def enable_peer_access(self, peer: int) -> None:
        call = "cuCtxEnablePeerAccess"
        device, other = self.device(call), self.of_context(peer, call)
        if other.number in device.peers:
            raise error_of(call, status.PEER_ACCESS_ALREADY_ENABLED)
        device.peers.add(other.number)

    @entry("cuProfilerStart")
    def start_profiler(self) -> None:
        """Counted in `calls`."""

    @entry("cuProfilerStop")
    def stop_profiler(self) -> None:
        """Counted in `calls`."""
