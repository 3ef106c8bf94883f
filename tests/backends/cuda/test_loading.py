"""Planned kernels on a simulated device come from the kernel cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cuda import cache, loading, nvrtc
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.simulated.settings import Settings
from tensorsmith.backends.cuda.host import simulated_map
from tensorsmith.backends.cuda.loading import MappedKernel, load_kernel
from tensorsmith.backends.cuda.run import parameter_layout
from tensorsmith.backends.cuda.runtime import machine
from tensorsmith.backends.cuda.runtime.machine import get_device
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.lowering.launch import Kernel, Launch, Number, Pointer, TensorMap
from tensorsmith.lowering.simt.schedule import schedule
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.calls.binding import Argument
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.calls.specialize import specialize
from tensorsmith.ops.errors import BackendError, MissingKernelError
from tensorsmith.ops.registry import registry
from tensorsmith.tools.show import plan_example

from .machines import allocate, download, needs_compiler, simulated, upload

pytestmark = needs_compiler


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launch]:
    """That of a softmax of 4x8, on a machine whose cache is empty."""
    store = ObjectCache(tmp_path)
    monkeypatch.setattr(loading, "cubin_cache", lambda target: store)
    op = specialize(registry.get("softmax"), frozenset({"input"}), {})
    call = bind(op, {"input": Argument((4, 8), dtypes.float32)}, {"dim": 1})
    with simulated():
        target = get_device().target
        planned = schedule(op, call, {"input": (8, 1), "output": (8, 1)}, target)
        yield planned.launches[0]


def run(launch: Launch) -> list[float]:
    """The softmax of some numbers."""
    device = get_device()
    kernel = load_kernel(launch.kernel, parameter_layout(launch), device)
    x, y = upload(np.arange(32.0)), allocate(128)
    places = {"input": x.address, "output": y.address}
    values = [
        places[a.operand] if isinstance(a, Pointer) else a.value
        for a in launch.arguments
        if isinstance(a, Pointer | Number)
    ]
    kernel.launch(launch.chunks, device.queues.default, values)
    return download(y)


def test_a_kernel_is_compiled_once(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    row = np.exp(np.arange(8.0)) / np.exp(np.arange(8.0)).sum()
    np.testing.assert_allclose(run(launch), np.tile(row, 4), rtol=1e-5)
    monkeypatch.setattr(loading, "compile_host", None)
    with simulated():  # another machine: it is loaded from the cache
        np.testing.assert_allclose(run(launch), np.tile(row, 4), rtol=1e-5)


def test_a_kernel_that_may_not_be_compiled_is_named(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENSORSMITH_JIT", "forbid")
    words = r"^cuda-host backend: .*softmax\[f32, rows\]#\w{8} is in no cache"
    with pytest.raises(MissingKernelError, match=words):
        run(launch)


@pytest.mark.skipif(bool(nvrtc.why_not()), reason=nvrtc.why_not() or "it is there")
def test_a_gpu_that_no_machine_code_is_made_for_is_given_ptx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images: list[bytes] = []

    class Assembling(SimulatedDriver):
        """Takes what a driver assembles."""

        name = "assembling"

        def load_module(self, image: bytes) -> int:
            images.append(image)
            return 1

        def get_function(self, module: int, name: str) -> int:
            return 2

    store = ObjectCache(tmp_path)
    monkeypatch.setattr(cache, "cubin_cache", lambda target: store)
    machine.use_driver(Assembling(Settings(capability=110)))
    try:
        device = get_device()
        planned = plan_example(
            registry.get("relu"), dtypes.float32, processor_by_name(device.target.name)
        )
        launch = planned.launches[0]
        assert load_kernel(launch.kernel, parameter_layout(launch), device).address == 2
    finally:
        machine.use_driver(None)
    (image,) = images
    assert image.startswith(b"//") and image.endswith(b"\0") and b".target sm_100" in image
    assert launch.kernel.entry.encode() in image
    assert cache.kernel_recipe(launch.kernel, device.target).plan().target == "compute_100"


class Noted:
    """A kernel that notes its launches."""

    def __init__(self, name: str, notes: list[object]) -> None:
        self.name, self.notes = name, notes
        self.context = get_device().context

    def launch(self, blocks: int, queue: object, values: object) -> None:
        self.notes.append((self.name, blocks, values))


@pytest.mark.usefixtures("launch")
def test_tensor_maps_are_made_of_operands_that_begin_where_they_may() -> None:
    kernel = Kernel(("maps",), lambda: None)  # type: ignore[arg-type,return-value]
    described = TensorMap("x", dtypes.float16, extents=(0, 1), strides=(2,), box=(64, 32))
    arguments = (described, Pointer("x"), Number(200), Number(320), Number(208))
    mapped = Launch(kernel, arguments, 4, otherwise=replace(kernel, key=("plain",)))
    assert parameter_layout(mapped) == 16 * "Q" + "Qqqq"
    assert [x.kernel.key for x in mapped.alternatives()] == [("maps",), ("plain",)]
    assert parameter_layout(mapped.without_maps()) == "Qqqq"
    notes: list[object] = []
    made = MappedKernel(mapped, Noted("maps", notes), lambda: Noted("plain", notes))
    for address in (4096, 4098):
        made.launch(4, get_device().queues.default, (address, address, 200, 320, 208))
        made.launch(0, get_device().queues.default, (address, address, 0, 0, 0))
    words = simulated_map(4096, [200, 320], [416], [64, 32], 2)
    assert notes == [
        ("maps", 4, (*words, 4096, 200, 320, 208)), ("plain", 4, (4098, 200, 320, 208)),
    ]  # fmt: skip


def test_a_kernel_for_another_processor_is_refused() -> None:
    kernel = Kernel(("add",), lambda: None, op="add")  # type: ignore[arg-type,return-value]
    with simulated(), pytest.raises(BackendError, match="add: must be planned for blocks"):
        load_kernel(kernel, "Q", get_device())


def test_an_image_of_the_host_that_is_cut_is_compiled_again(launch: Launch) -> None:
    run(launch)
    device = get_device()
    store = loading.cubin_cache(device.target.name)
    recipe = cache.kernel_recipe(launch.kernel, device.target, loading.HOST)
    compiler = recipe.compiler()
    keys = recipe.plan().text(compiler), recipe.content(recipe.source(), compiler).text()
    whole = store.get(keys[0])
    assert whole is not None and recipe.fits(whole)
    store.put(keys, whole[: len(whole) // 2])
    with simulated():  # another machine, which a cut library would kill
        assert sum(run(launch)) == pytest.approx(4)
    assert recipe.fits(store.get(keys[0]) or b"")
