"""Types, inputs, attributes and outputs are read from one line and printed back."""

from __future__ import annotations

import pytest
from tensorsmith.ops.errors import RegistryError
from tensorsmith.ops.language.op import REQUIRED, Axis, Condition, TensorType
from tensorsmith.ops.language.signature import (
    parse_attribute,
    parse_input,
    parse_output,
    parse_type,
    print_attribute,
    print_input,
    print_output,
    print_type,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Float", TensorType("Float", True, (), pointwise=True)),
        ("Float[]", TensorType("Float", False)),
        ("Any[...]", TensorType("Any", True)),
        ("Number2[..., N]", TensorType("Number2", True, (Axis(("N",)),))),
        ("int64[G*C, 3]", TensorType("int64", False, (Axis(("G", "C")), Axis((3,))))),
        (
            "Wide(Number)[B?, *S]",
            TensorType(
                "Wide(Number)", False, (Axis(("B",), optional=True), Axis(("S",), group=True))
            ),
        ),
    ],
)
def test_types_are_read_and_printed(text: str, expected: TensorType) -> None:
    assert parse_type(text) == expected
    assert print_type(expected) == text


@pytest.mark.parametrize("text", ["float", "Float[n]", "Float[N", "Wide(int)", "Float[N1]", "F[N]"])
def test_what_is_not_a_type_is_refused(text: str) -> None:
    with pytest.raises(RegistryError):
        parse_type(text)


@pytest.mark.parametrize(
    "text",
    [
        "int",
        "int? = None",
        "float = 1e-05 -- added to the variance",
        "bool = False",
        "number = 1",
        "number(Float) = 1",
        "mean|sum|none = mean",
        "Axis(N) = -1",
        "Axes(N) = all",
        "Keep(N) = False",
        "Shape(S)",
        "(SH, SW) = 1",
        "(SH, SW) = kernel_size",
        "(SL,) = 0",
        "G = 1",
        "Dtype = None",
        "text = 'left'",
        "float? = largest",
        "ints? = None",
    ],
)
def test_attributes_print_as_they_were_read(text: str) -> None:
    assert print_attribute(parse_attribute("a", text)) == text


def test_an_attribute_without_default_is_required() -> None:
    assert parse_attribute("dim", "Axis(N)").default is REQUIRED


def test_all_means_none_and_a_name_means_another_attribute() -> None:
    assert parse_attribute("dim", "Axes(N) = all").default is None
    stride = parse_attribute("stride", "(SH, SW) = kernel_size")
    assert (stride.default, stride.follows, stride.optional) == (None, "kernel_size", True)


@pytest.mark.parametrize(
    "text", ["integer", "Axis(n)", "mean|sum = max", "int = x + 1", "Axis(N, M)"]
)
def test_what_is_not_an_attribute_is_refused(text: str) -> None:
    with pytest.raises(RegistryError, match="attribute a"):
        parse_attribute("a", text)


def test_an_output_has_cases() -> None:
    text = "Float[*S] if reduction == 'none' else Float[] -- the loss"
    output = parse_output("output", "Float[*S] if reduction == none else Float[]  -- the loss")
    assert output.cases[0][0] == Condition("reduction", "none")
    assert output.type == parse_type("Float[]")
    assert print_output(output) == text


def test_an_input_has_a_default_and_may_be_a_list() -> None:
    bias = parse_input("bias", "Float[N] = -inf   -- added")
    assert bias.default is not None
    assert bias.meaning == "added"
    tensors = parse_input("tensors", "Any...")
    assert tensors.variadic
    assert print_input(tensors, "") == "Any..."
