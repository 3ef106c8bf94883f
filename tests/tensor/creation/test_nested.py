"""Odd lists: what tensors are made of them, and how those that are no data are refused."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts


class Half:
    """An object with a value."""

    def __float__(self) -> float:
        return 0.5


class Third:
    """An object that counts."""

    def __index__(self) -> int:
        return 3


class Pair:
    """A sequence that is no list."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, place: int) -> float:
        return (1.0, 2.5)[place]


def nested(depth: int) -> Any:
    data: Any = 1.5
    for _ in range(depth):
        data = [data]
    return data


def endless() -> Any:
    data: list[Any] = []
    data.append(data)
    return data


def twisted() -> Any:
    data: list[Any] = [1, 2]
    data.append(data)
    return data


@pytest.mark.parametrize(
    ("data", "options", "shape", "kind", "values"),
    [
        ([], {}, (0,), ts.float32, []),
        ([[], []], {}, (2, 0), ts.float32, [[], []]),
        ([[], [1]], {}, (2, 0), ts.float32, [[], []]),  # as in PyTorch: nothing is to be stored
        ([[[]]], {}, (1, 1, 0), ts.float32, [[[]]]),
        ([[]], {"dtype": ts.int64}, (1, 0), ts.int64, [[]]),
        ([True, 2], {}, (2,), ts.int64, [1, 2]),
        ([True, 2.5], {}, (2,), ts.float32, [1.0, 2.5]),
        ([1.0, 2**70], {}, (2,), ts.float32, [1.0, 2.0**70]),
        ([2**63], {"dtype": ts.float64}, (1,), ts.float64, [2.0**63]),
        (2**70, {"dtype": ts.float64}, (), ts.float64, 2.0**70),
        ([Fraction(1, 4), 1], {"dtype": ts.float32}, (2,), ts.float32, [0.25, 1.0]),
        ([Half()], {"dtype": ts.float32}, (1,), ts.float32, [0.5]),
        (Half(), {"dtype": ts.float64}, (), ts.float64, 0.5),
        ([Third(), 1], {"dtype": ts.int64}, (2,), ts.int64, [3, 1]),
        ([Pair(), [3, 4]], {}, (2, 2), ts.float32, [[1.0, 2.5], [3.0, 4.0]]),
        ([np.ones(2), [1, 2]], {}, (2, 2), ts.float64, [[1.0, 1.0], [1.0, 2.0]]),
        ([ts.tensor(1), np.float32(2)], {}, (2,), ts.float32, [1.0, 2.0]),
        (nested(64), {}, (1,) * 64, ts.float32, nested(64)),
    ],
)  # fmt: skip
def test_odd_lists_have_values(
    data: Any, options: dict[str, Any], shape: tuple[int, ...], kind: ts.dtype, values: Any
) -> None:
    for _ in range(3):  # by Python, and by native code where it knows such lists
        made = ts.tensor(data, **options)
        assert made.dtype is kind and tuple(made.shape) == shape and made.tolist() == values


@pytest.mark.parametrize(
    ("data", "options", "error", "words"),
    [
        ([[1, 2], [3]], {}, ValueError, "expected sequence of length 2 at dim 1"),
        ([[1], []], {}, ValueError, "expected sequence of length 1 at dim 1"),
        ([[1], 2], {}, TypeError, "not a sequence: int at dim 1"),
        ([1, [2]], {}, TypeError, "a number is needed at dim 1"),
        ([True, None], {}, RuntimeError, "Could not infer dtype of NoneType"),
        ([True, None], {"dtype": ts.float32}, TypeError, "must be real number, not NoneType"),
        ([None], {"dtype": ts.int64}, TypeError, "cannot be interpreted as an integer"),
        ([{}], {}, RuntimeError, "Could not infer dtype of dict"),
        (Half(), {}, RuntimeError, "Could not infer dtype of Half"),
        ([Third()], {}, RuntimeError, "Could not infer dtype of Third"),
        ("ab", {}, TypeError, "invalid data type 'str'"),
        (b"ab", {}, TypeError, "invalid data type 'bytes'"),
        ([b"a"], {}, TypeError, "invalid data type 'bytes'"),
        ([2**63], {}, ValueError, "Overflow"),
        ([1.0, 10**400], {}, OverflowError, "too large"),
        ([ts.ones(2), ts.ones(2)], {}, ValueError, "only one element tensors"),
        (nested(65), {}, ValueError, "too many dimensions 'list'"),
        (nested(100_000), {}, ValueError, "too many dimensions 'list'"),
        (endless(), {}, ValueError, "too many dimensions 'list'"),
        (twisted(), {}, TypeError, "a number is needed at dim 1"),
    ],
)
def test_what_is_no_list_of_numbers_is_refused(
    data: Any, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    for _ in range(2):
        with pytest.raises(error, match=words):
            ts.tensor(data, **options)
