"""Values of attributes are converted as PyTorch converts them, or refused with its error types."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.calls.attributes import complete
from tensorsmith.ops.errors import ArgumentError, ArgumentValueError
from tensorsmith.ops.language.op import Op, Output
from tensorsmith.ops.language.signature import parse_attribute, parse_type


def _op(**attributes: str) -> Op:
    specs = tuple(parse_attribute(name, text) for name, text in attributes.items())
    return Op("thing", "x", (), specs, (Output("output", parse_type("Float[]")),))


class Scalar:
    """Something that is a float to Python, and no integer, as a 0-dim float tensor is."""

    def __index__(self) -> int:
        raise TypeError("only integer tensors of a single element can be converted to an index")

    def __float__(self) -> float:
        return 1.5


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("int", np.int32(3), 3),
        ("int", True, 1),
        ("float", 2, 2.0),
        ("float", np.float32(0.5), 0.5),
        ("number", 2, 2),
        ("number", np.int64(2), 2),
        ("number", np.float64(0.5), 0.5),
        ("number", Scalar(), 1.5),
        ("number", 1j, 1j),
        ("bool", 1, True),
        ("bool", np.True_, True),
        ("ints", 3, (3,)),
        ("ints", [1, 2], (1, 2)),
        ("ints", range(2), (0, 1)),
        ("int? = 3", None, None),
        ("Axes(N) = all", [0, 1], (0, 1)),
        ("Axes(N) = all", 1, 1),
        ("Axes(N) = all", None, None),
        ("(SH, SW) = 1", 2, (2, 2)),
        ("(SH, SW) = 1", [2, 3], (2, 3)),
        ("Shape(S)", 4, (4,)),
        ("mean|sum|none = mean", None, "none"),
        ("text = 'left'", "right", "right"),
        ("Dtype = None", dtypes.int8, dtypes.int8),
        ("any", [1, "a"], (1, "a")),
    ],
)
def test_values_are_converted(kind: str, value: object, expected: object) -> None:
    found = complete(_op(a=kind), {"a": value})["a"]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        ("int", 1.0, ArgumentError),
        ("int", "1", ArgumentError),
        ("int", None, ArgumentError),
        ("float", "1", ArgumentError),
        ("float", 1j, ArgumentError),
        ("bool", 2, ArgumentError),
        ("bool", "true", ArgumentError),
        ("number", "1", ArgumentError),
        ("ints", "12", ArgumentError),
        ("ints", [1.5], ArgumentError),
        ("Axis(N)", True, ArgumentError),
        ("Axis(N)", [0], ArgumentError),
        ("text", 1, ArgumentError),
        ("Dtype = None", "int9", ArgumentError),
        ("Dtype = None", 8, ArgumentError),
        ("mean|sum = mean", "max", ArgumentValueError),
        ("(SH, SW)", [1, 2, 3], ArgumentValueError),
        ("Shape(S)", [2, -1], ArgumentValueError),
    ],
)
def test_values_of_the_wrong_kind_are_refused(
    kind: str, value: object, error: type[Exception]
) -> None:
    with pytest.raises(error, match="a"):
        complete(_op(a=kind), {"a": value})


def test_an_attribute_may_follow_another() -> None:
    op = _op(kernel_size="(KH, KW)", stride="(SH, SW) = kernel_size")
    assert complete(op, {"kernel_size": 3})["stride"] == (3, 3)
    assert complete(op, {"kernel_size": 3, "stride": None})["stride"] == (3, 3)
    assert complete(op, {"kernel_size": 3, "stride": (1, 2)})["stride"] == (1, 2)


def test_missing_and_unknown_attributes_are_errors() -> None:
    with pytest.raises(ArgumentError, match=r"thing\(\) missing required argument 'dim'"):
        complete(_op(dim="int"), {})
    with pytest.raises(ArgumentError, match=r"thing\(\) got an unexpected argument 'axis'"):
        complete(_op(dim="int"), {"dim": 1, "axis": 1})
