"""Promotion is PyTorch's: a literal table for pairs, and categories for mixed ranks and numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.calls.binding import Argument
from tensorsmith.ops.dtype import (
    DTYPES,
    accumulation,
    by_name,
    can_cast,
    from_numpy_dtype,
    numpy_dtype,
    promote,
    result_type,
)
from tensorsmith.ops.errors import ArgumentError

TABLE = """
      b1  u1  i1  i2  i4  i8  f2  bf  f4  f8  c8  c16
b1    b1  u1  i1  i2  i4  i8  f2  bf  f4  f8  c8  c16
u1    u1  u1  i2  i2  i4  i8  f2  bf  f4  f8  c8  c16
i1    i1  i2  i1  i2  i4  i8  f2  bf  f4  f8  c8  c16
i2    i2  i2  i2  i2  i4  i8  f2  bf  f4  f8  c8  c16
i4    i4  i4  i4  i4  i4  i8  f2  bf  f4  f8  c8  c16
i8    i8  i8  i8  i8  i8  i8  f2  bf  f4  f8  c8  c16
f2    f2  f2  f2  f2  f2  f2  f2  f4  f4  f8  c8  c16
bf    bf  bf  bf  bf  bf  bf  f4  bf  f4  f8  c8  c16
f4    f4  f4  f4  f4  f4  f4  f4  f4  f4  f8  c8  c16
f8    f8  f8  f8  f8  f8  f8  f8  f8  f8  f8  c16 c16
c8    c8  c8  c8  c8  c8  c8  c8  c8  c8  c16 c8  c16
c16   c16 c16 c16 c16 c16 c16 c16 c16 c16 c16 c16 c16
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
SHORT = dict(zip(ROWS[0], DTYPES))


def test_every_pair_promotes_as_the_table_says() -> None:
    for row in ROWS[1:]:
        for column, expected in zip(ROWS[0], row[1:]):
            assert promote(SHORT[row[0]], SHORT[column]) is SHORT[expected], (row[0], column)


def test_every_pair_promotes_as_in_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for a, b in itertools.product(DTYPES, DTYPES):
        expected = torch.promote_types(getattr(torch, a.name), getattr(torch, b.name))
        if expected is torch.complex32:  # not a dtype here
            continue
        assert promote(a, b).name == str(expected).removeprefix("torch."), (a, b)


def _argument(kind: str, name: str) -> Argument:
    shape = (2,) if kind == "dims" else ()
    return Argument(shape, by_name(name), kind == "number")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([("dims", "int32"), ("zero", "int64")], "int32"),
        ([("dims", "int32"), ("number", "int64")], "int32"),
        ([("dims", "int32"), ("number", "float32")], "float32"),
        ([("dims", "float16"), ("zero", "float64")], "float16"),
        ([("dims", "bfloat16"), ("number", "float32")], "bfloat16"),
        ([("dims", "int8"), ("zero", "float64")], "float64"),
        ([("zero", "int8"), ("number", "float32")], "float32"),
        ([("dims", "bool"), ("number", "int64")], "int64"),
        ([("dims", "bool"), ("number", "bool")], "bool"),
        ([("dims", "float64"), ("number", "complex64")], "complex128"),
        ([("dims", "int64"), ("number", "complex64")], "complex64"),
        ([("zero", "float64"), ("dims", "float32"), ("dims", "int64")], "float32"),
        ([("number", "int64"), ("number", "float32")], "float32"),
        ([("number", "int64")], "int64"),
    ],
)
def test_dims_go_before_scalars_and_scalars_before_numbers(
    arguments: list[tuple[str, str]], expected: str
) -> None:
    assert result_type(_argument(*each) for each in arguments) is by_name(expected)


def test_categories_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    values = {"bool": True, "int64": 1, "float32": 1.5, "complex64": 1j}
    for left, right in itertools.product(DTYPES, DTYPES):
        ours = result_type([Argument((2,), left), Argument((), right)])
        theirs = torch.result_type(
            torch.ones(2, dtype=getattr(torch, left.name)),
            torch.ones((), dtype=getattr(torch, right.name)),
        )
        if theirs is not torch.complex32:
            assert ours.name == str(theirs).removeprefix("torch."), (left, right)
    for left, (name, value) in itertools.product(DTYPES, values.items()):
        for shape in ((2,), ()):
            ours = result_type([Argument(shape, left), Argument((), by_name(name), True)])
            theirs = torch.result_type(torch.ones(shape, dtype=getattr(torch, left.name)), value)
            if theirs is not torch.complex32:
                assert ours.name == str(theirs).removeprefix("torch."), (left, value, shape)


def test_mapped_dims_do_not_count_as_dims() -> None:
    mapped = Argument((5,), dtypes.float64)
    whole = Argument((5, 2), dtypes.float32)
    assert result_type([mapped, whole], prefix=1) is dtypes.float32
    assert result_type([mapped, whole]) is dtypes.float64


def test_numbers_take_the_default_dtype() -> None:
    dtypes.set_default_dtype(dtypes.float64)
    try:
        number = Argument((), dtypes.float32, number=True)
        assert result_type([Argument((2,), dtypes.int64), number]) is dtypes.float64
    finally:
        dtypes.set_default_dtype(dtypes.float32)


def test_default_dtype_must_be_floating_point() -> None:
    with pytest.raises(ArgumentError, match="floating point"):
        dtypes.set_default_dtype(dtypes.int64)


def test_results_are_not_written_into_a_lower_kind() -> None:
    assert can_cast(dtypes.int64, dtypes.float16)
    assert can_cast(dtypes.float64, dtypes.float16)
    assert not can_cast(dtypes.float32, dtypes.int64)
    assert not can_cast(dtypes.complex64, dtypes.float64)
    assert not can_cast(dtypes.int8, dtypes.bool_)


def test_halves_accumulate_in_float32_and_integers_in_int64() -> None:
    assert accumulation(dtypes.float16) is dtypes.float32
    assert accumulation(dtypes.bfloat16) is dtypes.float32
    assert accumulation(dtypes.float64) is dtypes.float64
    assert accumulation(dtypes.bool_) is dtypes.int64


def test_numpy_dtypes_go_there_and_back() -> None:
    for each in DTYPES:
        assert from_numpy_dtype(numpy_dtype(each)) is each
    with pytest.raises(ArgumentError, match="uint16"):
        from_numpy_dtype(np.dtype(np.uint16))


def test_dtypes_have_pytorchs_short_names() -> None:
    assert by_name("long") is dtypes.int64
    assert by_name("half") is dtypes.float16
    with pytest.raises(ArgumentError, match="int128"):
        by_name("int128")
