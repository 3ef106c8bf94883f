"""Planned kernels on a device: as cubins on a GPU, as images of the host on a simulated one.

Both come from the kernel cache; a compiler is loaded only if no layer has them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path

from ...lowering.launch import MAP_ALIGNMENT, Kernel, Launch, Number, Target, TensorMap
from ...ops.cached import cached_property
from ...ops.calls.specialize import title
from ...ops.errors import BackendError
from ..cache.key import Options, digest
from ..cache.objects import digest_of_sources, get_object
from ..cpu.elf import is_whole
from .cache import Toolchain, cubin_cache, generator_digest, get_cubin, kernel_recipe
from .driver.simulated.settings import SIMULATED
from .host import COMPILER, OPTIONS, compile_host, host_source
from .kernel import CudaKernel
from .runtime.device import Device
from .runtime.module import LoadedKernel
from .runtime.queue import Queue

MAPS_KEPT = 64
"""Tensor maps of a kernel that are not made again for the same operands."""

_OPTIONS = Options(0, "", "", flags=OPTIONS)


def load_kernel(kernel: Kernel, layout: str, device: Device) -> LoadedKernel:
    """A planned kernel on a device, loaded when it is first asked for.

    Args:
        kernel: Planned for the device's target.
        layout: A `struct` letter for each parameter, of eight bytes: `Q` an address, `q` an
            integer, `d` a float.

    Raises:
        MissingKernelError: It is in no cache, and compiling is forbidden.
        BackendError: It cannot be compiled or loaded.
        LoweringError: Its source cannot be generated.
    """
    if kernel.grid is None:
        raise BackendError(f"{kernel.op or kernel.entry}: must be planned for blocks of threads")

    def image() -> bytes:
        if device.driver.name == SIMULATED:
            return get_object(
                kernel_recipe(kernel, device.target, HOST), cubin_cache(device.target.name)
            )
        return get_cubin(kernel, device.target)

    handle = device.modules.function(kernel, kernel.entry, image)
    name = f"{title(kernel.op or kernel.entry)}[{kernel.form or 'kernel'}]"
    grid = kernel.grid
    return LoadedKernel(device.context, handle, name, grid.threads, layout, grid.shared)


class MappedKernel:
    """A kernel whose first parameters are tensor maps, made for each call, as one is launched.

    Args:
        launch: With the maps in front of its other arguments.
        kernel: For operands that maps can be made of.
        load: Gives the kernel for others.
    """

    def __init__(
        self, launch: Launch, kernel: LoadedKernel, load: Callable[[], LoadedKernel]
    ) -> None:
        self.kernel, self._load = kernel, load
        self._maps = [x for x in launch.arguments if isinstance(x, TensorMap)]
        others = launch.arguments[len(self._maps) :]
        numbers = [place for place, x in enumerate(others) if isinstance(x, Number)]
        self._extents = [[numbers[k] for k in each.extents] for each in self._maps]
        self._strides = [[numbers[k] for k in each.strides] for each in self._maps]
        self._words = lru_cache(MAPS_KEPT)(self._encode)

    @cached_property
    def otherwise(self) -> LoadedKernel:
        """The kernel for other operands."""
        return self._load()

    def launch(self, blocks: int, queue: Queue, values: Sequence[float]) -> None:
        """Queues it, or the other one; see `LoadedKernel.launch`.

        Args:
            values: An address for each map, then the other parameters.
        """
        if not blocks:
            return
        count = len(self._maps)
        rest = values[count:]
        if any(int(address) % MAP_ALIGNMENT for address in values[:count]):
            self.otherwise.launch(blocks, queue, rest)
            return
        words: list[float] = []
        for number in range(count):
            extents = tuple(int(rest[k]) for k in self._extents[number])
            strides = tuple(int(rest[k]) for k in self._strides[number])
            words += self._words(number, int(values[number]), extents, strides)
        self.kernel.launch(blocks, queue, (*words, *rest))

    def _encode(
        self, number: int, address: int, extents: tuple[int, ...], strides: tuple[int, ...]
    ) -> tuple[int, ...]:
        each = self._maps[number]
        size = each.dtype.itemsize
        scaled = [stride * size for stride in strides]
        context = self.kernel.context
        context.activate()
        return context.driver.tensor_map(each.dtype.name, address, extents, scaled, each.box)


@cache
def host_compiler() -> str:
    """Name and version of the host's compiler."""
    try:
        asked = [COMPILER, "-dumpfullversion"]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return f"{COMPILER} is not installed"
    return f"{COMPILER} {done.stdout.strip()}"


@cache
def _generator() -> str:
    """SHA-256 over the sources that decide what an image is."""
    own = Path(__file__).resolve().parent
    return digest(generator_digest() + digest_of_sources([own], ("host.py", "simt*.h")))


def _source(kernel: CudaKernel) -> str:
    return host_source([kernel])


def _compile(source: str, target: Target) -> bytes:
    return compile_host(source)


def _fits(target: Target, image: bytes) -> bool:
    return sys.platform != "linux" or is_whole(image)  # elsewhere libraries have other headers


HOST = Toolchain(
    "cuda-host", _OPTIONS, host_compiler, _generator, _source, _compile, _fits, ahead=False
)
"""Images of the host, for simulated devices."""
