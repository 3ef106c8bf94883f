"""Calls that cannot be: what must hold, what was seen, and the type of the error."""

from __future__ import annotations

import re

import pytest
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.errors import (
    ArgumentError,
    ArgumentValueError,
    DimensionError,
    DtypeError,
    RequirementError,
    ShapeError,
)

from .bindings import OPS, argument, call, integers


@pytest.mark.parametrize(
    ("name", "attributes", "operands", "error", "message"),
    [
        ("softmax", {"dim": 5}, {"input": (2, 3)}, DimensionError,
         "softmax: dim must be in [-2, 1], got 5: Dimension out of range (expected to be in range "
         "of [-2, 1], but got 5)"),
        ("softmax", {"dim": 1}, {"input": ()}, DimensionError, "dim must be in [-1, 0], got 1"),
        ("sum", {"dim": [0, -2]}, {"input": (2, 3)}, ShapeError,
         "dim 0 appears multiple times in the list of dims"),
        ("add", {}, {"input": (2, 3), "other": (4,)}, ShapeError,
         "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dim"),
        ("add", {}, {"input": (2, 3), "other": (4,)}, ShapeError, "input [2, 3], other [4]"),
        ("matmul", {}, {"input": (3, 4), "other": (5, 2)}, ShapeError,
         "matmul: axis K of other is 5, but 4 is needed to fit input; input [3, 4], other [5, 2]"),
        ("matmul", {}, {"input": (), "other": (5, 2)}, ShapeError,
         "matmul: input must have at least 1 dim: requires Number[..., M?, K], got shape []"),
        ("addmm", {}, {"input": (5, 4), "mat1": (3, 4), "mat2": (4, 5)}, ShapeError,
         "addmm: axis M of input is 5, but 3 is needed to fit mat1"),
        ("addmm", {}, {"input": (1, 1, 1), "mat1": (3, 4), "mat2": (4, 5)}, ShapeError,
         "addmm: input must have 0 to 2 dims: requires Number[M?, N?], got shape [1, 1, 1]"),
        ("conv2d", {}, {"input": (3, 5, 5), "weight": (4, 2, 3, 3)}, ShapeError,
         "conv2d: axis C of weight is 2, but 3 is needed to fit input"),
        ("conv2d", {"groups": 2}, {"input": (3, 5, 5), "weight": (4, 1, 3, 3)}, ShapeError,
         "axis C of input must be whole: requires G*C to be a multiple of 2, got 3"),
        ("conv2d", {"stride": 0}, {"input": (1, 5, 5), "weight": (1, 1, 3, 3)}, RequirementError,
         "conv2d: stride must be positive: got stride = (0, 0)"),
        ("conv2d", {}, {"input": (1, 2, 5), "weight": (1, 1, 3, 3)}, ShapeError,
         "the kernel must fit into the padded input: got OH = 0, OW = 3"),
        ("conv2d", {"stride": (1, 2, 3)}, {"input": (1, 5, 5), "weight": (1, 1, 3, 3)},
         ArgumentValueError, "stride must have 2 elements"),
        ("nll_loss", {}, {"input": (4, 3), "target": integers(2)}, ShapeError,
         "nll_loss: axis B of target is 2, but 4 is needed to fit input"),
        ("nll_loss", {}, {"input": (4, 3), "target": integers()}, ShapeError,
         "nll_loss: axis B of target is missing, but 4 is needed to fit input"),
        ("nll_loss", {}, {"input": (4, 3), "target": (4,)}, DtypeError,
         "nll_loss: dtype of target must be integer: requires Integer, got target float32"),
        ("layer_norm", {"normalized_shape": [4]}, {"input": (2, 5)}, ShapeError,
         "layer_norm: axis N of input is [5], but [4] is needed to fit normalized_shape"),
        ("layer_norm", {"normalized_shape": [5]}, {"input": (2, 1)}, ShapeError, "axis N of input"),
        ("mse_loss", {}, {"input": (3,), "target": (4,)}, ShapeError,
         "mse_loss: axis S of target is [4], but [3] is needed to fit input"),
        ("full", {"size": [2, -1], "fill_value": 0}, {}, ArgumentValueError,
         "full: a size must not be negative"),
        ("softmax", {"dim": 0}, {"input": integers(3)}, DtypeError,
         "softmax: dtype of input must be floating point: requires Float, got input int64"),
        ("softmax", {"dim": "a"}, {"input": (3,)}, ArgumentError,
         "softmax(): argument 'dim' must be int, not str"),
        ("softmax", {"dim": 1.0}, {"input": (3,)}, ArgumentError, "must be int, not float"),
        ("softmax", {}, {"input": (3,)}, ArgumentError, "missing required argument 'dim'"),
        ("softmax", {"dim": 0, "axis": 1}, {"input": (3,)}, ArgumentError,
         "softmax() got an unexpected argument 'axis'"),
        ("sum", {"keepdim": "no"}, {"input": (3,)}, ArgumentError, "must be bool, not str"),
    ],
)  # fmt: skip
def test_calls_that_cannot_be_are_errors(
    name: str,
    attributes: dict[str, object],
    operands: dict[str, object],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        call(name, attributes, **operands)


def test_errors_are_of_pytorchs_types() -> None:
    with pytest.raises(IndexError):
        call("softmax", {"dim": 5}, input=(2,))
    with pytest.raises(RuntimeError):
        call("add", input=(2,), other=(3,))
    with pytest.raises(TypeError):
        call("softmax", {"dim": None}, input=(2,))
    for kind in (RuntimeError, ValueError):  # a requirement on attributes alone is both
        with pytest.raises(kind):
            call("conv2d", {"stride": 0}, input=(1, 5, 5), weight=(1, 1, 3, 3))


def test_mapped_dims_must_have_equal_extents() -> None:
    with pytest.raises(ShapeError, match="mapped dims must have equal extents: requires 5, got 4"):
        call("add", prefix=1, input=(5, 2), other=(4, 2))


def test_wrong_operands_are_errors() -> None:
    op = OPS["matmul"]
    with pytest.raises(ArgumentError, match=r"matmul\(\) missing required argument 'other'"):
        bind(op, {"input": argument((2, 2))}, {})
    with pytest.raises(ArgumentError, match="unexpected argument 'third'"):
        bind(op, dict.fromkeys(("input", "other", "third"), argument((2, 2))), {})
