"""Kernels in the memory of a device: loaded when first launched, and how they are launched."""

from __future__ import annotations

import ctypes
import struct
import threading
from collections.abc import Callable, Hashable, Sequence

from ..driver.status import CudaError
from .context import Context
from .queue import Queue, lasting_name

BUFFER_POINTER, BUFFER_SIZE, END = 1, 2, 0  # CU_LAUNCH_PARAM_*


class Parameters:
    """Memory of the parameters of one launch, of eight bytes each, as the driver takes it.

    Attributes:
        words: The parameters.
        extra: Address of what says where they are.
    """

    __slots__ = ("_size", "_table", "extra", "words")

    def __init__(self, count: int) -> None:
        self.words = (ctypes.c_uint64 * max(count, 1))()
        self._size = ctypes.c_uint64(8 * count)
        self._table = (ctypes.c_uint64 * 5)(
            BUFFER_POINTER, ctypes.addressof(self.words), BUFFER_SIZE,
            ctypes.addressof(self._size), END,
        )  # fmt: skip
        self.extra = ctypes.addressof(self._table)


class LoadedKernel:
    """A kernel that can be launched on one device.

    Args:
        handle: Of the function.
        name: For errors.
        threads: Of a block.
        layout: `struct` format of its parameters, of eight bytes each: `QQqd`.
        shared: Bytes of shared memory that a launch gives each block.

    Attributes:
        address: The handle.
        count: How many parameters it has.
    """

    __slots__ = (
        "_free", "_launch", "_pack_into", "address", "context", "count", "name", "shared",
        "threads",
    )  # fmt: skip

    def __init__(
        self,
        context: Context,
        handle: int,
        name: str,
        threads: int,
        layout: str,
        shared: int = 0,
    ) -> None:
        self.context, self.name, self.count = context, lasting_name(name), len(layout)
        self.address, self.threads, self.shared = handle, threads, shared
        if shared:
            context.activate()
            context.driver.allow_shared(handle, shared)
        self._launch = context.driver.launcher(handle, threads, shared)
        self._pack_into = struct.Struct(f"={layout}").pack_into
        self._free: list[Parameters] = []  # one for each thread that is launching

    def parameters(self) -> Parameters:
        """Memory for the parameters of a launch, which no other thread uses."""
        try:
            return self._free.pop()
        except IndexError:
            return Parameters(self.count)

    def launch(self, blocks: int, queue: Queue, values: Sequence[float]) -> None:
        """Queues it.

        Args:
            blocks: How many.
            queue: Where.
            values: Its parameters: addresses, integers and floats.

        Raises:
            CudaError: The driver refuses it, or earlier work failed.
        """
        if not blocks:
            return
        self.context.activate()
        parameters = self.parameters()
        self._pack_into(parameters.words, 0, *values)
        try:
            self._launch(blocks, queue.handle, parameters.extra)
        except CudaError as error:
            raise queue.explain(error).explained(f"launching {self.name}") from None
        finally:
            self._free.append(parameters)  # the driver has copied them
        queue.recent.append(self.name)


class Modules:
    """Modules loaded on a device."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._functions: dict[Hashable, int] = {}
        self._lock = threading.Lock()

    def function(self, key: Hashable, entry: str, image: Callable[[], bytes]) -> int:
        """A function of the driver's.

        Args:
            key: What identifies the module.
            entry: Name in it.
            image: Gives the machine code; called the first time only.

        Raises:
            CudaError: The driver refuses the code.
        """
        found = self._functions.get((key, entry))
        if found is not None:
            return found
        self.context.activate()
        code = image()
        with self._lock:
            found = self._functions.get((key, entry))
            if found is None:
                driver = self.context.driver
                with self.context.outside_of_captures():
                    found = driver.get_function(driver.load_module(code), entry)
                self._functions[key, entry] = found
        return found
