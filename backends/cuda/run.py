"""A GPU as a backend: memory, copies, and ops planned, compiled and launched on its streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...lowering.launch import Launch, Pointer, ScalarArgument, Schedule, Status, Target
from ...lowering.simt.schedule import schedule
from ...ops.binding import Binding
from ...ops.lock import PREPARING
from ...ops.op import Op
from ..arguments import Memory, names_of
from ..base import Buffer, Runner, observers
from ..template import Templated
from .cache import generator_digest
from .launching import CudaRunner
from .loading import load_kernel
from .locating import Locator
from .runtime import copying
from .runtime.current import queue_of, wait_for
from .runtime.device import Device
from .runtime.machine import get_device, machine
from .runtime.module import LoadedKernel
from .runtime.records import is_checked
from .through_host import HostRunner


class CudaBackend(Templated):
    """One GPU, see `DeviceBackend`; what it does is queued on the current stream of this thread.

    Attributes:
        name: `cuda`.
        device: The GPU.
        target: What schedules know of it.
    """

    name = "cuda"

    def __init__(self, device: Device) -> None:
        generator_digest()
        self.device = device
        self.target: Target = device.target

    # -- memory ------------------------------------------------------------------------------------

    def allocate(self, nbytes: int) -> Buffer:
        """Memory of the device, for work of the current stream."""
        device = self.device
        return device.allocator.allocate(nbytes, queue_of(device))

    def write(self, to: int, source: int, nbytes: int) -> None:
        """Bytes of the host to the device."""
        copying.copy_to_device(to, source, nbytes, queue_of(self.device))

    def read(self, to: int, source: int, nbytes: int, wait: bool = True) -> None:
        """Bytes of the device to the host; without `wait` they come when the stream has come so
        far."""
        queue = queue_of(self.device)
        copying.copy_to_host(to, source, nbytes, queue)
        if wait:
            queue.synchronize()

    def synchronize(self) -> None:
        """Waits for what is queued on the current stream."""
        queue_of(self.device).synchronize()

    def copy(self, to: int, source: int, nbytes: int) -> None:
        """Bytes within the device."""
        copying.copy_on_device(to, source, nbytes, queue_of(self.device))

    def copy_from_peer(self, to: int, source: int, peer: CudaBackend, nbytes: int) -> None:
        """Bytes of another device, after all that was queued on its current stream; what is queued
        there later comes after the copy."""
        here, there = queue_of(self.device), queue_of(peer.device)
        wait_for(here, there)
        copying.copy_to_peer(to, self.device.context, source, peer.device.context, nbytes, here)
        wait_for(there, here)

    def is_capturing(self) -> bool:
        """What is queued now becomes part of a graph."""
        return self.device.allocator.is_captured(queue_of(self.device))

    def pinned(self, nbytes: int) -> Buffer:
        """Memory of the host that devices copy from and to by themselves."""
        return machine().pinned.allocate(nbytes)

    def uses(self, buffer: Any) -> None:
        """Copies were queued that use a pinned buffer."""
        buffer.record_stream(queue_of(self.device))

    def fill(self, address: int, byte: int, nbytes: int) -> None:
        """Sets bytes of the device."""
        copying.fill(address, byte, nbytes, queue_of(self.device))

    # -- ops ---------------------------------------------------------------------------------------

    def prepare(self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> Runner:
        """The call that a binding describes, compiled; see `Backend.prepare`."""
        if any(kind.is_complex for kind in binding.dtypes.values()):
            return HostRunner(self, op, binding, strides)
        with PREPARING:
            for observe in observers:
                observe(op, binding, strides)
            planned = self.schedule(op, binding, strides)
            kernels = [self._load(launch) for launch in planned.launches]
            zeroed = _zeroed(planned, binding, strides)
            locator = Locator(op, names_of(planned)[0], binding, strides) if is_checked() else None
            return CudaRunner(op.name, self.device, planned, kernels, zeroed, locator)

    def schedule(
        self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]
    ) -> Schedule:
        """The launches that run one call."""
        return schedule(op, binding, strides, self.target)

    def model_of(self, runner: Runner) -> CudaRunner | None:
        """The runner itself, unless it looks at the memory of a call."""
        if not isinstance(runner, CudaRunner) or runner.locator is not None:
            return None
        return runner

    def _load(self, launch: Launch) -> LoadedKernel:
        return load_kernel(launch.kernel, parameter_layout(launch), self.device)


def _zeroed(
    planned: Schedule, binding: Binding, strides: Mapping[str, tuple[int, ...]]
) -> dict[str, Memory]:
    """Where what is to be zeroed lies."""
    found = {t.name: Memory((t.elements,), (1,), t.dtype.itemsize) for t in planned.temporaries}
    for name in planned.zeroed:
        if name in binding.shapes:
            shape, size = binding.shapes[name], binding.dtypes[name].itemsize
            found[name] = Memory(tuple(shape), strides[name], size)
    return {name: found[name] for name in planned.zeroed}


def parameter_layout(launch: Launch) -> str:
    """The `struct` letter of each parameter: addresses, integers and doubles, eight bytes each."""
    return "".join(map(_letter, launch.arguments))


def _letter(argument: object) -> str:
    match argument:
        case Pointer() | Status():
            return "Q"
        case ScalarArgument(_, kind) if kind.is_floating_point:
            return "d"
    return "q"


_backends: dict[int, CudaBackend] = {}


def backend_of_device(index: int | None = None) -> CudaBackend:
    """The backend of a device by number; None: of this thread's current one.

    Raises:
        DeviceError: There is none.
    """
    found = _backends.get(-1 if index is None else index)
    if found is None or found.device.context.lost:
        device = get_device(index)
        found = _backends.get(device.number)
        if found is None or found.device is not device:
            found = _backends[device.number] = CudaBackend(device)
    return found
