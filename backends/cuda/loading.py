"""Planned kernels on a device: as cubins on a GPU, as images of the host on a simulated one.

Both come from the kernel cache; a compiler is loaded only if no layer has them.
"""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from ...lowering.launch import Kernel, Target
from ...ops.errors import BackendError
from ...ops.specialize import title
from ..cache.key import Options, canonical, digest
from ..cache.objects import digest_of_sources, get_object
from .cache import CubinRecipe, cubin_cache, generator_digest, get_cubin
from .driver.simulated.settings import SIMULATED
from .host import COMPILER, OPTIONS, compile_host, host_source
from .kernel import cuda_kernel
from .runtime.device import Device
from .runtime.module import LoadedKernel

BACKEND = "cuda-host"
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
            return get_object(host_recipe(kernel, device.target), cubin_cache(device.target.name))
        return get_cubin(kernel, device.target)

    handle = device.modules.function(kernel, kernel.entry, image)
    name = f"{title(kernel.op or kernel.entry)}[{kernel.form or 'kernel'}]"
    return LoadedKernel(device.context, handle, name, kernel.grid.threads, layout)


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
    return digest(generator_digest() + digest_of_sources([own], ("host.py", "simt.h")))


class HostRecipe(CubinRecipe):
    """How an image of the host is made."""

    backend = BACKEND
    options = _OPTIONS

    def compiler(self) -> str:
        """What compiles it."""
        return host_compiler()

    def generator(self) -> str:
        """What generates its source."""
        return _generator()

    def compile(self, source: str) -> bytes:
        """The image made of its source."""
        return compile_host(source)


def host_recipe(kernel: Kernel, target: Target) -> HostRecipe:
    """How a planned kernel's image of the host is made."""
    name = str(kernel.key[0])
    label = f"{title(kernel.op or name)}[{kernel.form or 'kernel'}, {BACKEND}]"
    return HostRecipe(
        name, kernel.entry, canonical(kernel.key), target,
        lambda: host_source([cuda_kernel(kernel)]), label, kernel.op,
    )  # fmt: skip
