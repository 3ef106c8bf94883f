"""Compiled kernels give what definitions say, whatever the schedule, layout and dtype."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.derivatives.derive import derive_adjoint

from .calls import NARROW, WIDE, Call, argument, defined, make, random

WINDOW = """
window_sum:
  doc: Sums of windows with a step.
  inputs: {x: "Float[..., N]"}
  attrs: {step: (S), width: (K)}
  outputs: {y: "Float[..., O]"}
  sizes:
    O: (N + 2 - K) // S + 1
  define: y[o] = sum[k](x[o*S + k - 1])
  outside: {x: 0}
  reference: x
  samples:
    - {x: [4, 9], step: 2, width: 3}
"""

ARRAYS: list[tuple[str, dict[str, np.ndarray], dict[str, object]]] = [
    ("add", {"input": random(70, 300), "other": random(1, 300, seed=1)}, {}),
    ("add", {"input": random(300, 70).T, "other": random(70, 300, seed=1)}, {}),
    ("add", {"input": random(67, 130).T, "other": random(130, 67, seed=1)}, {}),
    ("clone", {"input": random(3, 20, 33, 41).transpose(0, 2, 3, 1)}, {}),
    ("sum", {"input": random(40, 333)}, {"dim": 1}),
    ("sum", {"input": random(40, 333)}, {"dim": 0}),
    ("sum", {"input": random(6, 50, 7)}, {"dim": (0, 2)}),
    ("sum", {"input": random(7, 9, kind="int32")}, {}),
    ("sum", {"input": random(133, 700)}, {"dim": 0}),  # strips of rows side by side
    ("amax", {"input": random(3, 65, 513)}, {"dim": 1}),
    ("argmax", {"input": random(3, 65, 513)}, {"dim": 1}),
    ("argmin", {"input": random(133, 700, kind="int64") % 5}, {"dim": 0}),  # with ties
    ("argmax", {"input": random(9000, 513)}, {"dim": 0}),  # of which pieces are folded apart
    ("sum", {"input": random(133, 700, kind="int32")}, {"dim": 0}),
    ("cummax", {"input": random(133, 700)}, {"dim": 0}),
    ("cummin", {"input": random(3, 65, 513, kind="int32") % 9}, {"dim": 1}),
    ("cumsum", {"input": random(133, 700)}, {"dim": 0}),
    ("sum", {"input": random(50, 2, 9)}, {"dim": 2}),  # rows shorter than the vectors
    ("mean", {"input": random(200_001)}, {}),
    ("softmax", {"input": random(33, 257)}, {"dim": 1}),
    ("softmax", {"input": random(257, 33)}, {"dim": 0}),
    ("argmax", {"input": random(9, 300)}, {"dim": 1}),
    ("argmax", {"input": random(300, 9)}, {"dim": 0}),
    ("argmax", {"input": random(100_003)}, {}),
    ("cumsum", {"input": random(9, 50)}, {"dim": 1}),
    ("cumsum", {"input": random(50, 70)}, {"dim": 0}),
    ("flip", {"input": random(5, 40)}, {"dims": (1,)}),
    ("any", {"input": random(5, 40) > 3}, {"dim": 1}),
]


@pytest.mark.parametrize(("name", "arrays", "attributes"), ARRAYS)
def test_kernels_give_what_the_entry_says(name, arrays, attributes) -> None:
    make(name, arrays, attributes).check()


@pytest.mark.parametrize("kind", ["float16", "float64"])
def test_dtypes_are_computed_wide_and_rounded_once(kind: str) -> None:
    array = random(12, 130, kind=kind)
    tolerance = 2e-3 if kind == "float16" else 1e-12
    make("softmax", {"input": array}, {"dim": 1}).check(tolerance)


def test_windows_with_edges_and_their_adjoint() -> None:
    call = make(defined(WINDOW), {"x": random(3, 50)}, {"step": 2, "width": 5})
    call.check()
    adjoint = derive_adjoint(call.op, frozenset({"x"}))
    given = {"d_y": random(*call.binding.shapes["y"], seed=2)}
    if any(each.name == "x" for each in adjoint.inputs):
        given["x"] = call.arrays["x"]
    arguments = {name: argument(value) for name, value in given.items()}
    solved = bind(adjoint, arguments, dict(call.binding.attributes), 0, call.binding)
    Call(adjoint, solved, given).check()


def test_outputs_may_be_strided() -> None:
    call = make("exp", {"input": random(20, 30)})
    wide = np.zeros((30, 40), np.float32)
    call.run({"output": wide.T[::2]})
    np.testing.assert_allclose(wide.T[::2], call.expected()["output"], rtol=1e-5)
    assert not wide.T[1::2].any()


@pytest.mark.parametrize("kind", ["int8", "float16", "float32", "float64", "bool"])
@pytest.mark.parametrize("shape", [(64, 64), (131, 70), (5, 900)])
def test_operands_that_lie_across_each_other_are_read_and_written_in_tiles(kind, shape) -> None:
    array = random(*shape, kind="float64" if kind == "bool" else kind).astype(kind)
    call = make("logical_not" if kind == "bool" else "neg", {"input": array.T})
    across = make("logical_not" if kind == "bool" else "neg", {"input": array})
    expected = call.expected()["output"]
    np.testing.assert_array_equal(call.run()["output"], expected.astype(kind))
    strided = np.full((shape[1] + 3, shape[0] + 2), 77, kind).T
    across.run({"output": strided[2:, 3:]})
    np.testing.assert_array_equal(strided[2:, 3:], expected.T.astype(kind))
    edges = np.full(strided.shape, 77, kind)
    edges[2:, 3:] = strided[2:, 3:]
    np.testing.assert_array_equal(strided, edges)


LARGER = """
column_sums:
  doc: Sums of the larger elements of columns.
  inputs: {x: "Float[K, N]", y: "Float[K, N]"}
  outputs: {z: "Float[N]"}
  define: z[n] = sum[k](max(x[k, n], y[k, n]))
  reference: x
  samples:
    - {x: [4, 9], y: [4, 9]}
"""


def test_no_row_of_a_strip_is_folded_twice_where_every_other_column_is_read() -> None:
    arrays = {"x": random(70, 2 * 517)[:, ::2], "y": random(70, 517, seed=1)}
    make(defined(LARGER), arrays).check()


def test_nan_and_the_first_of_ties_are_found_across_strips() -> None:
    array = np.zeros((200, 600), np.float32)
    array[[30, 90], 5] = 1
    array[[77, 150], 6] = np.nan
    array[:, 7] = -np.inf
    call = make("argmax", {"input": array}, {"dim": 0})
    places = call.run()["output"]
    assert places[4:8].tolist() == [0, 30, 77, 0]


def test_a_running_maximum_goes_on_from_strip_to_strip() -> None:
    array = np.zeros((200, 600), np.float32)
    array[[30, 90], 5] = 1
    array[77, 6] = np.nan
    found = make("cummax", {"input": array}, {"dim": 0}).run()
    assert found["indices"][[29, 30, 89, 90, 199], 5].tolist() == [29, 30, 30, 90, 90]
    assert found["values"][[29, 30, 199], 5].tolist() == [0, 1, 1]
    assert np.isnan(found["values"][77:, 6]).all() and (found["indices"][77:, 6] == 77).all()


def test_mapped_axes_are_rows_like_any_other() -> None:
    arrays = {"input": random(3, 4, 20), "weight": random(3, 20, seed=1)}
    make("layer_norm", arrays, {"normalized_shape": (20,)}, prefix=1).check()


@pytest.mark.parametrize("dim", [0, 1])
def test_sizes_do_not_make_kernels(dim: int) -> None:
    keys = {
        make("softmax", {"input": random(*shape)}, {"dim": dim}).planned().launches[0].kernel
        for shape in ((20, 30), (41, 77), (64, 64))
    }  # fmt: skip
    assert len(keys) == 1


def test_small_tensors_are_one_chunk() -> None:
    launches = make("add", {"input": random(100), "other": random(100)}).planned().launches
    assert [launch.chunks for launch in launches] == [1]


def test_empty_tensors_need_no_launch() -> None:
    assert make("exp", {"input": random(0, 4)}).planned().launches == ()


def test_long_sums_in_float32_stay_accurate() -> None:
    array = np.random.default_rng(0).random(3_000_000, np.float32)
    total = make("sum", {"input": array}).run()["output"]
    assert abs(float(total) / float(array.sum(dtype=np.float64)) - 1) < 2e-7


def test_sums_of_columns_in_float32_stay_accurate() -> None:
    array = np.random.default_rng(0).random((60_000, 33), np.float32)
    total = make("sum", {"input": array}, {"dim": 0}).run()["output"]
    assert np.abs(total / array.sum(0, np.float64) - 1).max() < 1e-6


@pytest.mark.parametrize("target", [WIDE, NARROW])
def test_kernels_are_well_formed_and_xdsl_reads_them(target) -> None:
    context_module = pytest.importorskip("xdsl.context")
    from xdsl.dialects import get_all_dialects
    from xdsl.parser import Parser

    context = context_module.Context(allow_unregistered=True)
    used = {"builtin", "func", "arith", "math", "scf", "memref", "vector"}
    for name, dialect in get_all_dialects().items():
        if name in used:
            context.register_dialect(name, dialect)
    for name, arrays, attributes in ARRAYS:
        for launch in make(name, arrays, attributes).planned(target).launches:
            function = launch.kernel.build()
            verify(function)
            Parser(context, print_function(function)).parse_module()


def test_a_sum_that_all_rows_need_does_not_split_their_passes() -> None:
    target = np.arange(6) % 4
    call = make(
        "cross_entropy", {"input": random(6, 40), "target": target, "weight": random(40, seed=1)},
        {"reduction": "mean"},
    )  # fmt: skip
    adjoint = derive_adjoint(call.op, frozenset({"input"}))
    given = {x.name: call.arrays.get(x.name) for x in adjoint.inputs}
    given["d_output"] = np.float32(2).reshape(())
    if "output" in given:
        given["output"] = call.run()["output"]
    arguments = {name: argument(value) for name, value in given.items()}
    solved = bind(adjoint, arguments, dict(call.binding.attributes), 0, call.binding)
    backward = Call(adjoint, solved, given)
    backward.check()
    assert "pointwise" not in [launch.kernel.form for launch in backward.planned().launches]


@pytest.mark.parametrize("step", [1, 8, 64])
def test_rows_added_at_places_that_meet_are_shared_by_place_and_keep_the_order_of_the_list(
    step: int,
) -> None:
    """Every chunk reads the whole list and adds what is its own: sums equal those of a plain loop
    bit by bit, whatever the pattern of the places, and an empty share is no harm."""
    table, rows = random(513, 96), random(1500, 96, seed=1)
    places = np.random.default_rng(2).integers(0, 513 // step, 1500) * step
    call = make("index_add", {"input": table, "index": places, "source": rows}, {"dim": 0})
    assert call.planned(NARROW).launches[-1].chunks == 3
    expected = table.copy()
    for place, row in zip(places, rows, strict=True):
        expected[place] += row
    np.testing.assert_array_equal(call.run()["output"], expected)


def test_rows_that_a_list_names_are_prefetched_unless_they_are_short() -> None:
    places = np.random.default_rng(2).integers(0, 513, 1500)
    for columns, prefetched in ((96, True), (8, False)):
        call = make("index_select", {"input": random(513, columns), "index": places}, {"dim": 0})
        (launch,) = call.planned(NARROW).launches
        assert ("memref.prefetch" in print_function(launch.kernel.build())) is prefetched
        call.check(tolerance=0)


def test_rows_put_at_places_that_meet_are_those_of_the_last_in_the_list() -> None:
    table, rows = random(40, 96), random(1500, 96, seed=1)
    places = np.random.default_rng(2).integers(0, 40, 1500)
    call = make("index_copy", {"input": table, "index": places, "source": rows}, {"dim": 0})
    assert call.planned(NARROW).launches[-1].chunks == 3
    expected = table.copy()
    for place, row in zip(places, rows, strict=True):
        expected[place] = row
    np.testing.assert_array_equal(call.run()["output"], expected)


def test_sums_of_few_columns_are_shared_out_by_pieces_of_the_rows() -> None:
    call = make("sum", {"input": random(2048, 512)}, {"dim": 0})
    assert [launch.chunks for launch in call.planned(NARROW).launches] == [4, 1]
    call.check()


def test_windows_over_channels_last_images_gather_nothing() -> None:
    """What a window reads counts more than what is written once: lanes run over the channels."""
    image = random(2, 9, 9, 32).transpose(0, 3, 1, 2)
    call = make("avg_pool2d", {"input": image}, {"kernel_size": 3, "stride": 1, "padding": 1})
    (launch,) = call.planned(NARROW).launches
    assert "vector.gather" not in print_function(launch.kernel.build())
    call.check()


@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_rows_without_elements_may_keep_values_for_later_passes(shape: tuple[int, ...]) -> None:
    """Those of 16 bits are kept in scratch memory, at the precision of the computation."""
    empty = np.zeros(shape, np.float16)
    for name in ("softmax", "log_softmax"):
        make(name, {"input": empty}, {"dim": -1}).check()
