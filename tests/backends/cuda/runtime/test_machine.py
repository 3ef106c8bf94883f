"""Which devices there are, and the reason why there are none."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from tensorsmith.backends.cuda.driver import bindings, status
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.simulated.settings import Settings
from tensorsmith.backends.cuda.runtime import machine
from tensorsmith.backends.cuda.target import target_of
from tensorsmith.ops.errors import ArgumentValueError, BackendError, DeviceError

from ..machines import simulated


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A process that has not looked yet."""
    monkeypatch.delenv(machine.VARIABLE, raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    machine.use_driver(None)
    yield monkeypatch
    machine.use_driver(None)


def test_the_environment_chooses_a_simulated_machine(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv(machine.VARIABLE, "simulated:devices=3")
    assert machine.why_not() == "" and machine.device_count() == 3 and machine.is_simulated()


def test_the_environment_can_turn_gpus_off(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv(machine.VARIABLE, "off")
    assert machine.why_not() == "TENSORSMITH_CUDA=off" and machine.device_count() == 0
    with pytest.raises(DeviceError, match="No CUDA GPUs are available: TENSORSMITH_CUDA=off"):
        machine.get_device()
    with pytest.raises(RuntimeError):
        machine.machine()


def test_missing_bindings_are_the_reason(fresh: pytest.MonkeyPatch) -> None:
    fresh.setitem(sys.modules, "cuda.bindings", None)
    assert machine.why_not().startswith("the package cuda-bindings is not installed (pip install")


def test_a_missing_driver_is_the_reason(fresh: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise bindings.MissingDriverError(why)

    why = "Found no NVIDIA driver on your system: libcuda.so.1 is not there"
    fresh.setattr(bindings, "bindings", missing)
    assert machine.why_not() == why


def test_a_driver_that_is_too_old_is_the_reason() -> None:
    with simulated(version=11080):
        assert machine.why_not() == (
            "The NVIDIA driver on your system is too old: it is for CUDA 11.8, and CUDA 12.0 is "
            "needed"
        )


def test_no_device_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with simulated(devices=0):
        assert machine.why_not() == "the driver finds no device"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with simulated(devices=0):
        assert machine.why_not() == "the driver finds no device with CUDA_VISIBLE_DEVICES=''"


def test_a_gpu_that_no_kernel_is_compiled_for_is_the_reason() -> None:
    with simulated(capability=75):
        assert machine.device_count() == 0
        assert machine.why_not() == (
            "a GPU of compute capability 7.5 is not served; served are sm_80, sm_90, sm_100, "
            "sm_120 and later ones"
        )


def test_another_failure_of_the_driver_is_told() -> None:
    driver = SimulatedDriver(Settings())
    driver.failures.plan("cuInit", status.LAUNCH_FAILED)
    machine.use_driver(driver)
    assert "unspecified launch failure (cuInit" in machine.why_not()
    machine.use_driver(None)


def test_nothing_is_initialized_before_a_device_is_used() -> None:
    with simulated() as driver:
        machine.get_device(1)
        assert not machine.is_initialized() and "cuDevicePrimaryCtxRetain" not in driver.calls
        machine.get_device(1).context.activate()
        assert machine.is_initialized()


def test_each_thread_has_a_current_device() -> None:
    with simulated():
        machine.set_device(1)
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.append(machine.current_device()))
        thread.start()
        thread.join()
        assert (machine.current_device(), found) == (1, [0])
        machine.set_device(-1)
        assert machine.current_device() == 1


def test_a_device_that_is_not_there_is_refused() -> None:
    with simulated(), pytest.raises(DeviceError, match=r"must be in \[0, 2\), got 2"):
        machine.set_device(2)


@pytest.mark.parametrize(("name", "number"), [(None, None), (1, 1), ("cuda", None), ("cuda:1", 1)])
def test_devices_have_names(name: object, number: int | None) -> None:
    assert machine.parse_index(name) == number


@pytest.mark.parametrize("name", ["cpu", "cuda:x", 1.5, True])
def test_other_names_are_refused(name: object) -> None:
    with pytest.raises(ArgumentValueError, match="Expected a cuda device, but got:"):
        machine.parse_index(name)


@pytest.mark.parametrize(
    ("capability", "target"), [((8, 0), "sm_80"), ((8, 9), "sm_80"), ((9, 0), "sm_90"),
                               ((10, 3), "sm_100"), ((12, 1), "sm_120"), ((11, 0), "compute_100"),
                               ((13, 1), "compute_120")]
)  # fmt: skip
def test_a_device_runs_code_of_its_major_version_or_portable_code(
    capability: tuple[int, int], target: str
) -> None:
    assert target_of(*capability).name == target


def test_a_device_that_is_too_old_is_not_served() -> None:
    with pytest.raises(BackendError, match=r"a GPU of compute capability 7.5 is not served"):
        target_of(7, 5)


def test_peers_are_asked_once() -> None:
    with simulated() as driver:
        first, second = machine.machine().devices
        assert first.reach(first) and first.reach(second) and first.reach(second)
        assert driver.calls["cuCtxEnablePeerAccess"] == 1


def test_a_peer_that_was_enabled_by_others_is_no_error() -> None:
    with simulated() as driver:
        first, second = machine.machine().devices
        driver.failures.plan("cuCtxEnablePeerAccess", status.PEER_ACCESS_ALREADY_ENABLED)
        assert first.reach(second)


def test_a_child_of_a_process_that_used_a_gpu_cannot_use_it() -> None:
    text = (
        "import os, sys\n"
        "from tensorsmith.backends.cuda.runtime import machine\n"
        "buffer = machine.get_device().allocator.allocate(\n"
        "    8, machine.get_device().queues.default)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    del buffer\n"
        "    try:\n"
        "        machine.get_device()\n"
        "    except RuntimeError as error:\n"
        "        print(error, flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "machine.get_device().synchronize()\n"
    )
    assert run(text, TENSORSMITH_CUDA="simulated") == (
        "Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you "
        "must use the 'spawn' start method\n"
    )


def test_a_program_that_uses_no_gpu_loads_nothing_of_cuda() -> None:
    text = (
        "import sys\n"
        "import tensorsmith as ts\n"
        "ts.manual_seed(1); ts.ones(3).sum().item(); ts.cuda.memory_allocated()\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'cuda'])\n"
        "print('tensorsmith.backends.cuda.nvrtc' in sys.modules)\n"
    )
    assert run(text) == "[]\nFalse\n"


def run(text: str, **environment: str) -> str:
    """What a program prints."""
    command = [sys.executable, "-W", "ignore", "-c", text]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
