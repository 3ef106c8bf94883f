"""Windows that are wider than the samples of their entries: full vectors, edges, steps, tails."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.derivatives.derive import derive_adjoint

from .calls import NARROW, Call, argument, make, random

POOLED: list[tuple[str, tuple[int, ...], dict[str, object]]] = [
    ("avg_pool2d", (2, 3, 19, 75), {"kernel_size": (3, 3), "stride": (2, 2), "padding": (1, 1)}),
    ("avg_pool2d", (2, 9, 130), {"kernel_size": (2, 4), "stride": (3, 2), "ceil_mode": True}),
    ("avg_pool2d", (2, 9, 71), {"kernel_size": (3, 3), "stride": (1, 1), "padding": (1, 1)}),
    ("avg_pool2d", (2, 9, 71), {"kernel_size": (2, 3), "stride": (2, 3)}),
    ("max_pool2d", (2, 3, 19, 75), {"kernel_size": (3, 3), "stride": (2, 2), "padding": (1, 1)}),
    ("max_pool2d", (2, 9, 131), {"kernel_size": (2, 2), "stride": (2, 2), "dilation": (2, 3)}),
    ("max_pool1d", (3, 62), {"kernel_size": (2,), "stride": (2,)}),
    ("max_pool2d", (3, 8, 14), {"kernel_size": (2, 2), "stride": (2, 2)}),
    ("max_pool2d", (2, 6, 46), {"kernel_size": (3, 2), "stride": (3, 2)}),
    ("max_pool2d", (2, 4, 69), {"kernel_size": (2, 3), "stride": (2, 3)}),
    ("max_pool2d", (2, 8, 36), {"kernel_size": (2, 2), "stride": (1, 2), "dilation": (4, 1)}),
    ("max_pool2d", (2, 5, 36), {"kernel_size": (2, 2), "stride": (2, 2)}),
    ("max_pool3d", (2, 4, 6, 34), {"kernel_size": (2, 3, 2), "stride": (2, 3, 2)}),
    ("max_pool2d_with_indices", (2, 13, 75), {"kernel_size": (3, 2), "stride": (2, 2)}),
    ("adaptive_avg_pool1d", (3, 130), {"output_size": (37,)}),
    ("adaptive_avg_pool2d", (2, 3, 23, 77), {"output_size": (5, 31)}),
    ("adaptive_avg_pool2d", (2, 11, 24), {"output_size": (30, 57)}),
    ("adaptive_avg_pool3d", (5, 7, 50), {"output_size": (2, 9, 23)}),
    ("adaptive_max_pool2d", (2, 23, 77), {"output_size": (5, 31)}),
]


def adjoint_of(call: Call) -> Call:
    """The gradient of a call's input, at what the call gives."""
    adjoint = derive_adjoint(call.op, frozenset({"input"}))
    results = {**call.arrays, **call.run()}
    given = {x.name: results.get(x.name) for x in adjoint.inputs}
    for name in [name for name in given if name.startswith("d_")]:
        given[name] = random(*call.binding.shapes[name.removeprefix("d_")], seed=2)
    arguments = {name: argument(value) for name, value in given.items()}
    solved = bind(adjoint, arguments, dict(call.binding.attributes), 0, call.binding)
    return Call(adjoint, solved, given)


@pytest.mark.parametrize(("name", "shape", "attributes"), POOLED)
def test_wide_windows_and_their_adjoints_give_what_the_entry_says(name, shape, attributes) -> None:
    call = make(name, {"input": random(*shape)}, attributes)
    call.check()
    adjoint_of(call).check()


@pytest.mark.parametrize(("name", "shape", "attributes"), POOLED)
def test_windows_over_channels_last_give_what_the_entry_says(name, shape, attributes) -> None:
    array = np.ascontiguousarray(np.moveaxis(random(*shape), 0, -1))
    make(name, {"input": np.moveaxis(array, -1, 0)}, attributes).check()


def test_the_first_of_equal_elements_in_row_major_order_is_found() -> None:
    array = np.zeros((24, 70), np.float32)
    array[2::5, 1::3] = 1
    array[4::5, ::3] = 1  # a later row of an earlier column
    array[7, 9] = array[8, 2] = np.nan
    make("adaptive_max_pool2d", {"input": array}, {"output_size": (4, 9)}).check()


COVERED: list[tuple[tuple[int, int], dict[str, object]]] = [
    ((8, 36), {"kernel_size": (2, 2), "stride": (2, 2)}),
    ((9, 36), {"kernel_size": (3, 4), "stride": (3, 4)}),
    ((8, 36), {"kernel_size": (2, 2), "stride": (1, 2), "dilation": (4, 1)}),
]
LEFT_OUT: list[tuple[tuple[int, int], dict[str, object]]] = [
    ((9, 36), {"kernel_size": (2, 2), "stride": (2, 2)}),
    ((9, 36), {"kernel_size": (3, 2), "stride": (2, 2)}),
    ((8, 36), {"kernel_size": (2, 2), "stride": (2, 2), "padding": (1, 1)}),
]


@pytest.mark.parametrize(("shape", "attributes"), COVERED)
def test_windows_that_cover_an_image_give_its_gradient_in_one_pass(shape, attributes) -> None:
    adjoint = adjoint_of(make("max_pool2d", {"input": random(2, *shape)}, attributes))
    (launch,) = adjoint.planned(NARROW).launches
    assert "arith.divsi" not in print_function(launch.kernel.build())


@pytest.mark.parametrize(("shape", "attributes"), LEFT_OUT)
def test_windows_that_overlap_or_leave_elements_out_add_at_the_place_found(
    shape, attributes
) -> None:
    adjoint = adjoint_of(make("max_pool2d", {"input": random(2, *shape)}, attributes))
    assert adjoint.planned(NARROW).launches[-1].kernel.form == "scatter"
    adjoint.check()


def test_the_gradient_goes_to_the_first_of_equal_elements_of_each_window() -> None:
    array = np.ones((2, 6, 40), np.float32)
    array[:, 1::2, 1::2] = np.nan
    array[0, 2, 2] = -np.inf
    array[0, :2, 4:6] = -np.inf
    call = make("max_pool2d", {"input": array}, {"kernel_size": (2, 2)})
    adjoint_of(call).check()


def test_vectors_of_windows_that_reach_back_are_not_masked() -> None:
    call = make("max_pool2d", {"input": random(4, 20, 56)}, {"kernel_size": (2, 2)})
    text = print_function(call.planned(NARROW).launches[0].kernel.build())
    assert text.count("vector.maskedstore") == 1  # for lines shorter than a vector
    call.check()


@pytest.mark.parametrize("columns", [14, 28, 112])
def test_gradients_of_windows_of_two_have_lanes_over_windows_on_narrow_images(columns: int) -> None:
    """Lanes over the two elements of a window would leave most of a vector empty."""
    call = make("max_pool2d", {"input": random(4, 14, columns)}, {"kernel_size": (2, 2)})
    (launch,) = adjoint_of(call).planned(NARROW).launches
    assert launch.kernel.form == "column"


def test_a_loop_runs_over_the_elements_that_its_condition_admits() -> None:
    call = make(
        "max_pool2d", {"input": random(4, 20, 64)},
        {"kernel_size": (3, 1), "stride": (1, 1), "padding": (1, 0)},
    )  # fmt: skip
    text = print_function(call.planned(NARROW).launches[0].kernel.build())
    assert "arith.maxsi" in text
    assert "scf.if" not in text


def test_every_other_element_is_read_without_a_gather_inside() -> None:
    call = make("avg_pool2d", {"input": random(4, 20, 64)}, {"kernel_size": (2, 2)})
    kernel = call.planned(NARROW).launches[0].kernel.build()
    assert "vector.shuffle" in print_function(kernel)


def test_what_lies_beyond_the_last_of_every_other_element_is_not_touched() -> None:
    memory = np.full(2 * 64 - 1 + 8, np.nan, np.float32)
    memory[: 2 * 64 - 1] = random(2 * 64 - 1)
    call = make(
        "max_pool1d", {"input": memory[: 2 * 64 - 1]}, {"kernel_size": (1,), "stride": (2,)}
    )
    np.testing.assert_array_equal(call.run()["output"], memory[: 2 * 64 - 1 : 2])


@pytest.mark.parametrize("kind", ["float64", "float16"])
def test_adaptive_windows_of_other_dtypes_give_what_the_entry_says(kind: str) -> None:
    array = random(3, 23, 77, kind=kind)
    call = make("adaptive_avg_pool2d", {"input": array}, {"output_size": (5, 31)})
    call.check(2e-3 if kind == "float16" else 1e-12)
