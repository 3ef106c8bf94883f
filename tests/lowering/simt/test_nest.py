"""Which threads do what, and what every kernel for blocks of threads promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.lowering.ir.loops import Function
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.lowering.launch import Launch, Number, Schedule
from tensorsmith.lowering.simt.schedule import schedule

from ..calls import Call, make, random


def planned(call: Call) -> Schedule:
    """What lowering makes of a call for a GPU."""
    strides = call.strides(call.memory(call.outputs()))
    return schedule(call.op, call.binding, strides, TARGETS["sm_90"])


def plan(name: str, arrays: Mapping[str, object], attributes: object = None) -> Schedule:
    return planned(make(name, arrays, attributes))  # type: ignore[arg-type]


def forms(found: Schedule) -> list[str]:
    """Names of the schedules of all launches."""
    return [launch.kernel.form for launch in found.launches]


def names(function: Function) -> Counter[str]:
    """How often each instruction stands in a function."""
    return Counter(instruction.name for instruction in function.walk())


CALLS = {
    "pointwise": ("add", {"input": random(7, 1000), "other": random(7, 1000)}, {}),
    "strided": ("add", {"input": random(1000, 7).T, "other": random(7, 1000)}, {}),
    "held row": ("softmax", {"input": random(7, 1000)}, {"dim": 1}),
    "long row": ("softmax", {"input": random(200, 20000)}, {"dim": 1}),
    "column": ("softmax", {"input": random(40, 3000)}, {"dim": 0}),
    "split": ("sum", {"input": random(3, 100000)}, {"dim": 1}),
    "long column": ("sum", {"input": random(700, 40)}, {"dim": 0}),
    "scan": ("cumsum", {"input": random(7, 3000)}, {"dim": 1}),
    "product": ("mm", {"input": random(70, 50), "mat2": random(50, 90)}, {}),
    "sliced": ("mm", {"input": random(33, 1500), "mat2": random(1500, 40)}, {}),
    "matrix": (
        "mm",
        {"input": random(70, 50).astype("float16"), "mat2": random(50, 90).astype("float16")},
        {},
    ),
    "convolution": (
        "conv2d",
        {"input": random(2, 3, 20, 20), "weight": random(16, 3, 3, 3)},
        {"padding": (1, 1), "stride": (2, 2)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_kernels_are_well_formed_and_print(name: str) -> None:
    for launch in plan(*CALLS[name]).launches:
        function = launch.kernel.build()
        verify(function)
        threads = 128 if name == "matrix" else 256
        assert function.threads == threads
        assert f"gpu.known_block_size = array<i32: {threads}, 1, 1>" in print_function(function)


@pytest.mark.parametrize("name", CALLS)
def test_xdsl_reads_them(name: str) -> None:
    context_module = pytest.importorskip("xdsl.context")
    from xdsl.dialects import get_all_dialects
    from xdsl.parser import Parser

    context = context_module.Context(allow_unregistered=True)
    for dialect, make_dialect in get_all_dialects().items():
        if dialect in {"builtin", "func", "arith", "math", "scf", "memref", "vector"}:
            context.register_dialect(dialect, make_dialect)
    for launch in plan(*CALLS[name]).launches:
        text = print_function(launch.kernel.build())
        Parser(context, text).parse_module()


@pytest.mark.parametrize("name", CALLS)
def test_blocks_are_a_formula_of_the_arguments(name: str) -> None:
    for launch in plan(*CALLS[name]).launches:
        grid = launch.kernel.grid
        assert grid is not None
        numbers = [a.value for a in launch.arguments if isinstance(a, Number)]
        assert grid.blocks(numbers) == launch.chunks


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("pointwise", ["pointwise"]),
        ("held row", ["row"]),
        ("long row", ["row"]),
        ("column", ["column"]),
        ("split", ["split", "split"]),
        ("long column", ["split", "split"]),
        ("scan", ["scan"]),
        ("product", ["product"]),
        ("sliced", ["product", "product"]),
        ("convolution", ["product"]),
    ],
)
def test_structure_chooses_the_schedule(name: str, wanted: list[str]) -> None:
    assert forms(plan(*CALLS[name])) == wanted


def only(found: Schedule) -> Launch:
    (launch,) = found.launches
    return launch


def test_a_new_size_is_the_same_kernel() -> None:
    kernels = {
        only(plan("softmax", {"input": random(*shape)}, {"dim": 1})).kernel
        for shape in ((20, 300), (41, 477), (64, 512))
    }
    assert len(kernels) == 1


def test_neighbours_are_loaded_16_bytes_at_a_time() -> None:
    used = names(only(plan(*CALLS["pointwise"])).kernel.build())
    assert used["vector.load"] == 8 and used["memref.load"] == 0  # four packs of each operand


def test_a_row_that_fits_is_read_once() -> None:
    used = names(only(plan(*CALLS["held row"])).kernel.build())
    packs = 1024 // (32 * 4)
    assert used["vector.maskedload"] == packs and used["vector.maskedstore"] == packs
    assert used["scf.for"] == 1 and used["gpu.barrier"] == 0  # over rows; a warp needs no barrier


def test_a_long_row_is_folded_by_a_block() -> None:
    used = names(only(plan(*CALLS["long row"])).kernel.build())
    assert used["gpu.barrier"] == 4 and used["gpu.shuffle"] == 2 * (5 + 3)


def test_rows_side_by_side_need_no_other_thread() -> None:
    used = names(only(plan(*CALLS["column"])).kernel.build())
    assert used["gpu.shuffle"] == used["gpu.barrier"] == 0


def test_elements_apart_are_loaded_four_at_a_time_before_they_are_stored() -> None:
    call = ("mul", {"input": random(3, 5000)[:, ::2], "other": random(3, 2500)}, {})
    launch = only(plan(*call))
    used = names(launch.kernel.build())
    assert used["memref.load"] == 2 * (4 + 1) and used["memref.store"] == 4 + 1
    assert launch.chunks == -(-3 * 2500 // 1024)


def test_few_columns_are_cut_until_there_are_threads_enough() -> None:
    first, second = plan("sum", {"input": random(4000, 1000)}, {"dim": 0}).launches
    assert first.chunks == -(-(-(-4000 // 64) * 1000) // 256) and second.chunks == 4
    loops = [each for each in first.kernel.build().walk() if each.name == "scf.for"]
    assert loops[-1].attributes["unroll"] == 8


def test_the_innermost_loop_of_a_product_is_loads_and_multiply_adds() -> None:
    call = make("mm", {"input": random(2000, 50), "mat2": random(50, 2000)})
    function = only(planned(call)).kernel.build()
    loops = [each for each in function.walk() if each.attributes.get("unroll")]
    used = Counter(each.name for each in loops[0].regions[0].instructions)
    assert used["math.fma"] == 16 and used["vector.load"] == 4


def test_one_barrier_ends_a_step_of_a_product() -> None:
    assert names(only(plan(*CALLS["product"])).kernel.build())["gpu.barrier"] == 2


def test_halves_are_multiplied_on_tensor_cores() -> None:
    used = names(only(plan(*CALLS["matrix"])).kernel.build())
    assert used["nvgpu.mma.sync"] == 2 * 32 and used["math.fma"] == 0


def test_an_empty_tensor_needs_no_launch() -> None:
    assert plan("exp", {"input": np.zeros((0, 4), np.float32)}).launches == ()
