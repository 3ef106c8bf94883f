"""Dtypes of one call: which inputs promote, and which must have one dtype."""

from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.calls.binding import Argument
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.entries.read import read_text

from .bindings import call, integers

SINGLE, DOUBLE = ts.ones(2, 2), ts.ones(2, 2, dtype=ts.float64)


@pytest.mark.parametrize(
    ("call", "seen"),
    [
        (lambda: SINGLE.mm(DOUBLE), "mm: expected input and mat2 .*: float32 != float64"),
        (lambda: SINGLE @ DOUBLE, "matmul: expected input and other"),
        (lambda: ts.dot(SINGLE[0], ts.tensor([1, 2])), "dot: expected .*: float32 != int64"),
        (lambda: ts.nn.Linear(2, 3)(DOUBLE), "linear: expected input and weight"),
        (
            lambda: ts.conv2d(SINGLE.reshape(1, 1, 2, 2), DOUBLE.reshape(1, 1, 2, 2)),
            "conv2d: expected input and weight",
        ),
    ],
)
def test_tensors_with_core_axes_must_have_one_dtype(call: Callable[[], Any], seen: str) -> None:
    with pytest.raises(RuntimeError, match=seen):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: SINGLE + DOUBLE,
        lambda: ts.outer(SINGLE[0], DOUBLE[0]),
        lambda: ts.kron(SINGLE, DOUBLE),
        lambda: ts.nn.functional.cosine_similarity(SINGLE, DOUBLE),
        lambda: ts.nn.functional.cross_entropy(SINGLE, DOUBLE),
        lambda: ts.nn.functional.mse_loss(SINGLE, DOUBLE),
    ],
)
def test_pointwise_inputs_and_entries_that_say_so_promote(call: Callable[[], Any]) -> None:
    assert call().dtype is ts.float64


def test_numbers_do_not_count() -> None:
    places = ts.zeros(1, 2, dtype=ts.int64)
    assert ts.scatter(SINGLE, 0, places, 2).dtype is ts.float32


def test_one_word_promotes_its_operands_together() -> None:
    binding = call("add", input=integers(2), other=Argument((2,), dtypes.float16))
    assert {each.name for each in binding.dtypes.values()} == {"float16"}
    assert call("add", input=integers(2), other=2.5).dtypes["output"] is dtypes.float32
    assert call("add", input=integers(2), other=2).dtypes["output"] is dtypes.int64


def test_inexact_words_convert_integers_to_the_default_dtype() -> None:
    binding = call("sigmoid", input=integers(2))
    assert binding.dtypes == {"input": dtypes.float32, "output": dtypes.float32}
    half = call("sigmoid", input=Argument((2,), dtypes.bfloat16))
    assert half.dtypes["output"] is dtypes.bfloat16


@pytest.mark.parametrize(
    ("source", "expected"), [("bool", "int64"), ("int8", "int64"), ("float16", "float16")]
)
def test_wide_results_hold_sums(source: str, expected: str) -> None:
    argument = Argument((3,), dtypes.by_name(source))
    assert call("sum", input=argument).dtypes["output"].name == expected


def test_a_dtype_attribute_converts_the_main_word() -> None:
    binding = call("sum", {"dtype": dtypes.float64}, input=integers(3))
    assert binding.dtypes == {"input": dtypes.float64, "output": dtypes.float64}


@pytest.mark.parametrize(
    ("value", "expected"), [(True, "bool"), (3, "int64"), (1.5, "float32"), (1j, "complex64")]
)
def test_an_op_without_inputs_follows_its_numbers(value: object, expected: str) -> None:
    assert call("full", {"size": [2], "fill_value": value}).dtypes["output"].name == expected


def test_named_results_have_their_dtype() -> None:
    assert call("max.1", {"dim": 0}, input=(3,)).dtypes["indices"] is dtypes.int64


def test_none_means_the_extreme_of_the_dtype() -> None:
    (op,) = read_text(
        """\
cap:
  doc: x
  inputs: {input: Real}
  attrs: {most: float? = largest, least: float? = lowest}
  outputs: {output: Real}
  define: output = min(max(input, least), most)
  reference: input
"""
    )
    floats = bind(op, {"input": Argument((2,), dtypes.float16)}, {"most": None})
    assert floats.attributes == {"most": 65504.0, "least": -65504.0}
    small = bind(op, {"input": Argument((2,), dtypes.int8)}, {"least": 0.0})
    assert small.attributes == {"most": 127, "least": 0.0}
