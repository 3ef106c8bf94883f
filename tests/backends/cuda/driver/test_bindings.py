"""The real driver's half: `cuda.bindings` in front of a library that does next to nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from tensorsmith.backends.cuda import host

missing = host.why_not()
if not missing and find_spec("cuda") is None:
    missing = "cuda-bindings is not installed"
pytestmark = pytest.mark.skipif(bool(missing), reason=missing or "all is there")

START = """
import ctypes
import numpy as np
from tensorsmith.backends.cuda.driver.status import CudaError
from tensorsmith.backends.cuda.runtime import copying, machine
from tensorsmith.backends.cuda.runtime.current import current_queue
from tensorsmith.backends.cuda.runtime.module import LoadedKernel
device, queue = machine.get_device(), current_queue()
driver = device.driver
code = b"\\x7fELF"
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a `libcuda.so.1`."""
    folder = tmp_path_factory.mktemp("driver")
    source = Path(__file__).with_name("null_driver.c")
    flags = ["-x", "c", "-w", "-O1", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1"]
    command = [host.COMPILER, *flags, "-o", str(folder / "libcuda.so.1"), str(source)]
    subprocess.run(command, check=True)
    return folder


def run(library: Path, text: str) -> list[str]:
    """The lines that a program prints whose driver is that library."""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library)}
    environment.pop("TENSORSMITH_CUDA", None)
    done = subprocess.run(
        [sys.executable, "-c", START + text], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_copies_and_launches_reach_the_driver(library: Path) -> None:
    text = """
buffer = device.allocator.allocate(8, queue)
here, back = np.array([3.0]), np.zeros(1)
copying.copy_to_device(buffer.address, here.ctypes.data, 8, queue)
copying.copy_to_host(back.ctypes.data, buffer.address, 8, queue)
print(device.properties.name, device.capability, driver.memory_info(), back)
kernel = LoadedKernel(device.context, device.modules.function("k", "kernel", lambda: code),
                      "twice", 256, "Qq")
seen = np.zeros(1, np.uint64)
kernel.launch(3, queue, (seen.ctypes.data, 7))
print(seen)
kernel = LoadedKernel(device.context, kernel.address, "twice", 256, "Qq", 50000)
kernel.launch(3, queue, (seen.ctypes.data, 7))
print(seen)
"""
    first = "null device (9, 0) (536870912, 1073741824) [3.]"
    assert run(library, text) == [first, "[3256]", "[53256]"]


def test_a_status_becomes_an_exception_with_cudas_words(library: Path) -> None:
    text = """
kernel = LoadedKernel(device.context, device.modules.function("k", "kernel", lambda: code),
                      "twice", 256, "Qq")
for call in (lambda: kernel.launch(101, queue, (0, 0)),
             lambda: device.modules.function("k", "none", lambda: code)):
    try:
        call()
    except CudaError as error:
        print(error, error.code)
"""
    assert run(library, text) == [
        "CUDA error: invalid argument (cuLaunchKernel gave CUDA_ERROR_INVALID_VALUE); launching "
        "twice 1",
        "CUDA error: named symbol not found (cuModuleGetFunction gave CUDA_ERROR_NOT_FOUND) 500",
    ]


def test_every_function_takes_what_the_bindings_take(library: Path) -> None:
    text = """
device.context.activate()
stream, event = driver.create_stream(1, 0), driver.create_event(2)
driver.record_event(event, stream)
driver.wait_event(stream, event)
driver.begin_capture(stream, 1)
graph = driver.instantiate_graph(driver.end_capture(stream))
driver.launch_graph(graph, stream)
address, pinned = driver.allocate(64), driver.allocate_host(64)
driver.copy_on_device(address, address, 64, stream)
driver.copy_to_peer(address, 16, address, 16, 64, stream)
driver.fill(address, 0, 64, 0)
for call, arguments in (
    ("synchronize_stream", [stream]), ("synchronize_event", [event]), ("synchronize_context", []),
    ("enable_peer_access", [16]), ("destroy_graph", [80]), ("destroy_executable", [graph]),
    ("start_profiler", []), ("stop_profiler", []), ("unload_module", [48]),
    ("free", [address]), ("free_host", [pinned]), ("destroy_event", [event]),
    ("destroy_stream", [stream]), ("release_context", [0]), ("note_block", [0, 1, 2]),
    ("forget_block", [0]),
):
    assert getattr(driver, call)(*arguments) is None, call
print(driver.stream_priorities(), driver.is_stream_done(0), driver.is_event_done(event))
print(driver.elapsed_time(event, event), driver.is_capturing(stream),
      driver.exchange_capture_mode(2), driver.can_access_peer(0, 0), driver.device_uuid(0)[:2])
print(driver.tensor_map("bfloat16", 4096, [200, 320], [400], [64, 32])[:10])
"""
    assert run(library, text) == [
        "(0, -5) True False", "1.5 True 2 False b'\\x00\\x00'",
        "(4096, 9, 2, 200, 320, 400, 64, 32, 1, 3)",
    ]  # fmt: skip


def test_native_code_launches_keeps_blocks_and_counts_them(library: Path) -> None:
    text = """
import tensorsmith as ts
from tensorsmith.backends.cuda.launching import CudaRunner
from tensorsmith.tensor.native.runtime import ENABLED
launched = (ctypes.c_uint64 * 6).in_dll(ctypes.CDLL("libcuda.so.1"), "launched")
account, in_python = device.allocator.statistics.count("allocation"), CudaRunner.__call__
x = ts.empty(5000, device="cuda")
for _ in range(3):
    x + x
if ENABLED:
    CudaRunner.__call__ = None
before, start = launched[0], (account.current, account.allocated, account.freed)
places = {(x + x).data_ptr() for _ in range(10)}
print(launched[0] - before, launched[1:5], launched[5] % 8, len(places))
print(account.current - start[0], account.allocated - start[1], account.freed - start[2])
y = x + x
y.record_stream(ts.cuda.Stream())
del y
CudaRunner.__call__ = in_python
print((x + x).data_ptr() in places, account.current - start[0])
"""
    assert run(library, text) == ["10 [64, 2, 256, 0] 0 1", "0 10 10", "False 0"]
