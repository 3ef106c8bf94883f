"""Loops over lanes are cut where what is asked of a position changes: nothing is asked inside."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.schedule import schedule
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.calls.binding import Argument
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.calls.specialize import specialize
from tensorsmith.ops.registry import registry

TARGET = MACHINES["x86-64-v3"].target


def kernel(
    name: str,
    attributes: dict[str, object],
    shapes: dict[str, tuple[int, ...]],
    strides: dict[str, tuple[int, ...]],
) -> str:
    """The only kernel of a call on float32, as text."""
    op = specialize(registry.get(name), frozenset(shapes), {})
    call = bind(op, {n: Argument(s, dtypes.float32) for n, s in shapes.items()}, attributes)
    (launch,) = schedule(op, call, strides, TARGET).launches
    return print_function(launch.kernel.build())


@pytest.mark.parametrize(
    ("name", "attributes", "parts"),
    [
        ("roll", {"shift": 3, "dim": 1}, 2),
        ("tril", {"diagonal": 0}, 2),
        ("triu", {"diagonal": 1}, 2),
    ],
)
def test_choices_by_position_ask_nothing_of_a_vector(
    name: str, attributes: dict[str, object], parts: int
) -> None:
    strides = dict.fromkeys(("input", "output"), (100, 1))
    text = kernel(name, attributes, {"input": (64, 100)}, strides)
    assert "vector.reduction" not in text and "vector.gather" not in text
    assert "arith.cmpi" in text and text.count("vector.maskedload") <= parts


def test_a_diagonal_reads_one_element_of_a_row() -> None:
    text = kernel("diag_embed", {"offset": 0}, {"input": (64,)}, {"input": (1,), "output": (64, 1)})
    assert "vector.gather" not in text and "vector.reduction" not in text
    assert "memref.load %m0_input" in text


def test_a_number_for_all_lanes_is_read_once() -> None:
    shapes = {"input": (64, 100), "weight": (1,)}
    strides = {"input": (100, 1), "weight": (1,), "output": (100, 1)}
    text = kernel("prelu", {}, shapes, strides)
    assert "vector.gather" not in text and "memref.load %m1_weight" in text


def test_memory_that_is_read_across_and_backwards_goes_through_tiles() -> None:
    strides = {"input": (1, 200), "output": (100, 1)}
    text = kernel("flip", {"dims": (0,)}, {"input": (200, 100)}, strides)
    assert "vector.gather" not in text and "vector.shuffle" in text


@pytest.mark.parametrize("columns", [1, 8, 9, 31, 40, 67])
def test_parts_meet_anywhere(columns: int) -> None:
    """Rows of all lengths, cut before, in and behind each vector."""
    rows = np.arange(3 * columns, dtype=np.float32).reshape(3, columns)
    x = ts.tensor(rows)
    for number in (-columns, -9, -8, -1, 0, 1, 7, 8, 15, 33, columns):
        np.testing.assert_array_equal(x.roll(number, 1).numpy(), np.roll(rows, number, 1))
        np.testing.assert_array_equal(x.tril(number).numpy(), np.tril(rows, number))
        np.testing.assert_array_equal(x.triu(number).numpy(), np.triu(rows, number))
    if columns > 7:
        margins = ts.nn.functional.pad(x[None], (7, 3), mode="reflect")[0]
        np.testing.assert_array_equal(margins.numpy(), np.pad(rows, ((0, 0), (7, 3)), "reflect"))


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("whole", ["int8", "int32"])
def test_floats_are_cut_to_integers_by_way_of_64_bits(kind: str, whole: str) -> None:
    ends = [np.nan, np.inf, -np.inf, 3e9, -3e9, 2.0**31, -(2.0**31), 2.0**31 - 128, 1e18, -129.7]
    with np.errstate(all="ignore"):
        values = np.concatenate([np.linspace(-400, 400, 77), ends, np.linspace(-1, 1, 40)])
        values = values.astype(kind)
        expected = values.astype("int64").astype(whole)
    np.testing.assert_array_equal(ts.tensor(values).to(getattr(ts, whole)).numpy(), expected)


@pytest.mark.parametrize("exponent", [2.0, 3.0, -1.0, 0.5, -0.5, 4.0, 0.0, 2.5])
def test_powers_with_any_exponent_are_exact(exponent: float) -> None:
    values = np.concatenate([np.linspace(0.01, 50, 83), [0.0, np.inf, np.nan, 1e-20, 1e20]])
    with np.errstate(all="ignore"):
        expected = values.astype("f").astype("d") ** exponent
        found = (ts.tensor(values.astype("f")) ** exponent).numpy()
        np.testing.assert_allclose(found, expected.astype("f"), rtol=3e-7)
