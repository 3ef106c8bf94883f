"""Python's operators on tensors."""

from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts

DIVISIONS: dict[str, Callable[[Any, Any], Any]] = {
    "floor_divide": lambda a, b: a // b,
    "remainder": lambda a, b: a % b,
    "fmod": ts.fmod,
    "div floor": lambda a, b: ts.div(a, b, rounding_mode="floor"),
    "div trunc": lambda a, b: ts.div(a, b, rounding_mode="trunc"),
}


@pytest.mark.parametrize("name", DIVISIONS)
@pytest.mark.parametrize("kind", [ts.int64, ts.int32, ts.uint8])
def test_division_of_integers_by_zero_is_an_error(name: str, kind: Any) -> None:
    divide = DIVISIONS[name]
    ones = ts.ones(67, dtype=kind)
    one_zero = ones.clone()
    one_zero[66] = 0
    for divisor in (0, ts.tensor(0, dtype=kind), one_zero):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            divide(ones, divisor)
    assert divide(ones, ones + 1).numel() == 67  # what lies beyond the last element is no divisor


@pytest.mark.parametrize("name", DIVISIONS)
def test_division_of_floats_by_zero_is_none(name: str) -> None:
    result = DIVISIONS[name](ts.ones(3), 0)
    assert not ts.isfinite(result).any()


def test_nothing_is_divided_where_there_are_no_elements() -> None:
    assert (ts.zeros(0, dtype=ts.int64) // 0).shape == (0,)


def test_integers_to_a_negative_number_are_an_error() -> None:
    with pytest.raises(RuntimeError, match="Integers to negative integer powers are not allowed"):
        ts.tensor([1, 2]) ** -1
    assert (ts.tensor([1, 2]) ** ts.tensor([-1, -1])).tolist() == [1, 0]
    assert (ts.tensor([1.0, 2.0]) ** -1).tolist() == [1.0, 0.5]


@pytest.mark.parametrize(
    ("value", "expected"), [(2.0, [31, 50]), (1.9, [16, 26]), (-1.7, [-14, -22])]
)
def test_addcmul_of_integers_cuts_the_fraction_of_its_factor_off(
    value: float, expected: list[int]
) -> None:
    x, y, z = ts.tensor([1, 2]), ts.tensor([3, 4]), ts.tensor([5, 6])
    assert ts.addcmul(x, y, z, value=value).tolist() == expected
    assert x.addcmul_(y, z, value=value).tolist() == expected
    with pytest.raises(RuntimeError, match="value must fit into int64, got 1j"):
        ts.addcmul(x, y, z, value=1j)


def test_a_result_that_is_read_is_not_resized() -> None:
    for small, other in ((ts.ones(1), ts.ones(3)), (ts.ones(3), ts.ones(4, 3))):
        for operands in ((small, other), (other, small)):
            with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
                ts.add(*operands, out=small)
    matrix = ts.ones(2, 1)
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        ts.mm(matrix, ts.ones(1, 3), out=matrix)
    assert matrix.tolist() == [[1], [1]]
