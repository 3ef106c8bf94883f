"""Sliding windows: each structure has its kernel, and gives what the definition says."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.backends.cpu.threads import get_num_threads, set_num_threads
from tensorsmith.lowering.convolution.plane_shape import Roll
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.lowering.launch import Launch, Number

from .calls import NARROW, WIDE, Call, make, random
from .test_contraction import adjoint

Arrays = dict[str, np.ndarray]
Case = tuple[str, Arrays, dict[str, object]]

MIXED: list[Case] = [
    ("conv2d", {"input": random(2, 5, 9, 11), "weight": random(32, 5, 3, 3)}, {"padding": 1}),
    (
        "conv2d",
        {"input": random(2, 3, 17, 15), "weight": random(30, 3, 7, 5), "bias": random(30)},
        {"stride": (2, 3), "padding": (3, 1)},
    ),
    (
        "conv2d",
        {"input": random(1, 32, 9, 8), "weight": random(64, 16, 3, 2)},
        {"groups": 2, "dilation": (2, 1), "padding": (2, 0)},
    ),
    ("conv2d", {"input": random(2, 40, 6, 6), "weight": random(64, 40, 3, 3)}, {}),
    ("conv1d", {"input": random(2, 7, 50), "weight": random(16, 7, 5)}, {"padding": 2}),
    (
        "conv3d",
        {"input": random(1, 3, 5, 6, 7), "weight": random(32, 3, 3, 2, 3)},
        {"padding": 1, "stride": (1, 2, 1)},
    ),
    (
        "conv_transpose2d",
        {"input": random(2, 6, 7, 8), "weight": random(6, 32, 3, 3)},
        {"stride": 2, "padding": 1},
    ),
    (
        "conv2d",
        {"input": random(1, 15, 13, 23), "weight": random(16, 15, 3, 3)},
        {"padding": 1, "stride": 2},
    ),
]
"""Channels mix, and there are filters enough for lanes."""

FEW: Case = ("conv2d", {"input": random(2, 4, 9, 11), "weight": random(5, 4, 3, 3)}, {"padding": 1})
"""Filters for one vector."""

APART: list[Case] = [
    (
        "conv2d",
        {"input": random(2, 8, 9, 21), "weight": random(8, 1, 3, 3), "bias": random(8)},
        {"padding": 1, "groups": 8},
    ),
    (
        "conv2d",
        {"input": random(2, 8, 9, 21), "weight": random(8, 1, 3, 3)},
        {"padding": 1, "groups": 8, "stride": 2},
    ),
    (
        "conv2d",
        {"input": random(2, 4, 9, 21), "weight": random(8, 1, 3, 5)},
        {"padding": (0, 2), "groups": 4, "stride": (1, 3), "dilation": (2, 1)},
    ),
    ("conv2d", {"input": random(3, 4, 7, 7), "weight": random(4, 1, 3, 3)}, {"groups": 4}),
    (
        "conv2d",
        {"input": np.transpose(random(2, 9, 10, 8), (0, 3, 1, 2)), "weight": random(8, 1, 3, 3)},
        {"padding": 1, "groups": 8},
    ),
    ("conv1d", {"input": random(2, 8, 40), "weight": random(8, 1, 5)}, {"padding": 2, "groups": 8}),
    (
        "conv3d",
        {"input": random(2, 4, 5, 6, 10), "weight": random(4, 1, 3, 2, 3)},
        {"padding": 1, "groups": 4, "stride": (1, 2, 1)},
    ),
    (
        "conv_transpose2d",
        {"input": random(2, 8, 6, 9), "weight": random(8, 1, 3, 4)},
        {"stride": (2, 3), "padding": 1, "groups": 8},
    ),
    (
        "conv2d",
        {"input": random(2, 4, 11, 20), "weight": random(8, 1, 2, 4), "bias": random(8)},
        {"padding": (1, 2), "groups": 4, "stride": (2, 2), "dilation": (2, 1)},
    ),
]
"""Channels do not mix."""

ALL = [*MIXED, FEW, *APART]
NAMES = [f"{name}{number}" for number, (name, _, _) in enumerate(ALL)]
cases = pytest.mark.parametrize(("name", "arrays", "attributes"), ALL, ids=NAMES)


def kinds(call: Call) -> list[str]:
    """Kinds of the kernels of a call's schedule."""
    return [str(launch.kernel.key[0]) for launch in call.planned(NARROW).launches]


def launches(call: Call, kind: str) -> list[Launch]:
    """Launches of one kind."""
    return [each for each in call.planned(NARROW).launches if each.kernel.key[0] == kind]


def values(launch: Launch) -> list[int]:
    """The numbers that a kernel is given."""
    return [each.value for each in launch.arguments if isinstance(each, Number)]


@cases
def test_windows_give_what_the_definition_says(
    name: str, arrays: Arrays, attributes: Mapping[str, object]
) -> None:
    make(name, arrays, attributes).check(2e-5)


@cases
def test_adjoints_of_windows_give_what_the_definition_says(
    name: str, arrays: Arrays, attributes: Mapping[str, object]
) -> None:
    adjoint(make(name, arrays, attributes)).check(1e-4)


def test_channels_that_mix_are_read_where_they_lie() -> None:
    for name, arrays, attributes in MIXED:
        assert "direct" in kinds(make(name, arrays, attributes)), name


def test_channels_that_do_not_mix_are_slid_over_plane_by_plane() -> None:
    for name, arrays, attributes in APART:
        call = make(name, arrays, attributes)
        assert set(kinds(call)) <= {"slide"}, name
        assert "taps" in kinds(adjoint(call)) or name.startswith("conv_transpose"), name


def rolls(call: Call) -> list[object]:
    """How the windows of a call's kernels roll down a plane."""
    return [launch.kernel.key[1].roll for launch in launches(call, "slide")]


def test_small_windows_roll_down_a_plane_where_each_line_is_seen_again() -> None:
    assert rolls(make(*APART[0])) == [Roll(3, 3, turned=False)]
    assert rolls(adjoint(make(*APART[0]))) == [Roll(3, 3, turned=True)]
    assert rolls(make(*APART[-1])) == [Roll(2, 4, turned=False)]
    for call in (make(*APART[1]), make(*APART[2])):  # lines are left out, or too many weights
        assert rolls(call) == [None]


def test_a_rolling_window_loads_each_line_once_for_each_tap_along_it() -> None:
    """Two loops down the plane, for whole vectors and for the last one: 3 loads, 9 products."""
    (launch,) = launches(make(*APART[0]), "slide")
    text = print_function(launch.kernel.build())
    loops = re.findall(
        r"iter_args\(%\d+ = [^)]*\) -> \(vector[^{]*\{(.*?)scf.yield", text, re.DOTALL
    )
    assert [body.count("vector.load %") for body in loops] == [3, 3]
    assert [body.count("math.fma") for body in loops] == [9, 9]


def test_a_window_as_wide_as_its_step_is_a_matrix_product() -> None:
    patches = {"input": random(1, 3, 32, 32), "weight": random(64, 3, 8, 8)}
    assert not {"direct", "slide"} & set(kinds(make("conv2d", patches, {"stride": 8})))


def test_windows_without_padding_are_read_from_the_operand_itself() -> None:
    call = make("conv2d", {"input": random(2, 40, 6, 6), "weight": random(64, 40, 3, 3)})
    assert kinds(call) == ["panels", "direct"]


def test_tasks_of_whole_lines_copy_what_they_read() -> None:
    """Blocks of the depth are whole channels: 32 of them, then 8."""
    arrays = {"input": random(2, 40, 17, 23), "weight": random(32, 40, 3, 3)}
    call = make("conv2d", arrays, {"padding": 1, "stride": 2})
    assert kinds(call) == kinds(make(*MIXED[-1])) == ["panels", "direct"]
    (launch,) = launches(call, "direct")
    shape = launch.kernel.key[1]
    assert shape.near == 2  # type: ignore[attr-defined]
    numbers = dict(zip(shape.sums.numbers, values(launch)))  # type: ignore[attr-defined]
    assert (numbers["block"], numbers["blocks"], numbers["near.taps"]) == (288, 2, 9)
    assert (numbers["image"], numbers["image_tasks"], numbers["task_columns"]) == (108, 1, 108)
    call.check(1e-4)


def test_lines_that_leave_tiles_empty_are_read_from_one_copy() -> None:
    call = make("conv2d", {"input": random(8, 40, 14, 14), "weight": random(32, 40, 3, 3)},
                {"padding": 1, "stride": 2})  # fmt: skip
    assert kinds(call) == ["pad", "panels", "direct"]
    (launch,) = launches(call, "direct")
    assert launch.kernel.key[1].near == 0  # type: ignore[attr-defined]


def test_short_sums_are_read_from_one_copy() -> None:
    call = make("conv2d", {"input": random(2, 3, 13, 23), "weight": random(32, 3, 3, 3)},
                {"padding": 1, "stride": 2})  # fmt: skip
    assert kinds(call) == ["pad", "panels", "direct"]


def test_a_copy_for_one_class_of_a_gradient_has_its_lines_along_memory() -> None:
    """Every second column needs no zeros at the ends of lines; lines are no columns for that."""
    call = adjoint(make("conv2d", {"input": random(8, 32, 14, 14), "weight": random(32, 32, 3, 3)},
                        {"padding": 1, "stride": 2}))  # fmt: skip
    for launch in launches(call, "pad"):
        shape = launch.kernel.key[1]
        numbers = dict(zip(shape.numbers, values(launch)))  # type: ignore[attr-defined]
        assert numbers[f"{shape.dims - 1}.stride"] == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("case", [MIXED[1], MIXED[3], APART[1]])
def test_windows_take_every_float_dtype(kind: str, case: Case) -> None:
    import ml_dtypes

    name, arrays, attributes = case
    dtype = ml_dtypes.bfloat16 if kind == "bfloat16" else np.dtype(kind)
    tolerance = {"float64": 1e-12, "float16": 2e-2, "bfloat16": 2e-1}[kind]
    call = make(name, {n: a.astype(dtype) for n, a in arrays.items()}, attributes)
    call.check(tolerance)


@pytest.mark.parametrize("columns", [1, 5, 6, 7, 13])
@pytest.mark.parametrize("filters", [10, 16, 17, 70])
def test_windows_around_the_edges_of_tiles_are_right(columns: int, filters: int) -> None:
    arrays = {"input": random(2, 3, 4, columns + 2), "weight": random(filters, 3, 3, 3, seed=1)}
    make("conv2d", arrays).check(2e-5)


def test_more_depth_than_a_block_and_more_places_than_a_task_are_right() -> None:
    arrays = {"input": random(1, 70, 25, 25), "weight": random(80, 70, 3, 3, seed=1)}
    make("conv2d", arrays, {"padding": 1}).check(5e-4)


@pytest.mark.parametrize("case", [MIXED[0], MIXED[-1], APART[0], APART[1]])
def test_windows_give_the_same_bits_for_any_number_of_threads(case: Case) -> None:
    call = make(*case)
    before = get_num_threads()
    results = []
    for threads in (1, 2):
        set_num_threads(threads)
        results.append([call.run(), adjoint(call).run()])
    set_num_threads(before)
    for one, two in zip(*results):
        for name, value in one.items():
            np.testing.assert_array_equal(value, two[name])


@pytest.mark.parametrize("groups", [1, 16])
def test_an_infinite_pixel_reaches_only_the_taps_that_see_it(groups: int) -> None:
    """It lies in a corner, which the last row and the last column of taps never see."""
    images = random(1, 16, 8, 8)
    images[0, 0, 0, 0] = np.inf
    call = make(
        "conv2d",
        {"input": images, "weight": random(32, 16 // groups, 3, 3)},
        {"padding": 1, "groups": groups},
    )
    gradient = adjoint(call).run()["d_weight"][0, 0]
    assert np.isfinite(gradient[2]).all() and np.isfinite(gradient[:, 2]).all()
    assert not np.isfinite(gradient[:2, :2]).any()


def test_zero_sizes_give_zeros_or_nothing() -> None:
    none = make("conv2d", {"input": random(0, 4, 6, 6), "weight": random(32, 4, 3, 3)})
    assert none.run()["output"].shape == (0, 32, 4, 4)
    empty = make("conv2d", {"input": random(2, 0, 6, 6), "weight": random(32, 0, 3, 3)})
    np.testing.assert_array_equal(empty.run()["output"], np.zeros((2, 32, 4, 4), np.float32))


def test_windows_that_differ_in_sizes_alone_share_their_kernels() -> None:
    found = []
    for size, taps in ((20, 3), (31, 5)):
        arrays = {"input": random(2, 4, size, size), "weight": random(32, 4, taps, taps)}
        (launch,) = launches(make("conv2d", arrays, {"padding": 1}), "direct")
        found.append(launch.kernel)
    assert found[0] == found[1]


@pytest.mark.parametrize("machine", ["x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"])
def test_kernels_of_windows_verify_for_every_machine(machine: str) -> None:
    target = MACHINES[machine].target
    for case in (MIXED[-1], APART[0], APART[1]):
        call = make(*case)
        for launch in (*call.planned(target).launches, *adjoint(call).planned(target).launches):
            function = launch.kernel.build()
            verify(function)
            assert emit(function, MACHINES[machine])


def test_the_innermost_loop_of_a_direct_convolution_loads_each_element_once() -> None:
    """6 places and 16 filters of 8 lanes: one table entry, two vectors, six broadcasts."""
    (launch,) = launches(make(*MIXED[0]), "direct")
    text = print_function(launch.kernel.build())
    blocks = re.findall(r"scf\.for[^{]*\{(?:(?!scf\.for)[^}])*math\.fma[^}]*\}", text)
    assert len(blocks) == 1
    body = [re.sub(r"%\w+", "N", line.strip()) for line in blocks[0].splitlines()]
    named = [re.sub(r"^N = ", "", line).split(" ")[0] for line in body[1:-1]]
    names = [n for n in named if not n.startswith(("arith.addi", "arith.muli"))]
    place = ["memref.load", "vector.broadcast", "math.fma", "math.fma"]
    start = ["memref.load", "arith.index_cast", "vector.load", "vector.load"]
    assert names == [*start, *place * 6, "scf.yield"]


def test_few_filters_take_one_vector() -> None:
    (launch,) = launches(make(*FEW), "direct")
    assert launch.kernel.key[1].vectors == 1  # type: ignore[attr-defined]


def test_wide_vectors_take_more_filters_at_a_time() -> None:
    widths = [
        make(*MIXED[3]).planned(target).launches[0].kernel.key[1].vectors  # type: ignore[attr-defined]
        for target in (NARROW, WIDE)
    ]
    assert widths == [2, 4]
