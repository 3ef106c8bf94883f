"""What the tensor layer sees of a backend: memory, and ops made ready to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..ops.binding import Binding
from ..ops.op import Op

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
