"""Kernels that order and pick elements are well formed for every target, and right on this one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.machine import MACHINES, detect_machine
from tensorsmith.backends.cpu.run import make_runner
from tensorsmith.lowering.ir.loops import Scalar
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.lowering.launch import Schedule, Target
from tensorsmith.lowering.ordering.first import first_of_rows, is_few
from tensorsmith.lowering.ordering.keys import Elements, elements_of
from tensorsmith.lowering.ordering.long import sort_long
from tensorsmith.lowering.ordering.partition import PIECE, partition_rows
from tensorsmith.lowering.ordering.rows import Wanted, sort_rows
from tensorsmith.lowering.ordering.select import select_of_rows
from tensorsmith.ops.dtype import from_numpy_dtype

KINDS = ["float32", "float64", "float16", "int64", "int32", "int16", "uint8", "bool"]


def data(kind: str, rows: int, length: int) -> np.ndarray:
    """Rows with ties, and with everything that is special about floats."""
    random = np.random.default_rng(rows * length)
    if kind.startswith("float"):
        made = random.standard_normal((rows, length)).round(1).astype(kind)
        for special in (np.nan, -np.nan, -0.0, 0.0, np.inf, -np.inf):
            made[random.random(made.shape) < 0.05] = special
        return made
    if kind == "bool":
        return random.random((rows, length)) < 0.5
    info = np.iinfo(kind)
    made = random.integers(info.min, info.max, (rows, length), kind, endpoint=True)
    made[random.random(made.shape) < 0.3] = info.max
    return made


def order_of(values: np.ndarray, falling: bool) -> np.ndarray:
    """Places in stable order, NaN last, or first when falling."""
    if not falling:
        return np.argsort(values, -1, kind="stable")
    turned = np.flip(np.argsort(np.flip(values, -1), -1, kind="stable"), -1)
    return values.shape[-1] - 1 - turned


def elements(kind: str, falling: bool = False) -> Elements:
    """How elements of a NumPy dtype compare."""
    return elements_of(from_numpy_dtype(np.dtype(kind)), falling)


def target() -> Target:
    """This machine's."""
    return detect_machine().target


def run(planned: Schedule, **arrays: np.ndarray) -> None:
    """Runs a schedule on arrays."""
    runner = make_runner("ordering", planned, detect_machine())
    runner([arrays[name].ctypes.data for name in runner.operands])


def alike(found: np.ndarray, wanted: np.ndarray) -> bool:
    """Equal, NaN and the signs of zeros included."""
    if found.dtype.kind != "f":
        return bool((found == wanted).all())
    numbers = ~np.isnan(wanted)
    signs = np.signbit(found) == np.signbit(wanted)
    return np.array_equal(found, wanted, equal_nan=True) and bool(signs[numbers].all())


@pytest.mark.parametrize("falling", [False, True], ids=["rising", "falling"])
@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_sorted_as_numpy_sorts_them(kind: str, falling: bool) -> None:
    for rows, length in ((1, 1), (3, 47), (2, 161), (5, 1000)):
        values = data(kind, rows, length)
        found, places = np.empty_like(values), np.empty(values.shape, np.int64)
        planned = sort_rows(elements(kind, falling), rows, length, length, Wanted(), target())
        run(planned, input=values, values=found, indices=places)
        order = order_of(values, falling)
        assert (places == order).all()
        assert alike(found, np.take_along_axis(values, order, -1))


@pytest.mark.parametrize("kind", ["float32", "int64", "uint8"])
def test_long_rows_are_sorted_in_pieces(kind: str) -> None:
    for rows, length, kept in ((1, 140_000, 140_000), (2, 65_537, 70)):
        values = data(kind, rows, length)
        found = np.empty((rows, kept), kind)
        places = np.empty((rows, kept), np.int64)
        planned = sort_long(elements(kind), rows, length, kept, Wanted(), target())
        run(planned, input=values, values=found, indices=places)
        order = order_of(values, False)[:, :kept]
        assert (places == order).all()
        assert alike(found, np.take_along_axis(values, order, -1))


@pytest.mark.parametrize("kind", ["float32", "float16", "int64", "bool"])
def test_the_first_few_are_those_of_the_sorted_row(kind: str) -> None:
    for rows, length, k in ((3, 100, 5), (2, 1000, 50), (1, 70_000, 10), (2, 32_769, 7)):
        assert is_few(length, k)
        values = data(kind, rows, length)
        found, places = np.empty((rows, k), kind), np.empty((rows, k), np.int64)
        planned = first_of_rows(elements(kind, True), rows, length, k, Wanted(), target())
        run(planned, input=values, values=found, indices=places)
        order = order_of(values, True)[:, :k]
        assert (places == order).all()
        assert alike(found, np.take_along_axis(values, order, -1))


@pytest.mark.parametrize("falling", [False, True], ids=["rising", "falling"])
@pytest.mark.parametrize("kind", ["float32", "float64", "int32", "uint8"])
def test_one_element_is_that_of_the_sorted_row(kind: str, falling: bool) -> None:
    for rows, length, wanted in ((3, 100, 5), (2, 1000, 999), (1, 5000, 17)):
        values = data(kind, rows, length)
        order = np.take_along_axis(order_of(values, falling), np.full((rows, 1), wanted), -1)
        found, places = np.empty(rows, kind), np.empty(rows, np.int64)
        for given in (wanted, None):
            planned = select_of_rows(
                elements(kind, falling), rows, length, given, Wanted(), target()
            )
            more = {} if given is not None else {"places": np.full(rows, wanted)}
            run(planned, input=values, values=found, indices=places, **more)
            assert (places == order[:, 0]).all()
            assert alike(found, np.take_along_axis(values, order, -1)[:, 0])


def test_a_place_that_no_row_has_is_an_error() -> None:
    planned = select_of_rows(elements("float32"), 2, 5, None, Wanted(False), target())
    values, found = data("float32", 2, 5), np.empty(2, np.int64)
    for wrong in (-1, 5):
        with pytest.raises(IndexError, match=f"got {wrong}"):
            run(planned, input=values, indices=found, places=np.array([0, wrong]))


@pytest.mark.parametrize("true_first", [True, False])
def test_truth_values_are_parted_as_a_stable_sort_parts_them(true_first: bool) -> None:
    random = np.random.default_rng(0)
    for rows, length in ((1, 5), (1, 2 * PIECE + 77), (3, 700), (2, PIECE), (4, 1)):
        holds = random.random((rows, length)) < random.choice([0.5, 0.01])
        wanted = np.argsort(~holds if true_first else holds, -1, kind="stable")
        some = int(np.count_nonzero(holds == true_first, -1).max())
        for kept in {1, some, max(some - 1, 1), length}:
            found = np.empty((rows, kept), np.int64)
            planned = partition_rows(rows, length, kept, true_first, target())
            run(planned, input=holds.view(np.uint8), indices=found)
            assert (found == wanted[:, :kept]).all(), (rows, length, kept)


@pytest.mark.parametrize("density", [0.0, 0.03, 0.5, 1.0])
def test_what_stands_at_places_is_written_with_them_or_alone(density: float) -> None:
    random = np.random.default_rng(1)
    holds, source = random.random((2, PIECE + 300)) < density, random.random((2, PIECE + 300))
    order = np.argsort(~holds, -1, kind="stable")[:, :PIECE]
    wanted = np.take_along_axis(source, order, -1)
    for both in (False, True):
        planned = partition_rows(
            *holds.shape, PIECE, True, target(), Wanted(True, both), Scalar("f64")
        )
        values, places = np.empty((2, PIECE)), np.empty((2, PIECE), np.int64)
        memory = {"indices": places} if both else {}
        run(planned, input=holds.view(np.uint8), source=source, values=values, **memory)
        assert (values == wanted).all() and (not both or (places == order).all())


def every_kernel(machine: Target) -> Sequence[Schedule]:
    """One schedule of each sort."""
    few, wide = elements("float32"), elements("int64", True)
    return [
        sort_rows(few, 3, 50, 50, Wanted(), machine),
        sort_long(wide, 1, 70_000, 70_000, Wanted(), machine),
        first_of_rows(few, 1, 100_000, 3, Wanted(), machine),
        first_of_rows(wide, 100, 1000, 3, Wanted(False), machine),
        select_of_rows(few, 3, 50, None, Wanted(), machine),
        select_of_rows(few, 3, 50, 7, Wanted(True, False), machine),
        partition_rows(3, 100, 50, True, machine),
        partition_rows(3, 100, 50, True, machine, Wanted(), Scalar("f16")),
    ]


@pytest.mark.parametrize("name", MACHINES)
def test_kernels_are_well_formed_and_compile_for_every_target(name: str) -> None:
    machine = MACHINES[name]
    for planned in every_kernel(machine.target):
        for launch in planned.launches[:4]:
            function = launch.kernel.build()
            verify(function)
            assert print_function(function).startswith("module {")
            assert compile_text(emit(function, machine), machine, function.name)


def test_a_new_size_is_the_same_kernel() -> None:
    for length in (1 << 17, 1 << 18):
        for one, other in zip(
            every_kernel(target()),
            [sort_rows(elements("float32"), 9, length, 7, Wanted(), target())],
        ):
            assert one.launches[0].kernel == other.launches[0].kernel
