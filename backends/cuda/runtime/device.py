"""One GPU: its context, made when it is first used, and what lives in it."""

from __future__ import annotations

from ....lowering.launch import Target
from ....ops.cached import cached_property
from ..driver.protocol import Driver
from ..driver.status import PEER_ACCESS_ALREADY_ENABLED, CudaError
from ..target import ACCELERATED, TARGETS, target_of
from ..warp_groups import are_wanted
from .allocator import Allocator
from .context import Context
from .module import Modules
from .properties import Properties, read_properties
from .queue import Queue, Queues
from .records import Records


class Device:
    """A GPU.

    Attributes:
        driver: That serves it.
        number: Of the device.
        context: Where all of the following lives.
        queues: Its streams.
        allocator: Its memory.
        modules: Its kernels.
    """

    def __init__(self, driver: Driver, number: int) -> None:
        self.driver, self.number = driver, number
        self.context = Context(driver, number)
        self.queues = Queues(self.context)
        self.allocator = Allocator(self.context)
        self.modules = Modules(self.context)
        self._records: dict[Queue, Records] = {}
        self._peers: set[int] = set()
        self.context.set_callable("refuse", self._refuse)
        self.context.set_callable("queue_kernel", self._queue_kernel)

    def __repr__(self) -> str:
        return f"Device({self.number})"

    @cached_property
    def properties(self) -> Properties:
        """What is known of it."""
        return read_properties(self.driver, self.number)

    @property
    def capability(self) -> tuple[int, int]:
        """Its compute capability."""
        return self.properties.major, self.properties.minor

    @cached_property
    def target(self) -> Target:
        """What kernels are compiled for: see `target_of`; its own target where
        this process asks for warp groups."""
        if self.capability == (9, 0) and are_wanted():
            return TARGETS[ACCELERATED]
        return target_of(*self.capability)

    def synchronize(self) -> None:
        """Waits for all its work."""
        self.context.activate()
        try:
            self.driver.synchronize_context()
        except CudaError as error:
            raise self.queues.explain(error) from None
        for queue in self.queues.all():
            queue.check()

    def _refuse(self, status: int, name: str, stream: int) -> None:
        """Raises what a status says that the driver gave native code for a launch.

        Args:
            name: Of the kernel.
            stream: Where it was to be queued.
        """
        error = self.driver.error_of("cuLaunchKernel", status)
        queue = self.queues.of_handle(stream)
        raise queue.explain(error).explained(f"launching {name}")

    def _queue_kernel(
        self, kernel: int, blocks: int, threads: int, shared: int, stream: int, parameters: int,
        name: str,
    ) -> None:  # fmt: skip
        """Launches for native code where the driver has no C functions; see `Launcher`."""
        try:
            self.driver.launcher(kernel, threads, shared)(blocks, stream, parameters)
        except CudaError as error:
            queue = self.queues.of_handle(stream)
            raise queue.explain(error).explained(f"launching {name}") from None

    def records(self, queue: Queue) -> Records:
        """Where kernels of a stream write down what went wrong."""
        found = self._records.get(queue)
        if found is None:
            made = Records(queue, self.allocator, self.queues.default)
            found = self._records.setdefault(queue, made)
        return found

    def memory_info(self) -> tuple[int, int]:
        """Bytes that are free, and in all."""
        self.context.activate()
        return self.driver.memory_info()

    def reach(self, peer: Device) -> bool:
        """Lets kernels of this device reach memory of another one, if it can."""
        if peer is self or peer.number in self._peers:
            return True
        if not self.driver.can_access_peer(self.number, peer.number):
            return False
        self.context.activate()
        try:
            self.driver.enable_peer_access(peer.context.handle)
        except CudaError as error:
            if error.code != PEER_ACCESS_ALREADY_ENABLED:
                raise
        self._peers.add(peer.number)
        return True
