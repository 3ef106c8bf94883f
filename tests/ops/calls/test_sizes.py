"""Sizes, places and shapes of calls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorsmith.ops.calls.binding import Argument, Place
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.entries.read import read_text
from tensorsmith.ops.errors import ShapeError

from .bindings import OPS, argument, call, integers

# shapes and places ------------------------------------------------------------------------------


def test_pointwise_operands_broadcast_from_the_right() -> None:
    binding = call("add", input=(2, 1, 3), other=(4, 1))
    assert binding.shapes["output"] == (2, 4, 3)
    assert binding.batch == (2, 4, 3)
    assert binding.places["input"] == Place((0, None, 2), ())
    assert binding.places["other"] == Place((None, 0, None), ())


def test_an_extent_of_one_is_a_dim_where_the_call_has_one_too() -> None:
    assert call("add", input=(2, 1), other=(1,)).places["other"] == Place((None, 0), ())


def test_empty_tensors_broadcast_with_ones() -> None:
    assert call("add", input=(0, 3), other=(1, 3)).shapes["output"] == (0, 3)


def test_axis_puts_the_core_axis_where_dim_says() -> None:
    binding = call("softmax", {"dim": -2}, input=(2, 3, 4))
    assert binding.sizes == {"N": 3}
    assert binding.batch == (2, 4)
    assert binding.places["input"] == Place((0, 2), ((1,),))
    assert binding.places["output"] == binding.places["input"]
    assert binding.shapes["output"] == (2, 3, 4)


def test_axes_gathers_dims_and_keep_keeps_them() -> None:
    removed = call("sum", {"dim": [2, 0]}, input=(2, 3, 4))
    assert removed.groups["N"] == (2, 4)
    assert removed.places["input"] == Place((1,), ((0, 2),))
    assert removed.shapes["output"] == (3,)
    kept = call("sum", {"dim": [2, 0], "keepdim": True}, input=(2, 3, 4))
    assert kept.shapes["output"] == (1, 3, 1)
    assert kept.places["output"] == Place((1,), ())


@pytest.mark.parametrize("dim", [None, [], (), [0, 1, 2]])
def test_no_dims_are_all_dims(dim: object) -> None:
    binding = call("sum", {"dim": dim}, input=(2, 3, 4))
    assert binding.shapes["output"] == ()
    assert binding.sizes["N"] == 24


@pytest.mark.parametrize("dim", [0, -1])
def test_a_scalar_has_a_dim_to_reduce(dim: int) -> None:
    binding = call("softmax", {"dim": dim}, input=())
    assert (binding.sizes["N"], binding.shapes["output"]) == (1, ())
    assert binding.places["output"].core == ((),)
    assert call("sum", {"dim": dim, "keepdim": True}, input=()).shapes["output"] == ()


def test_an_index_of_another_length_lies_at_the_same_dim() -> None:
    binding = call("gather", {"dim": 0}, input=(3, 5), index=integers(7, 5))
    assert binding.shapes["output"] == (7, 5)
    assert binding.sizes == {"N": 3, "M": 7}
    assert binding.places["output"] == Place((1,), ((0,),))


def test_results_without_the_axis_lose_it_or_keep_it() -> None:
    assert call("max.1", {"dim": 1}, input=(2, 3, 4)).shapes == {
        "values": (2, 4),
        "indices": (2, 4),
    }
    kept = call("max.1", {"dim": 1, "keepdim": True}, input=(2, 3, 4))
    assert kept.shapes["indices"] == (2, 1, 4)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((3, 4), (4, 5), (3, 5)),
        ((4,), (4, 5), (5,)),
        ((3, 4), (4,), (3,)),
        ((4,), (4,), ()),
        ((2, 1, 3, 4), (6, 4, 5), (2, 6, 3, 5)),
        ((4,), (7, 4, 5), (7, 5)),
        ((7, 3, 4), (4,), (7, 3)),
        ((3, 0), (0, 5), (3, 5)),
    ],
)
def test_optional_axes_are_missing_where_the_rank_leaves_no_room(
    left: tuple[int, ...], right: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert call("matmul", input=left, other=right).shapes["output"] == expected


@pytest.mark.parametrize(
    ("shape", "core"),
    [
        ((3, 5), ((0,), (1,))),
        ((5,), ((None,), (0,))),
        ((3, 1), ((0,), (None,))),
        ((), ((None,), (None,))),
    ],
)
def test_an_optional_axis_broadcasts_where_another_input_has_it_for_certain(
    shape: tuple[int, ...], core: tuple[tuple[int | None, ...], ...]
) -> None:
    binding = call("addmm", input=shape, mat1=(3, 4), mat2=(4, 5))
    assert binding.places["input"].core == core
    assert binding.shapes["output"] == (3, 5)


def test_products_are_solved_for_their_unknown() -> None:
    binding = call("conv2d", {"groups": 2}, input=(5, 4, 6, 6), weight=(6, 2, 3, 3))
    assert {key: binding.sizes[key] for key in "GCF"} == {"G": 2, "C": 2, "F": 3}
    assert binding.shapes["output"] == (5, 6, 4, 4)
    assert binding.places["weight"].batch == (None,)


def test_an_int_stands_for_a_whole_size_tuple() -> None:
    attributes = {"stride": 2, "padding": (1,)}
    binding = call("conv2d", attributes, input=(1, 6, 7), weight=(1, 1, 3, 3))
    assert binding.attributes["stride"] == (2, 2)
    assert binding.attributes["padding"] == (1, 1)
    assert binding.shapes["output"] == (1, 3, 4)


@pytest.mark.parametrize(
    ("scores", "classes", "expected"),
    [((3,), (), ()), ((4, 3), (4,), (4,)), ((4, 3, 2, 5), (4, 2, 5), (4, 2, 5))],
)
def test_groups_take_the_dims_that_remain(
    scores: tuple[int, ...], classes: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    binding = call("nll_loss", {"reduction": "none"}, input=scores, target=integers(*classes))
    assert binding.shapes["output"] == expected
    assert call("nll_loss", input=scores, target=integers(*classes)).shapes["output"] == ()


def test_groups_of_one_name_broadcast() -> None:
    binding = call("mse_loss", input=(3, 1, 4), target=(2, 1))
    assert binding.groups["S"] == (3, 2, 4)
    assert binding.sizes["S"] == 24
    assert binding.places["input"].core == ((0, None, 2),)
    assert binding.places["target"].core == ((None, 0, None),)


def test_a_shape_attribute_says_how_many_dims_a_group_has() -> None:
    binding = call("layer_norm", {"normalized_shape": [3, 4]}, input=(2, 3, 4), weight=(3, 4))
    assert binding.batch == (2,)
    assert binding.places["input"] == Place((0,), ((1, 2),))
    assert binding.places["weight"] == Place((None,), ((0, 1),))


def test_an_op_without_inputs_has_the_shape_that_is_asked_for() -> None:
    assert call("full", {"size": [2, 3], "fill_value": 1}).shapes["output"] == (2, 3)
    assert call("full", {"size": [], "fill_value": 1}).shapes["output"] == ()


# vmap axes --------------------------------------------------------------------------------------


def test_mapped_dims_come_first_and_broadcast() -> None:
    binding = call("add", prefix=1, input=(5, 2, 3), other=(1, 3))
    assert binding.batch == (5, 2, 3)
    assert binding.prefix == 1
    assert binding.places["other"] == Place((None, None, 1), ())
    assert binding.shapes["output"] == (5, 2, 3)


def test_operands_without_batch_have_mapped_dims_too() -> None:
    binding = call("conv2d", {}, prefix=1, input=(7, 2, 3, 5, 5), weight=(7, 4, 3, 3, 3))
    assert binding.places["weight"].batch == (0, None)
    assert binding.places["input"].batch == (0, 1)
    assert binding.shapes["output"] == (7, 2, 4, 3, 3)


def test_dims_are_counted_behind_mapped_ones() -> None:
    binding = call("softmax", {"dim": 0}, prefix=2, input=(7, 6, 2, 3))
    assert binding.places["input"] == Place((0, 1, 3), ((2,),))
    assert call("sum", {}, prefix=1, input=(7, 2, 3)).shapes["output"] == (7,)


def test_mapped_results_without_batch_keep_the_mapped_dims() -> None:
    binding = call("mse_loss", {}, prefix=1, input=(7, 3), target=(1, 3))
    assert binding.shapes["output"] == (7,)
    assert binding.places["target"] == Place((None,), ((1,),))


def test_numbers_have_no_mapped_dims() -> None:
    assert call("add", prefix=1, input=(5, 2), other=2.0).places["other"].batch == (None, None)


# derived ops ------------------------------------------------------------------------------------


def test_a_derived_op_takes_the_sizes_of_the_forward_call() -> None:
    (backward,) = read_text(
        """\
matmul_backward:
  doc: Cotangent of the first factor.
  inputs:
    d_output: Number[..., M?, N?]
    other: Number[..., K, N?]
  outputs:
    d_input: Number[..., M?, K]
  define: d_input[m, k] = sum[n](d_output[m, n] * other[k, n])
  reference: d_output
"""
    )
    forward = call("matmul", input=(4,), other=(2, 4, 3))
    arguments = {"d_output": argument((2, 3)), "other": argument((2, 4, 3))}
    binding = bind(backward, arguments, {}, known=forward)
    assert binding.places["d_output"] == Place((0,), ((), (1,)))
    assert binding.shapes["d_input"] == (2, 4)  # the full batch shape; the caller sums it down


def test_a_cotangent_with_a_mapped_dim_maps_the_derived_call() -> None:
    (backward,) = read_text(
        """\
sum_backward:
  doc: Cotangent of the summands.
  inputs:
    d_output: Number[...]
  attrs:
    dim: Axes(N) = all
    keepdim: Keep(N) = false
  outputs:
    d_input: Number[..., N]
  sizes:
    L: N
  define: d_input[n] = d_output
  reference: d_output
""".replace("  sizes:\n    L: N\n", "")
    )
    attributes = {"dim": [0], "keepdim": True}
    forward = call("sum", attributes, input=(2, 3))
    plain = bind(backward, {"d_output": argument((1, 3))}, attributes, known=forward)
    assert plain.shapes["d_input"] == (2, 3)
    mapped = bind(backward, {"d_output": argument((7, 1, 3))}, attributes, 1, forward)
    assert mapped.shapes["d_input"] == (7, 2, 3)
    assert mapped.batch == (7, 3)


# properties -------------------------------------------------------------------------------------

EXTENTS = st.lists(st.sampled_from([0, 1, 2, 3]), max_size=4).map(tuple)


@given(EXTENTS, EXTENTS)
def test_pointwise_shapes_are_those_of_numpy(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    try:
        expected = np.broadcast_shapes(left, right)
    except ValueError:
        with pytest.raises(ShapeError):
            call("add", input=left, other=right)
        return
    binding = call("add", input=left, other=right)
    assert binding.shapes["output"] == expected
    for name, shape in (("input", left), ("other", right)):
        for dim, extent in zip(binding.places[name].batch, expected):
            assert extent == 1 or dim is None or shape[dim] == extent


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4), st.data(), st.booleans())
def test_reduced_shapes_are_those_of_numpy(
    shape: list[int], data: st.DataObject, keep: bool
) -> None:
    rank = len(shape)
    dims = data.draw(st.lists(st.integers(0, rank - 1), min_size=1, unique=True))
    signed = [dim - rank if data.draw(st.booleans()) else dim for dim in dims]
    binding = call("sum", {"dim": signed, "keepdim": keep}, input=tuple(shape))
    expected = np.sum(np.zeros(shape), axis=tuple(dims), keepdims=keep).shape
    assert binding.shapes["output"] == expected
    batch, core = binding.places["input"].batch, binding.places["input"].core
    assert sorted([*batch, *core[0]]) == list(range(rank))  # type: ignore[type-var]


@given(st.sampled_from(sorted(OPS.keys() - {"transpose", "sort", "silu", "nll_loss"})), st.data())
def test_mapping_adds_a_leading_dim_and_changes_nothing_else(
    name: str, data: st.DataObject
) -> None:
    shapes, attributes = CALLS[name]
    plain = call(name, attributes, **shapes)
    mapped = {
        key: (data.draw(st.sampled_from([1, 5])), *shape.shape)
        for key, shape in ((key, argument(each)) for key, each in shapes.items())
    }
    operands = {key: Argument(shape, argument(shapes[key]).dtype) for key, shape in mapped.items()}
    batched = call(name, attributes, prefix=1, **operands)
    extent = max((shape[0] for shape in mapped.values()), default=1)
    assert batched.shapes == {key: (extent, *shape) for key, shape in plain.shapes.items()}
    assert batched.sizes == plain.sizes
    assert batched.dtypes == plain.dtypes


CALLS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "sigmoid": ({"input": (2, 3)}, {}),
    "add": ({"input": (2, 1), "other": (3,)}, {}),
    "sum": ({"input": (2, 3)}, {"dim": -1}),
    "softmax": ({"input": (2, 3)}, {"dim": 0}),
    "gather": ({"input": (2, 3), "index": integers(2, 5)}, {"dim": 1}),
    "matmul": ({"input": (3,), "other": (2, 3, 4)}, {}),
    "addmm": ({"input": (4,), "mat1": (2, 3), "mat2": (3, 4)}, {}),
    "conv2d": ({"input": (1, 5, 5), "weight": (2, 1, 3, 3), "bias": (2,)}, {"padding": 1}),
    "layer_norm": ({"input": (2, 3), "weight": (3,)}, {"normalized_shape": 3}),
    "mse_loss": ({"input": (2, 3), "target": (3,)}, {}),
    "full": ({}, {"size": (2,), "fill_value": 1.0}),
    "max": ({"input": (2, 3)}, {}),
    "max.1": ({"input": (2, 3)}, {"dim": 0, "keepdim": True}),
}
