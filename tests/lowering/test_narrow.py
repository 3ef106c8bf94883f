"""A matrix times a few vectors is read once, in one launch, and is right whatever its layout."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.cpu.compile import assembly
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.machine import MACHINES, Machine
from tensorsmith.backends.cpu.threads import get_num_threads, set_num_threads
from tensorsmith.lowering.contraction.shape import NarrowShape
from tensorsmith.lowering.ir.verify import verify

from .calls import NARROW, WIDE, Call, make, random

TOLERANCES = {"float64": 1e-11, "float32": 1e-4, "float16": 0.1, "bfloat16": 0.5}


def dtype_of(kind: str) -> np.dtype:
    """The NumPy dtype, bfloat16 too."""
    import ml_dtypes

    return np.dtype(ml_dtypes.bfloat16 if kind == "bfloat16" else kind)


def is_narrow(call: Call) -> bool:
    """Whether a call's launches are those of a matrix times a few vectors."""
    return all(isinstance(one.kernel.key[1], NarrowShape) for one in call.planned().launches)


def product(first: np.ndarray, second: np.ndarray) -> Call:
    """A call of matmul that must go through the kernel of few vectors."""
    call = make("matmul", {"input": first, "other": second})
    assert is_narrow(call)
    return call


def laid_out(array: np.ndarray, turned: bool) -> np.ndarray:
    """The same matrix, its last two dims exchanged in memory."""
    if not turned or array.ndim < 2:
        return array
    return np.swapaxes(np.ascontiguousarray(np.swapaxes(array, -1, -2)), -1, -2)


@pytest.mark.parametrize("kind", list(TOLERANCES))
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("n", "k"), [(2, 2), (5, 9), (8, 16), (13, 40), (37, 70), (131, 17)])
def test_any_count_of_vectors_on_either_side_is_right(
    n: int, k: int, turned: bool, kind: str
) -> None:
    dtype = dtype_of(kind)
    matrix = random(n, k).astype(dtype)
    for shape in ((k,), (k, 1), (k, 2), (k, 3)):
        vectors = random(*shape, seed=1).astype(dtype)
        product(laid_out(matrix, turned), vectors).check(TOLERANCES[kind])
        product(vectors.T, laid_out(matrix, turned).T).check(TOLERANCES[kind])


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("n", "k"), [(600, 700), (9, 20000), (5000, 40)])
def test_sizes_beyond_one_task_are_right(n: int, k: int, turned: bool) -> None:
    matrix = laid_out(random(n, k), turned)
    for shape in ((k,), (k, 3)):
        product(matrix, random(*shape, seed=1)).check(2e-3)


def test_a_batch_of_matrices_is_right() -> None:
    product(random(4, 1, 30), random(4, 30, 50, seed=1)).check()
    product(random(3, 40, 30), random(30, seed=1)).check()
    product(random(4, 40, 30), random(4, 30, 2, seed=1)).check()


def test_vectors_and_results_without_neighbours_in_memory_are_right() -> None:
    product(random(40, 60), random(120, seed=1)[::2]).check()
    product(random(40, 60), random(60, 4, seed=1)[:, ::2]).check()
    call = product(random(40, 60), random(60, seed=1))
    output = np.full(80, 7, np.float32)
    result = call.run({"output": output[::2]})["output"]
    np.testing.assert_allclose(result, call.expected()["output"], rtol=1e-5, atol=1e-5)
    assert (output[1::2] == 7).all()


def test_a_matrix_without_neighbours_in_memory_goes_another_way_and_is_right() -> None:
    call = make("mv", {"input": random(80, 120)[::2, ::2], "vec": random(60, seed=1)})
    assert not is_narrow(call)
    call.check()


@pytest.mark.parametrize(("n", "k"), [(40, 60), (9, 20000)])
def test_an_epilogue_is_applied_once(n: int, k: int) -> None:
    arrays = {"input": random(n), "mat": random(n, k), "vec": random(k, seed=1)}
    call = make("addmv", arrays, {"alpha": 2.0, "beta": 0.5})
    assert is_narrow(call)
    call.check(2e-3)
    wanted = call.expected()["output"]
    result = call.run({"output": call.arrays["input"]})["output"]  # the addend is overwritten
    np.testing.assert_allclose(result, wanted, rtol=2e-3, atol=2e-3)


def test_a_bias_is_added_in_the_same_launch() -> None:
    arrays = {"input": random(2, 64), "weight": random(50, 64), "bias": random(50)}
    call = make("linear", arrays)
    assert is_narrow(call) and len(call.planned().launches) == 1
    call.check()


@pytest.mark.parametrize("shapes", [((50, 60), (60,)), ((60,), (60, 50)), ((3, 60), (60, 50))])
def test_a_small_product_is_one_launch_without_temporaries(
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
) -> None:
    planned = product(random(*shapes[0]), random(*shapes[1])).planned(NARROW)
    assert len(planned.launches) == 1 and not planned.temporaries


def test_calls_that_differ_in_sizes_alone_share_their_kernel() -> None:
    calls = [product(random(n, k), random(k)) for n, k in ((40, 50), (700, 9))]
    one, two = (call.planned().launches[0].kernel for call in calls)
    assert one == two


@pytest.mark.parametrize(
    "shapes", [((3, 200000), (200000,)), ((200000,), (200000, 5)), ((900, 900), (900, 2))]
)
def test_results_do_not_depend_on_threads(
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
) -> None:
    call = product(random(*shapes[0]), random(*shapes[1], seed=1))
    before = get_num_threads()
    results = []
    for threads in (1, 2, 3):
        set_num_threads(threads)
        results.append(call.run()["output"])
    set_num_threads(before)
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


def test_infinities_and_nan_stay_in_their_rows() -> None:
    for turned in (False, True):
        matrix = random(21, 45)
        matrix[3, 44], matrix[20, 7] = np.inf, np.nan
        result = product(laid_out(matrix, turned), np.ones(45, np.float32)).run()["output"]
        assert np.isinf(result[3]) and np.isnan(result[20])
        assert np.isfinite(np.delete(result, [3, 20])).all()


def test_a_long_depth_rounds_little() -> None:
    matrix, vector = np.full((300000, 3), 0.1, np.float32), np.ones(300000, np.float32)
    exact = float(np.float32(0.1)) * 300000
    result = product(vector, matrix).run()["output"]
    np.testing.assert_allclose(result, np.full(3, exact), rtol=2e-5)


@pytest.mark.parametrize("machine", list(MACHINES.values()), ids=list(MACHINES))
@pytest.mark.parametrize("kind", ["float32", "float64", "bfloat16"])
def test_kernels_compile_for_every_machine(machine: Machine, kind: str) -> None:
    dtype = dtype_of(kind)
    matrix, vectors = random(300, 70).astype(dtype), random(70, 2, seed=1).astype(dtype)
    for turned in (False, True):
        call = product(laid_out(matrix, turned), vectors)
        for launch in call.planned(machine.target).launches:
            function = launch.kernel.build()
            verify(function)
            text = assembly(emit(function, machine), machine)
            multiply = "fmla" if machine.target.name == "aarch64" else "vfmadd"
            assert multiply in text or not machine.fma


def test_every_kernel_verifies_for_wide_and_narrow_vectors() -> None:
    for target in (WIDE, NARROW):
        for shapes in (((9, 20000), (20000,)), ((20000,), (20000, 9)), ((600, 700), (700, 3))):
            call = product(random(*shapes[0]), random(*shapes[1]))
            for launch in call.planned(target).launches:
                verify(launch.kernel.build())
