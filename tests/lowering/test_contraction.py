"""Sums of products give what their definitions say, whatever shapes, strides and dtypes."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu.compile import assembly
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.machine import MACHINES, Machine
from tensorsmith.backends.cpu.threads import get_num_threads, set_num_threads
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.lowering.launch import Number
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.derivatives.derive import derive_adjoint

from .calls import NARROW, WIDE, Call, argument, kernels, make, random

Arrays = dict[str, np.ndarray]

PRODUCTS: list[tuple[str, Arrays, dict[str, object]]] = [
    ("mm", {"input": random(33, 40), "mat2": random(40, 50)}, {}),
    ("matmul", {"input": random(3, 1, 33, 20), "other": random(4, 20, 35)}, {}),
    ("matmul", {"input": random(3, 9, 20), "other": random(20, 35)}, {}),
    ("bmm", {"input": random(5, 17, 20), "mat2": random(5, 20, 9)}, {}),
    ("linear", {"input": random(2, 9, 20), "weight": random(35, 20), "bias": random(35)}, {}),
    (
        "addmm",
        {"input": random(35), "mat1": random(9, 20), "mat2": random(20, 35)},
        {"alpha": 2.0, "beta": 0.5},
    ),
    (
        "baddbmm",
        {"input": random(5, 9, 35), "batch1": random(5, 9, 20), "batch2": random(5, 20, 35)},
        {"alpha": 2.0, "beta": 0.5},
    ),
    ("conv1d", {"input": random(3, 8, 40), "weight": random(16, 8, 3)}, {"padding": 1}),
    (
        "conv2d",
        {"input": random(2, 8, 10, 21), "weight": random(16, 8, 3, 3), "bias": random(16)},
        {"padding": 1},
    ),
    ("conv2d", {"input": random(2, 8, 11, 9), "weight": random(6, 8, 3, 2)}, {"stride": 2}),
    (
        "conv2d",
        {"input": random(2, 8, 12, 19), "weight": random(6, 4, 5, 3)},
        {"padding": 3, "stride": (3, 2), "dilation": (1, 2), "groups": 2},
    ),
    ("conv2d", {"input": random(2, 8, 12, 19), "weight": random(16, 8, 1, 1)}, {"stride": 2}),
    ("conv2d", {"input": random(2, 3, 14, 14), "weight": random(8, 3, 7, 7)}, {"padding": 3}),
    (
        "conv3d",
        {"input": random(2, 4, 5, 6, 10), "weight": random(8, 4, 3, 2, 3)},
        {"padding": 1, "stride": (1, 2, 1)},
    ),
    ("conv_transpose1d", {"input": random(3, 8, 20), "weight": random(8, 6, 3)}, {"stride": 2}),
    (
        "conv_transpose2d",
        {"input": random(2, 8, 6, 9), "weight": random(8, 5, 3, 4)},
        {"stride": (2, 3), "padding": 1},
    ),
    (
        "conv_transpose3d",
        {"input": random(2, 4, 3, 4, 5), "weight": random(4, 5, 3, 3, 3)},
        {"stride": (1, 2, 1)},
    ),
    (
        "scaled_dot_product_attention",
        {"query": random(2, 3, 9, 8), "key": random(2, 3, 17, 8), "value": random(2, 3, 17, 6)},
        {"scale": 0.25},
    ),
]
NAMES = [f"{name}{number}" for number, (name, _, _) in enumerate(PRODUCTS)]


def adjoint(call: Call) -> Call:
    """The adjoint of a call for all of its operands, with random cotangents."""
    op = derive_adjoint(call.op, frozenset(call.arrays))
    known = {**call.arrays, **call.expected()}
    for seed, output in enumerate(call.op.outputs):
        shape = call.binding.shapes[output.name]
        known[f"d_{output.name}"] = random(*shape, seed=9 + seed)
    arrays = {
        item.name: np.asarray(known[item.name], np.float32)
        for item in op.inputs
        if item.name in known
    }
    given = {name: argument(value) for name, value in arrays.items()}
    binding = bind(op, given, call.binding.attributes, known=call.binding)
    return Call(op, binding, dict(arrays))


@pytest.mark.parametrize(("name", "arrays", "attributes"), PRODUCTS, ids=NAMES)
def test_products_go_through_the_engine_and_are_right(
    name: str, arrays: Arrays, attributes: Mapping[str, object]
) -> None:
    call = make(name, arrays, attributes)
    assert kernels(call)
    call.check(2e-5)


@pytest.mark.parametrize(("name", "arrays", "attributes"), PRODUCTS, ids=NAMES)
def test_adjoints_go_through_the_engine_and_are_right(
    name: str, arrays: Arrays, attributes: Mapping[str, object]
) -> None:
    call = adjoint(make(name, arrays, attributes))
    assert kernels(call)
    call.check(5e-5)


@pytest.mark.parametrize("m", [1, 4, 5, 14, 15, 29])
@pytest.mark.parametrize("n", [1, 5, 16, 31, 33])
@pytest.mark.parametrize("k", [1, 17, 260])
def test_sizes_around_the_edges_of_tiles_are_right(m: int, n: int, k: int) -> None:
    make("mm", {"input": random(m, k), "mat2": random(k, n, seed=1)}).check(5e-5)


@pytest.mark.parametrize("turned", ["nn", "nt", "tn", "tt"])
@pytest.mark.parametrize(("m", "n"), [(7, 70), (65, 49), (131, 17), (34, 130)])
@pytest.mark.parametrize("k", [3, 130, 700])
@pytest.mark.parametrize("kind", ["float32", "float64", "bfloat16"])
def test_matrices_of_any_layout_are_right(turned: str, m: int, n: int, k: int, kind: str) -> None:
    import ml_dtypes

    dtype = ml_dtypes.bfloat16 if kind == "bfloat16" else np.dtype(kind)
    first, second = random(m, k).astype(dtype), random(k, n, seed=1).astype(dtype)
    if turned[0] == "t":
        first = np.ascontiguousarray(first.T).T
    if turned[1] == "t":
        second = np.ascontiguousarray(second.T).T
    tolerance = {"float64": 1e-11, "float32": 1e-4, "bfloat16": 0.3}[kind]
    make("mm", {"input": first, "mat2": second}).check(tolerance)


def test_matrices_without_neighbours_in_memory_are_right() -> None:
    first, second = random(100, 1400)[::2, ::2], random(1400, 150, seed=1)[::2, ::2]
    make("mm", {"input": first, "mat2": second}).check(1e-4)
    call = make("mm", {"input": random(50, 700), "mat2": random(700, 75, seed=1)})
    output = np.full((100, 150), 7, np.float32)[::2, ::2]
    result = call.run({"output": output})["output"]
    np.testing.assert_allclose(result, call.expected()["output"], rtol=1e-4, atol=1e-4)
    assert result.base is not None and (result.base[1::2] == 7).all()


def test_an_epilogue_is_applied_once_after_all_blocks_of_the_depth() -> None:
    arrays = {"input": random(70, 90), "mat1": random(70, 1000), "mat2": random(1000, 90, seed=1)}
    make("addmm", arrays, {"alpha": 2.0, "beta": 0.5}).check(1e-3)
    call = make("addmm", arrays, {"alpha": 2.0, "beta": 0.5})
    wanted = call.expected()["output"]
    result = call.run({"output": call.arrays["input"]})["output"]  # the addend is overwritten
    np.testing.assert_allclose(result, wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("m", "k", "n"), [(8, 8, 8), (4, 8, 40), (30, 64, 33), (64, 64, 64)])
def test_a_small_product_is_one_launch_without_temporaries(m: int, k: int, n: int) -> None:
    for name, arrays in (
        ("mm", {"input": random(m, k), "mat2": random(k, n)}),
        ("linear", {"input": random(m, k), "weight": random(n, k), "bias": random(n)}),
    ):
        planned = make(name, arrays).planned(NARROW)
        assert len(planned.launches) == 1 and not planned.temporaries


def test_a_bias_is_added_in_the_pass_that_multiplies() -> None:
    arrays = {"input": random(512, 600), "weight": random(512, 600), "bias": random(512)}
    assert len(make("linear", arrays).planned().launches) == 1


def test_infinities_and_nan_stay_in_their_rows_and_columns() -> None:
    first, second = random(37, 50), random(50, 45, seed=1)
    first[20, 7], second[3, 44] = np.inf, np.nan
    result = make("mm", {"input": first, "mat2": second}).run()["output"]
    wanted = np.isfinite(first @ second)
    np.testing.assert_array_equal(np.isfinite(result), wanted)
    assert np.isnan(result[:, 44]).all() and np.isinf(result[20, :44]).all()


@pytest.mark.parametrize("machine", list(MACHINES.values()), ids=list(MACHINES))
@pytest.mark.parametrize("kind", ["float32", "float64", "bfloat16"])
def test_products_compile_for_every_machine(machine: Machine, kind: str) -> None:
    import ml_dtypes

    dtype = ml_dtypes.bfloat16 if kind == "bfloat16" else np.dtype(kind)
    first, second = random(300, 700).astype(dtype), random(300, 700, seed=1).astype(dtype).T
    for launch in make("mm", {"input": first, "mat2": second}).planned(machine.target).launches:
        function = launch.kernel.build()
        verify(function)
        text = assembly(emit(function, machine), machine)
        multiply = "fmla" if machine.target.name == "aarch64" else "vfmadd"
        assert multiply in text or not machine.fma


@pytest.mark.parametrize(("m", "k", "n"), [(0, 8, 8), (8, 0, 8), (8, 8, 0), (0, 0, 0)])
def test_zero_sizes_give_zeros_or_nothing(m: int, k: int, n: int) -> None:
    call = make("mm", {"input": random(m, k), "mat2": random(k, n)})
    np.testing.assert_array_equal(call.run()["output"], np.zeros((m, n), np.float32))


def test_a_size_beyond_one_block_and_one_task_is_right() -> None:
    make("mm", {"input": random(401, 530), "mat2": random(530, 270, seed=1)}).check(2e-4)


@pytest.mark.parametrize("kind", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("place", [0, 4, 8, 15])
def test_every_float_dtype_is_multiplied(kind: str, place: int) -> None:
    import ml_dtypes

    name, arrays, attributes = PRODUCTS[place]
    dtype = ml_dtypes.bfloat16 if kind == "bfloat16" else np.dtype(kind)
    given = {operand: array.astype(dtype) for operand, array in arrays.items()}
    tolerance = {"float64": 1e-12, "float16": 2e-2, "bfloat16": 2e-1}[kind]
    make(name, given, attributes).check(tolerance)


@pytest.mark.parametrize("turned", [(False, True), (True, False), (True, True)])
def test_transposed_operands_are_right(turned: tuple[bool, bool]) -> None:
    first = random(40, 33).T if turned[0] else random(33, 40)
    second = random(50, 40, seed=1).T if turned[1] else random(40, 50, seed=1)
    make("mm", {"input": first, "mat2": second}).check()


def test_strided_and_expanded_operands_are_right() -> None:
    first = random(66, 80)[::2, ::2]
    second = np.broadcast_to(random(40, 1, seed=1), (40, 50))
    make("mm", {"input": first, "mat2": second}).check()
    images = np.transpose(random(2, 9, 10, 8), (0, 3, 1, 2))
    make("conv2d", {"input": images, "weight": random(16, 8, 3, 3)}, {"padding": 1}).check(2e-5)


def test_results_may_lie_in_any_order() -> None:
    call = make(
        "conv2d", {"input": random(2, 8, 9, 10), "weight": random(6, 8, 3, 3)}, {"padding": 1}
    )
    output = np.transpose(np.full((2, 9, 10, 6), 7, np.float32), (0, 3, 1, 2))
    result = call.run({"output": output})["output"]
    np.testing.assert_allclose(result, call.expected()["output"], rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("place", [0, 8, 15])
def test_results_do_not_depend_on_threads(place: int) -> None:
    name, arrays, attributes = PRODUCTS[place]
    if name == "mm":
        arrays = {"input": random(300, 400), "mat2": random(400, 500)}
    before = get_num_threads()
    results = []
    for threads in (1, 2):
        set_num_threads(threads)
        results.append(
            [make(name, arrays, attributes).run(), adjoint(make(name, arrays, attributes)).run()]
        )
    set_num_threads(before)
    for one, two in zip(*results):
        for name, value in one.items():
            np.testing.assert_array_equal(value, two[name])


def test_infinite_elements_beside_padding_stay_where_they_are() -> None:
    images = random(1, 4, 6, 6)
    images[0, 0, 2, 2] = np.inf
    call = make(
        "conv2d", {"input": images, "weight": np.ones((4, 4, 3, 3), np.float32)}, {"padding": 1}
    )
    finite = np.isfinite(call.run()["output"][0, 0])
    assert not finite[1:4, 1:4].any() and finite.sum() == 36 - 9


def test_a_stride_of_two_gives_four_classes_without_holes() -> None:
    arrays = {"input": random(2, 8, 6, 9), "weight": random(8, 5, 4, 4)}
    launches = make("conv_transpose2d", arrays, {"stride": 2, "padding": 1}).planned().launches
    parts = [launch for launch in launches if launch.kernel.key[0] == "contraction"]
    assert len(parts) == 4
    depth = [dict(zip(p.kernel.key[1].numbers, _numbers(p.arguments)))["K"] for p in parts]
    assert depth == [8 * 2 * 2] * 4


def _numbers(arguments: tuple[object, ...]) -> list[int]:
    return [a.value for a in arguments if isinstance(a, Number)]


def test_calls_that_differ_in_sizes_alone_share_their_kernels() -> None:
    one, two = (
        make("mm", {"input": random(140, k), "mat2": random(k, n)}) for k, n in [(20, 70), (30, 90)]
    )
    assert kernels(one) == kernels(two)


def test_every_kernel_verifies_for_wide_and_narrow_vectors() -> None:
    for target in (WIDE, NARROW):
        for name, arrays, attributes in PRODUCTS[::3]:
            call = make(name, arrays, attributes)
            for launch in (*call.planned(target).launches, *adjoint(call).planned(target).launches):
                verify(launch.kernel.build())


def test_innermost_loops_are_loads_broadcasts_and_multiply_adds() -> None:
    """A tile has 14, 8, 4, 2 or 1 rows, and two vectors of columns; those of one, not 2 rows."""
    (kernel,) = kernels(make("mm", {"input": random(4, 40), "mat2": random(40, 64)}))
    text = print_function(kernel.build())
    blocks = re.findall(r"scf\.for[^{]*\{(?:(?!scf\.for)[^}])*math\.fma[^}]*\}", text)
    found = set()
    for block in blocks:
        body = [re.sub(r"%\w+", "N", line.strip()) for line in block.splitlines()]
        named = [re.sub(r"^N = ", "", line).split(" ")[0] for line in body[1:-1]]
        names = [n for n in named if not n.startswith(("arith.addi", "arith.muli"))]
        loads = [n for n in names if n.endswith("load") and n.startswith("vector")]
        rows, vectors = names.count("vector.broadcast"), len(loads)
        row = ["memref.load", "vector.broadcast", *["math.fma"] * vectors]
        assert names == [*[loads[0]] * vectors, *row * rows, "scf.yield"]
        found.add((rows, vectors))
    assert found == {(rows, 2) for rows in (14, 8, 4, 2, 1)} | {(rows, 1) for rows in (14, 8, 4, 1)}


def test_a_sum_over_several_variables_is_added_up_from_products_of_matrices() -> None:
    arrays = {"input": random(3, 5, 24, 23), "weight": random(7, 5, 1, 1, seed=1)}
    call = make("conv2d", arrays, {})
    adjoint = derive_adjoint(call.op, frozenset({"weight"}))
    given = {**arrays, "d_output": random(3, 7, 24, 23, seed=2)}
    given = {x.name: given[x.name] for x in adjoint.inputs}
    arguments = {name: argument(value) for name, value in given.items()}
    solved = bind(adjoint, arguments, dict(call.binding.attributes), 0, call.binding)
    gradient = Call(adjoint, solved, given)
    planned = gradient.planned(NARROW)
    assert next(launch.kernel.key[0] for launch in planned.launches) == "contraction"
    assert len(planned.launches) == 2
    assert [t.name for t in planned.temporaries if "parts" in t.name] == ["d_weight%parts"]
    gradient.check(1e-4)


@pytest.mark.parametrize("filters", [4, 64])
@pytest.mark.parametrize("channels", [1, 64])
@pytest.mark.parametrize(("kernel", "stride"), [((1, 1), 1), ((3, 3), 1), ((5, 2), 1), ((3, 3), 2)])
def test_the_backward_of_a_convolution_of_no_images_gives_zeros(
    kernel: tuple[int, int], stride: int, channels: int, filters: int
) -> None:
    x = ts.zeros(0, channels, 8, 8, requires_grad=True)
    weight = ts.ones(filters, channels, *kernel, requires_grad=True)
    bias = ts.ones(filters, requires_grad=True)
    ts.nn.functional.conv2d(x, weight, bias, stride=stride).sum().backward()
    assert tuple(x.grad.shape) == tuple(x.shape)
    assert not weight.grad.any() and not bias.grad.any()
