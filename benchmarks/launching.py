"""What a launch costs in Python: `python -m benchmarks.launching`, in front of a driver that does
nothing, so that no GPU is needed.

Prints the least of many short samples, in microseconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "tests/backends/cuda/driver/null_driver.c"
SAMPLES, CALLS = 600, 200


def build_driver(folder: Path) -> None:
    """Compiles a `libcuda.so.1` whose functions return at once."""
    flags = ["-x", "c", "-w", "-O1", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1"]
    command = ["g++", *flags, "-o", os.fspath(folder / "libcuda.so.1"), os.fspath(SOURCE)]
    subprocess.run(command, check=True)


def least(call: Callable[[], object]) -> float:
    """Microseconds of one call in the best of many samples."""
    best = float("inf")
    for _ in range(SAMPLES):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        best = min(best, (time.perf_counter() - start) / CALLS)
    return best * 1e6


def measure() -> dict[str, float]:
    """Microseconds by what is done; in a process whose driver does nothing."""
    import tensorsmith as ts
    from tensorsmith.backends.cuda.runtime import machine
    from tensorsmith.backends.cuda.runtime.current import current_queue
    from tensorsmith.backends.cuda.runtime.module import LoadedKernel

    device, queue = machine.get_device(), current_queue()
    handle = device.modules.function("benchmark", "kernel", lambda: b"\x7fELF")
    kernel = LoadedKernel(device.context, handle, "kernel", 256, "QQQqqq")
    values = (1 << 20, 2 << 20, 3 << 20, 64, 64, 4096)
    bare = device.driver.launcher(handle, 256)
    kernel.launch(8, queue, values)
    kept = kernel.parameters()
    allocate = device.allocator.allocate
    a, b = ts.empty(8, 8, device="cuda"), ts.empty(8, 8, device="cuda")
    return {
        "an empty Python function": least(lambda: None),
        "cuLaunchKernel through cuda-bindings": least(lambda: bare(8, 0, kept.extra)),
        "a launch with six parameters": least(lambda: kernel.launch(8, queue, values)),
        "the current stream": least(current_queue),
        "memory given out and taken back": least(lambda: allocate(4096, queue)),
        "a.add_(b) of 8x8 tensors": least(lambda: a.add_(b)),
        "a + b of 8x8 tensors": least(lambda: a + b),
    }


def main() -> None:
    """Builds the driver, and measures in a process that finds it."""
    if "--inside" in sys.argv:
        for name, figure in measure().items():
            print(f"{figure:7.2f} us  {name}")
        return
    with tempfile.TemporaryDirectory() as folder:
        build_driver(Path(folder))
        environment = {**os.environ, "LD_LIBRARY_PATH": folder, "TENSORSMITH_CUDA": ""}
        command = [sys.executable, "-m", "benchmarks.launching", "--inside"]
        subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
