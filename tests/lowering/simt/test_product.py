"""Products copy to shared memory while they multiply, whatever lies side by side in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from tensorsmith.backends.cuda import host, nvrtc
from tensorsmith.backends.cuda.check import HostCall, compare, failures
from tensorsmith.backends.cuda.kernel import cuda_kernel
from tensorsmith.backends.cuda.nvrtc import resources
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.lowering.launch import Kernel, Target
from tensorsmith.lowering.simt.product import plan as planning
from tensorsmith.lowering.simt.product.shape import GROUP
from tensorsmith.lowering.simt.schedule import schedule

from ..calls import make, random
from .test_nest import names

needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")
needs_nvrtc = pytest.mark.skipif(bool(nvrtc.why_not()), reason=nvrtc.why_not() or "it is there")
PLAIN = TARGETS["sm_90"]
ROUNDED = replace(PLAIN, tensor_floats=True)

LAYOUTS = {
    "nn": ((70, 56), (56, 91), False, False),
    "nt": ((70, 64), (90, 64), False, True),
    "tn": ((61, 141), (61, 37), True, False),
}
"""Shapes in memory of both factors, and which are transposed."""


def product(kind: str, layout: str) -> HostCall:
    """A product of matrices."""
    first, second, *turned = LAYOUTS[layout]
    factors = [random(*shape).astype(kind) for shape in (first, second)]
    left, right = (x.T if t else x for x, t in zip(factors, turned))
    arrays = {"input": left, "mat2": right}
    made = make("mm", arrays, None)
    return HostCall(f"{kind} {layout}", made.op, made.binding, arrays)


def kernel(kind: str, layout: str, target: Target = PLAIN) -> Kernel:
    """Its first kernel."""
    return product(kind, layout).plan(target).launches[0].kernel


@pytest.fixture
def large_tiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few tiles are enough for large ones."""
    monkeypatch.setattr(planning, "MANY_TILES", 1)
    yield


@needs_compiler
def test_products_give_what_the_interpreter_gives() -> None:
    calls = [product("float16", "nn"), product("float16", "tn"), product("float64", "nn")]
    assert not list(failures(compare(calls)))


@needs_compiler
def test_products_of_large_tiles_give_what_the_interpreter_gives(large_tiles: None) -> None:
    assert not list(failures(compare([product("float32", "nt")])))


@needs_compiler
def test_more_rows_of_tiles_than_are_done_together() -> None:
    arrays = {"input": random(64 * GROUP + 70, 5), "mat2": random(5, 70)}
    made = make("mm", arrays, None)
    assert not list(failures(compare([HostCall("tall", made.op, made.binding, arrays)])))


@needs_compiler
def test_rounded_products_are_near_and_not_equal() -> None:
    calls = [product("float32", layout) for layout in ("nn", "tn")]
    for call in calls:
        call.tolerance = {"float32": 3e-2}
    assert not list(failures(compare(calls, ROUNDED)))
    for call in calls:
        call.tolerance = {}
        assert call.difference()


@pytest.mark.parametrize(("kind", "copied"), [("float16", 2), ("float32", 2), ("float64", 2)])
def test_packs_are_copied_while_threads_go_on(kind: str, copied: int) -> None:
    used = names(kernel(kind, "nn").build())
    assert used["nvgpu.device_async_copy"] >= 2 * copied and used["memref.load"] == 0
    assert used["gpu.barrier"] == 2 and used["nvgpu.device_async_wait"] == 2


def test_small_matrices_are_loaded_four_at_a_time() -> None:
    for layout, turned in (("nn", {False, True}), ("nt", {False}), ("tn", {True})):
        loads = [
            each
            for each in kernel("float16", layout).build().walk()
            if each.name == "nvgpu.ldmatrix"
        ]
        assert len(loads) == 2 * (4 + 4)  # for 16 steps of depth four times 16 rows and 16 columns
        assert {each.attributes["transpose"] for each in loads} == turned


def test_rounding_is_asked_for() -> None:
    assert names(kernel("float32", "nn").build())["nvgpu.mma.sync"] == 0
    used = names(kernel("float32", "nn", ROUNDED).build())
    assert used["nvgpu.mma.sync"] == 2 * 32 and used["ts.tf32"] > 0
    assert names(kernel("float64", "nn", ROUNDED).build())["nvgpu.mma.sync"] == 0


def images(*shape: int) -> np.ndarray:
    """Images of halves with their channels side by side."""
    return np.moveaxis(random(*shape).astype("float16"), -1, 1)


def convolution() -> HostCall:
    """A convolution of such images."""
    arrays = {"input": images(2, 9, 9, 16), "weight": images(24, 3, 3, 16)}
    made = make("conv2d", arrays, {"padding": (1, 1)})
    return HostCall("channels last", made.op, made.binding, arrays)


def test_windows_with_channels_side_by_side_are_copied_by_packs() -> None:
    (launch,) = convolution().plan(PLAIN).launches
    sizes = {
        each.attributes["elements"]
        for each in launch.kernel.build().walk()
        if each.name == "nvgpu.device_async_copy"
    }
    assert sizes == {8}


def test_digits_of_the_depth_are_made_by_one_thread_each() -> None:
    call = make("conv2d", {"input": random(2, 3, 20, 20), "weight": random(16, 3, 3, 3)}, None)
    strides = call.strides(call.memory(call.outputs()))
    (launch,) = schedule(call.op, call.binding, strides, PLAIN).launches
    inside = [each for each in launch.kernel.build().walk() if each.name == "scf.for"][1]
    stack, divisions = [inside], 0
    while stack:
        for region in stack.pop().regions:
            divisions += sum(each.name == "arith.divui" for each in region.instructions)
            stack += [each for each in region.instructions if each.name == "scf.if"]
    assert divisions == 2 * 2  # of the positions that a thread makes for both tables


@needs_compiler
def test_a_convolution_gives_what_the_interpreter_gives() -> None:
    assert not list(failures(compare([convolution()])))


LATER = [pytest.param("float16", x, marks=pytest.mark.slow) for x in ("sm_90", "sm_100", "sm_120")]


@needs_nvrtc
@pytest.mark.parametrize(("kind", "target"), [("float32", "sm_90"), ("float16", "sm_80"), *LATER])
def test_two_blocks_share_a_multiprocessor(kind: str, target: str, large_tiles: None) -> None:
    made = cuda_kernel(kernel(kind, "nt" if kind == "float32" else "tn"))
    (used,) = resources([made], TARGETS[target]).values()
    assert 2 * used.registers * made.grid.threads <= 1 << 16
    assert used.spilled == 0 and used.shared <= 48 << 10
