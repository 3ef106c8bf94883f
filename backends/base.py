"""What the tensor layer sees of a backend: memory, and ops made ready to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..ops.calls.binding import Binding
from ..ops.language.op import Op

if TYPE_CHECKING:
    from ..lowering.launch import Target  # not needed to import the package, which must be quick


Observer = Callable[[Op, Binding, Mapping[str, tuple[int, ...]]], None]
observers: list[Observer] = []
"""Told of each call that is planned: what a program needs can be recorded."""


detours: Counter[str] = Counter()
"""How often the host computed an op for tensors of another device, by the op's name."""


@runtime_checkable
class Buffer(Protocol):
    """A block of memory, given back when the object is collected.

    Attributes:
        address: Of its first byte, a multiple of 64.
        nbytes: Bytes asked for.
    """

    address: int
    nbytes: int


class Runner(Protocol):
    """An op on operands of one layout, ready to run any number of times, from any thread.

    Attributes:
        operands: Names of the operands whose addresses it takes, in order.
        scalars: Names of the numbers it takes at each call, in order.
    """

    operands: tuple[str, ...]
    scalars: tuple[str, ...]

    def __call__(self, pointers: Sequence[int], scalars: Sequence[int | float] = ()) -> None:
        """Runs it.

        Args:
            pointers: Address of each operand's first element, storage offset included.
            scalars: Value of each scalar.

        Raises:
            IndexRangeError: An element of an index operand was out of range.
        """


class Backend(Protocol):
    """A device: the CPU, or one GPU.

    Attributes:
        name: `cpu`, `interpreter`, `cuda`.
        target: What schedules know of the machine.
    """

    name: str
    target: Target

    def allocate(self, nbytes: int) -> Buffer:
        """Memory of at least that many bytes, not initialised.

        Raises:
            OutOfMemoryError: There is not that much.
        """

    def prepare(self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> Runner:
        """The call that a binding describes, compiled.

        Args:
            op: A specialised or derived op.
            binding: Its sizes, places and dtypes.
            strides: For each operand in memory its strides in elements, in the user's dim order.

        Raises:
            LoweringError: No schedule fits the op.
            BackendError: A kernel could not be compiled or loaded.
        """


class DeviceBackend(Backend, Protocol):
    """A device with memory that the host does not see.

    All of this is queued, in order, on the current stream of the calling thread.
    """

    def write(self, to: int, source: int, nbytes: int, pinned: bool = False) -> None:
        """Bytes of the host to the device.

        Args:
            pinned: The device reads them by itself, when the stream has come so far.
        """

    def read(self, to: int, source: int, nbytes: int, wait: bool = True) -> None:
        """Bytes of the device to the host; without `wait` they come later."""

    def copy(self, to: int, source: int, nbytes: int) -> None:
        """Bytes within the device."""

    def fill(self, address: int, byte: int, nbytes: int) -> None:
        """Sets bytes of the device."""

    def synchronize(self) -> None:
        """Waits for all of it."""

    def pinned(self, nbytes: int) -> Buffer:
        """Memory of the host that the device copies from and to by itself."""

    def is_capturing(self) -> bool:
        """What is queued now becomes part of a graph."""

    def uses(self, buffer: Any) -> None:
        """Copies were queued that use a pinned buffer."""

    def copy_from_peer(self, to: int, source: int, peer: Any, nbytes: int) -> None:
        """Bytes of another device of the family, after all that was queued there."""


class Family(Protocol):
    """All devices of one type with memory of their own.

    An index of None means this thread's current device. A queue is a stream: work in it is done in
    order.
    """

    def backend_of_device(self, index: int | None = None) -> DeviceBackend:
        """The backend of a device.

        Raises:
            DeviceError: There is none of that number, or none at all.
        """

    def number_of(self, index: int | None = None) -> int:
        """The number of a device; errors as above."""

    def current_queue(self, device: int | None = None) -> Any:
        """Takes this thread's work on a device."""

    def default_queue(self, device: int | None = None) -> Any:
        """Takes the work of threads that choose no queue."""

    def set_current_queue(self, queue: Any) -> None:
        """Makes a queue the one that takes this thread's work on the queue's device."""

    def wait_for(self, queue: Any, other: Any) -> None:
        """What is queued from now on comes after all that the other queue holds."""
