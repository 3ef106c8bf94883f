"""A GPU as a backend: memory, copies, and ops planned, compiled and launched on its streams."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...lowering.launch import (
    MAP_WORDS,
    Launch,
    Pointer,
    ScalarArgument,
    Schedule,
    Status,
    Target,
    TensorMap,
)
from ...lowering.simt.schedule import schedule
from ...ops.calls.binding import Binding
from ...ops.errors import BackendError
from ...ops.language.op import Op
from ...ops.lock import PREPARING
from ..arguments import Memory, names_of
from ..base import Buffer, Runner, observers
from ..checking import is_checked
from ..precision import takes_tensor_floats
from ..slots import Place
from ..template import Templated
from .cache import generator_digest
from .launching import CudaRunner, Launchable, place_of
from .loading import MappedKernel, load_kernel
from .locating import Locator, label_of
from .runtime import copying
from .runtime.blocks import Block
from .runtime.current import queue_of, wait_for
from .runtime.device import Device
from .runtime.machine import get_device, machine
from .runtime.module import LoadedKernel
from .runtime.queue import Queue
from .runtime.waiting import note_wait
from .through_host import HostRunner
from .warp_groups import takes_tensor_maps, takes_warp_groups

DEFAULT_STREAM, THREAD_STREAM = 1, 2  # instead of handles, in DLPack and the array interface


class CudaBackend(Templated):
    """One GPU, see `DeviceBackend`; what it does is queued on the current stream of this thread.

    Attributes:
        name: `cuda`.
        device: The GPU.
    """

    name = "cuda"

    def __init__(self, device: Device) -> None:
        generator_digest()
        self.device = device

    @property
    def target(self) -> Target:
        """What schedules know of the GPU, and of the precision that is asked for."""
        found = self.device.target
        return replace(
            found,
            tensor_floats=takes_tensor_floats(),
            warp_groups=found.warp_groups and takes_warp_groups(),
            tensor_maps=found.tensor_maps and takes_tensor_maps(),
        )

    # -- memory ------------------------------------------------------------------------------------

    def allocate(self, nbytes: int) -> Buffer:
        """Memory of the device, for work of the current stream."""
        device = self.device
        return device.allocator.allocate(nbytes, queue_of(device))

    def take(self, nbytes: int) -> Block:
        """As `allocate`, the bare block, for whoever gives it back by native code."""
        device = self.device
        return device.allocator.take(nbytes, queue_of(device))

    def allocate_outside(self, nbytes: int) -> Buffer:
        """Memory that is no graph's, even while one is captured; for work of the default stream."""
        return self.device.allocator.allocate(nbytes, self.device.queues.default)

    @property
    def place(self) -> Place | None:
        """The device as native code sees it; None where that cannot serve it."""
        return place_of(self.device)

    def write(self, to: int, source: int, nbytes: int, pinned: bool = False) -> None:
        """Bytes of the host to the device; memory that is not pinned may be written over as soon
        as this returns: a graph that is captured keeps a copy of it."""
        queue = queue_of(self.device)
        if not pinned and self.is_capturing():
            kept = machine().pinned.allocate(nbytes)
            ctypes.memmove(kept.address, source, nbytes)
            self.uses(kept)
            source = kept.address
        copying.copy_to_device(to, source, nbytes, queue)

    def read(self, to: int, source: int, nbytes: int, wait: bool = True) -> None:
        """Bytes of the device to the host; without `wait` they come when the stream has come so
        far."""
        if wait:
            note_wait()
        queue = queue_of(self.device)
        copying.copy_to_host(to, source, nbytes, queue)
        if wait:
            queue.synchronize()

    def synchronize(self) -> None:
        """Waits for what is queued on the current stream."""
        note_wait()
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
        """Work was queued that uses a buffer of pinned memory, or of another stream."""
        queue = queue_of(self.device)
        buffer.record_stream(queue)
        self.device.allocator.keep(queue, buffer)

    def fill(self, address: int, byte: int, nbytes: int) -> None:
        """Sets bytes of the device."""
        copying.fill(address, byte, nbytes, queue_of(self.device))

    # -- streams of other libraries ----------------------------------------------------------------

    def stream_number(self) -> int:
        """The current stream as other libraries are told: its handle, 1 for the default one."""
        return queue_of(self.device).handle or DEFAULT_STREAM

    def let_wait(self, stream: int) -> Queue:
        """Lets a stream that another library names go on after all that is queued now.

        Raises:
            BackendError: It is a default stream of each thread, which is not served.
        """
        other = self._named(stream)
        wait_for(other, queue_of(self.device))
        return other

    def wait_for_stream(self, stream: int) -> None:
        """What is queued from now on comes after all that another library's stream has to do."""
        wait_for(queue_of(self.device), self._named(stream))

    def _named(self, stream: int) -> Queue:
        if stream in (0, THREAD_STREAM) or stream < 0:
            raise BackendError(
                f"a stream must be 1 (the default one) or the handle of a stream, got {stream}"
            )
        return self.device.queues.of_handle(0 if stream == DEFAULT_STREAM else stream)

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
            label = label_of(op)
            return CudaRunner(op.name, self.device, planned, kernels, zeroed, locator, label)

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

    def _load(self, launch: Launch) -> Launchable:
        kernel = load_kernel(launch.kernel, parameter_layout(launch), self.device)
        if launch.otherwise is None:
            return kernel
        plain = launch.without_maps()
        return MappedKernel(launch, kernel, lambda: self._load_plain(plain))

    def _load_plain(self, launch: Launch) -> LoadedKernel:
        with PREPARING:
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
        case TensorMap():
            return "Q" * MAP_WORDS
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
