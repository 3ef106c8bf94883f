"""Images that a simulated device loads: kernels compiled for the host, see `host.py`."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from ...host import Range, open_image
from .. import status
from .memory import Span
from .stream import Fault

MAGIC = b"\x7fELF"


class Function:
    """A kernel of an image.

    Attributes:
        device: Number of the device that it was loaded on.
        name: Of the kernel.
        most_shared: Bytes of shared memory that a launch may give a block.
    """

    def __init__(self, device: int, name: str, call: Any) -> None:
        self.device, self.name = device, name
        self.most_shared = 48 << 10
        call.restype = ctypes.c_char_p
        self._call = call

    def run(self, slots: bytes, blocks: int, spans: Sequence[Span]) -> None:
        """Runs all blocks.

        Args:
            slots: Parameters of eight bytes each.
            spans: What may be reached.

        Raises:
            Fault: A thread reached elsewhere, or missed a barrier.
        """
        alive = [span for span in spans if span.alive]
        ranges = (Range * len(alive))(*(Range(span.begin, span.end) for span in alive))
        found = self._call(
            slots, ctypes.c_uint(blocks), ranges, ctypes.c_int(len(alive)), ctypes.c_int(0)
        )
        if found:
            text = found.decode()
            reached = "reaches outside" in text
            code = status.ILLEGAL_ADDRESS if reached else status.LAUNCH_FAILED
            raise Fault(code, f"{self.name}: {text}")


class Library:
    """An image in memory.

    Raises:
        OSError: It is no shared object.
    """

    def __init__(self, device: int, image: bytes) -> None:
        self.device = device
        if not image.startswith(MAGIC):
            raise OSError("no shared object")
        self._library = open_image(image)

    def function(self, name: str) -> Function | None:
        """A kernel by name; None if there is none."""
        try:
            return Function(self.device, name, getattr(self._library, f"launch_{name}"))
        except AttributeError:
            return None
