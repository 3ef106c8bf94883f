"""Products of 16-bit floats by warp groups: what is chosen, what it computes, what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest
from tensorsmith.backends.cuda import host, nvrtc
from tensorsmith.backends.cuda.check import HostCall, compare, failures
from tensorsmith.backends.cuda.kernel import cuda_kernel
from tensorsmith.backends.cuda.nvrtc import resources
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.launch import Kernel, TensorMap
from tensorsmith.lowering.simt.product import plan as planning
from tensorsmith.lowering.simt.schedule import schedule

from ..calls import make, random
from .test_nest import names

needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")
needs_nvrtc = pytest.mark.skipif(bool(nvrtc.why_not()), reason=nvrtc.why_not() or "it is there")
TARGET = TARGETS["sm_90a"]
HALF, BRAIN = np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16)


def factor(kind: np.dtype, turned: bool, *shape: int) -> np.ndarray:
    """A matrix, or several; turned, it lies in memory column by column."""
    made = random(*shape).astype(kind)
    return np.ascontiguousarray(made.swapaxes(-1, -2)).swapaxes(-1, -2) if turned else made


def call(
    name: str, arrays: dict[str, object], attributes: dict[str, object] | None = None
) -> HostCall:
    """A call of an entry."""
    made = make(name, arrays, attributes)
    return HostCall(name, made.op, made.binding, arrays)


def product(
    layout: str, kind: np.dtype = HALF, sizes: tuple[int, int, int] = (200, 150, 72)
) -> HostCall:
    """A product of matrices; in a layout `t` says of a factor that it is transposed."""
    rows, columns, depth = sizes
    left = factor(kind, layout[0] == "t", rows, depth)
    right = factor(kind, layout[1] == "t", depth, columns)
    return call("mm", {"input": left, "mat2": right})


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few tiles are enough for 256 columns."""
    monkeypatch.setattr(planning, "MANY_GROUP_TILES", 1)
    yield


def kernels(given: HostCall) -> list[Kernel]:
    """Kernels of a call."""
    return [launch.kernel for launch in given.plan(TARGET).launches]


def group_products(kernel: Kernel) -> int:
    """How often the text of a kernel begins a product of warp groups."""
    return names(kernel.build())["ts.wgmma"]


@needs_compiler
def test_products_of_128_columns_give_what_the_interpreter_gives() -> None:
    batched = {"input": factor(BRAIN, False, 2, 130, 72), "mat2": factor(BRAIN, False, 2, 72, 150)}
    calls = [product("nt"), call("bmm", batched)]
    assert all(group_products(kernel) for each in calls for kernel in kernels(each))
    assert not list(failures(compare(calls, TARGET)))


@needs_compiler
def test_boxes_are_copied_where_factors_begin_at_multiples_of_16_bytes(wide: None) -> None:
    here, elsewhere = mapped_product(0), mapped_product(1)
    assert here.plan(TARGET).launches[0].otherwise == elsewhere.plan(TARGET).launches[0].otherwise
    assert not list(failures(compare([here, elsewhere], TARGET)))


def mapped_product(beyond: int) -> HostCall:
    """A sum with a product whose factors lie along the depth, and along columns, so many elements
    after a multiple of 16 bytes; the depth is longer than what is on its way at a time."""
    rows, columns, depth = 136, 264, 328
    left, right = (aligned(size, beyond) for size in (rows * depth, depth * columns))
    arrays = {
        "input": random(columns).astype(BRAIN), "mat1": left.reshape(rows, depth),
        "mat2": right.reshape(depth, columns),
    }  # fmt: skip
    given = call("addmm", arrays, {"alpha": 0.5, "beta": 2.0})
    given.inputs |= {name: arrays[name] for name in ("mat1", "mat2")}  # no copies
    return given


def aligned(size: int, beyond: int) -> np.ndarray:
    """Numbers in memory that begins so many elements after a multiple of 16 bytes."""
    room = np.empty(size + 16, BRAIN)
    first = -(room.ctypes.data // 2) % 8 + beyond
    room[first : first + size] = random(size).astype(BRAIN)
    return room[first : first + size]


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("layout", ["nn", "nt", "tn", "tt"])
@pytest.mark.parametrize("kind", [HALF, BRAIN])
def test_all_layouts_and_dtypes_give_what_the_interpreter_gives(
    layout: str, kind: np.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [(64, 64, 64), (129, 257, 65), (200, 152, 328), (296, 128, 64)]
    for least in (1, 1 << 30):
        monkeypatch.setattr(planning, "MANY_GROUP_TILES", least)
        calls = [product(layout, kind, each) for each in sizes]
        assert not list(failures(compare(calls, TARGET)))


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("least", [1, 1 << 30])
def test_epilogues_are_those_of_other_products(least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight = factor(HALF, False, 150, 72), factor(HALF, False, 136, 72)
    monkeypatch.setattr(planning, "MANY_GROUP_TILES", least)
    calls = [
        call("linear", {"input": x, "weight": weight, "bias": random(136).astype(HALF)}),
        call("linear", {"input": x[:, None], "weight": weight}),
        call("baddbmm", {
            "input": factor(HALF, False, 2, 152, 88), "batch1": factor(HALF, True, 2, 152, 72),
            "batch2": factor(HALF, False, 2, 72, 88),
        }),
    ]  # fmt: skip
    assert all(group_products(kernel) for each in calls for kernel in kernels(each))
    assert not list(failures(compare(calls, TARGET)))


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("least", [1, 1 << 30])
def test_a_long_depth_is_cut_into_slices_that_are_added_up(
    least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MANY_GROUP_TILES", least)
    deep = product("nt", sizes=(70, 66, 4200))
    assert [group_products(kernel) for kernel in kernels(deep)] == [4, 0]
    assert (deep.plan(TARGET).launches[0].otherwise is not None) == (least == 1)
    deep.tolerance = {"float16": 2e-2}
    assert not list(failures(compare([deep], TARGET)))


@pytest.mark.parametrize(
    ("layout", "turned"), [("nt", (0, 0)), ("nn", (0, 1)), ("tt", (1, 0)), ("tn", (1, 1))]
)
def test_factors_are_read_as_they_lie(layout: str, turned: tuple[int, int]) -> None:
    (kernel,) = kernels(product(layout))
    found = [each.attributes for each in kernel.build().walk() if each.name == "ts.wgmma"]
    assert {(each["turned_left"], each["turned_right"]) for each in found} == {turned}
    assert len(found) == 4 and {each["columns"] for each in found} == {128}


def test_a_step_is_copied_while_others_are_multiplied() -> None:
    (kernel,) = kernels(product("nt"))
    function = kernel.build()
    bodies = [each.regions[0].instructions for each in function.walk() if each.name == "scf.for"]
    (body,) = [body for body in bodies if any(each.name == "ts.wgmma" for each in body)]
    words = "async", "wgmma", "barrier", "proxy"
    inside = [each for each in body if any(word in each.name for word in words)]
    order = list(dict.fromkeys(x.name for x in inside))
    assert order == [
        "nvgpu.device_async_wait", "nvvm.fence.proxy", "gpu.barrier", "ts.wgmma_fence", "ts.wgmma",
        "ts.wgmma_commit", "nvgpu.device_async_copy", "nvgpu.device_async_create_group",
        "ts.wgmma_wait",
    ]  # fmt: skip
    assert inside[0].attributes["groups"] == 1 and inside[-1].attributes["groups"] == 1


def test_tiles_have_256_columns_where_all_multiprocessors_get_one() -> None:
    found = {}
    for size in (2048, 4096):
        arrays = {name: np.empty((size, size), HALF) for name in ("input", "mat2")}
        made = make("mm", arrays, None)
        strides = dict.fromkeys(("input", "mat2", "output"), (size, 1))
        (launch,) = schedule(made.op, made.binding, strides, TARGET).launches
        assert launch.kernel.grid is not None
        found[size] = launch.kernel.grid.shared, launch.chunks
    assert found == {2048: (133_120, 256), 4096: (200_704, 512)}


@pytest.mark.parametrize(
    ("layout", "sizes", "dims"),
    [("nt", (200, 150, 72), (2, 2)), ("nn", (200, 152, 72), (2, 2)), ("nn", (200, 150, 72), None),
     ("nt", (200, 150, 76), None)],
)  # fmt: skip
def test_boxes_are_copied_of_lines_that_are_multiples_of_16_bytes_apart(
    layout: str, sizes: tuple[int, int, int], dims: tuple[int, int] | None, wide: None
) -> None:
    (launch,) = product(layout, sizes=sizes).plan(TARGET).launches
    maps = [a for a in launch.arguments if isinstance(a, TensorMap)]
    assert (tuple(len(each.box) for each in maps) or None) == dims
    assert (launch.otherwise is not None) == bool(dims)
    plain = product(layout, sizes=sizes).plan(replace(TARGET, tensor_maps=False)).launches[0]
    assert plain.otherwise is None and plain.kernel == (launch.otherwise or launch.kernel)


def test_a_batch_is_one_more_dim_of_a_box_or_more_rows(wide: None) -> None:
    left, right = factor(HALF, False, 2, 3, 136, 72), factor(HALF, True, 2, 3, 72, 136)
    once = np.broadcast_to(right[:1, :1], right.shape)
    boxes = []
    for other in (right, once):
        (launch,) = call("matmul", {"input": left, "other": other}).plan(TARGET).launches
        boxes.append([a.box for a in launch.arguments if isinstance(a, TensorMap)])
    assert boxes == [[(64, 128, 1), (64, 256, 1)], [(64, 128), (64, 256)]]


def test_other_targets_sizes_and_dtypes_are_left_to_warps() -> None:
    assert group_products(kernels(product("nt"))[0]) == 4
    across = {"input": factor(HALF, True, 150, 150), "mat1": factor(HALF, False, 150, 72)}
    across["mat2"] = factor(HALF, False, 72, 150)
    small, single = product("nt", sizes=(200, 150, 40)), product("nt", np.dtype(np.float32))
    for given in (small, single, call("addmm", across)):
        assert group_products(kernels(given)[0]) == 0
    for name in ("sm_80", "sm_90", "sm_100", "sm_120"):
        launches = product("nt").plan(TARGETS[name]).launches
        assert group_products(launches[0].kernel) == 0


def test_xdsl_reads_them(wide: None) -> None:
    context_module = pytest.importorskip("xdsl.context")
    from xdsl.dialects import get_all_dialects
    from xdsl.parser import Parser

    context = context_module.Context(allow_unregistered=True)
    for dialect, make_dialect in get_all_dialects().items():
        if dialect in {"builtin", "func", "arith", "math", "scf", "memref", "vector"}:
            context.register_dialect(dialect, make_dialect)
    (launch,) = product("nt").plan(TARGET).launches
    text = print_function(launch.kernel.build())
    assert "ts.copy_box" in text and "alignment = 1024" in text
    Parser(context, text).parse_module()


FURTHER = ((256, True, "tn"), (256, False, "nt"), (256, False, "tn"), (128, False, "nn"))
LATER = [pytest.param(*each, marks=pytest.mark.slow) for each in FURTHER]


@needs_nvrtc
@pytest.mark.parametrize(("columns", "mapped", "layout"), [(256, True, "nt"), *LATER])
def test_sums_stay_in_registers_and_products_go_on(
    columns: int, mapped: bool, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MANY_GROUP_TILES", 1 if columns == 256 else 1 << 30)
    target = replace(TARGET, tensor_maps=mapped)
    (launch,) = product(layout, sizes=(200, 152, 72)).plan(target).launches
    assert (launch.otherwise is not None) == mapped
    (used,) = resources([cuda_kernel(launch.kernel)], target).values()
    assert used.registers <= (168 if mapped else 255) and used.spilled == 0 and used.shared == 0
    assert not used.serialized
    assert launch.kernel.grid is not None and launch.kernel.grid.shared <= 227 << 10
