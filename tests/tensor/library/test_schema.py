"""Schemas: written, read, inferred from annotations, and arguments held to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.library import infer_schema
from tensorsmith.tensor.library.arguments import bind
from tensorsmith.tensor.library.schema import parse_schema

TEXTS = (
    'lib::f(Tensor x, SymInt n, float k=1., *, str s="a") -> Tensor',
    "lib::f.out(Tensor(a0!) x, Tensor? y, SymInt[] z) -> (Tensor, Tensor)",
    "lib::f(Tensor[] xs, Tensor?[] ys, SymInt[2]? size=None, bool flag=True) -> Tensor[]",
    "lib::f(Tensor x, ScalarType d, Device e=None, Scalar f=2) -> ()",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_schema_prints_as_it_was_written(text: str) -> None:
    assert str(parse_schema(text)) == text


def test_a_schema_takes_the_namespace_that_it_lacks() -> None:
    assert parse_schema("f(Tensor x) -> Tensor", "lib").name == "lib::f"


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("f(Tensr x) -> Tensor", "no type Tensr; did you mean Tensor", "Tensr"),
        ("f(Tensor) -> Tensor", "an argument must be written 'Type name'", "Tensor"),
        ("f(Tensor x, Tensor x) -> Tensor", "x must be named once", "Tensor x"),
        ("f(int n=1, Tensor x) -> Tensor", "after one with a default must have one", "Tensor x"),
        ("f(int n=g) -> Tensor", "a default must be a number", "g"),
        ("f(int(a!) n) -> Tensor", "only Tensors can be written", "int(a!) n"),
        ("f(Tensor x) -> str", "a result must be one of Tensor", "str"),
        ("f(Tensor x) -> 2", "a result must be written 'Type'", "2"),
        ("f(Tensor x)", "a schema must be written", ""),
    ],
)
def test_a_wrong_schema_is_marked_where_it_is_wrong(text: str, message: str, marked: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_schema(text, "lib")
    lines = str(caught.value).split("\n")
    assert message in lines[0]
    if marked:
        start = lines[2].index("^")
        assert lines[1][start : start + len(marked)] == marked


def test_a_name_without_a_namespace_is_refused() -> None:
    with pytest.raises(ValueError, match="'namespace::name'"):
        parse_schema("f(Tensor x) -> Tensor")


# annotations


def documented(
    x: ts.Tensor,
    y: ts.Tensor | None,
    z: Sequence[int],
    *,
    d: ts.dtype,
    e: ts.device | None = None,
    f: int | float | bool = 2,
    t: list[ts.Tensor | None],
) -> tuple[ts.Tensor, ts.Tensor]:
    """For its annotations."""
    raise NotImplementedError


def test_a_schema_is_inferred_as_pytorch_infers_it() -> None:
    assert infer_schema(documented, mutates_args={"x"}) == (
        "(Tensor(a0!) x, Tensor? y, SymInt[] z, *, ScalarType d, Device? e=None, Scalar f=2, "
        "Tensor?[] t) -> (Tensor, Tensor)"
    )
    assert infer_schema(documented, mutates_args="unknown", op_name="f").startswith(
        "f(Tensor(a0!) x, Tensor(a1!)? y"
    )


def unannotated(x, y):  # type: ignore[no-untyped-def]
    """Lacks annotations."""


def without_result(x: ts.Tensor):  # type: ignore[no-untyped-def]
    """Lacks that of the result."""


def variadic(*xs: ts.Tensor) -> None:
    """Takes any number."""


def strange(x: dict[str, int]) -> None:
    """Takes what a schema has no word for."""


def wordy(x: ts.Tensor) -> str:
    """Returns what a schema has no word for."""
    return ""


def unknown(x: Nothing) -> None:  # type: ignore[name-defined]  # noqa: F821
    """Annotated with a name that does not exist."""


@pytest.mark.parametrize(
    ("function", "mutates", "message"),
    [
        (unannotated, (), "Parameter x must have a type annotation"),
        (without_result, (), "No return type annotation was provided"),
        (variadic, (), "positional-only arguments, .args and ..kwargs are not supported"),
        (strange, (), "Parameter x has unsupported type"),
        (wordy, (), "Return has unsupported type"),
        (unknown, (), "must be known names"),
        (documented, {"q"}, r"\['q'\] are not in the signature"),
        (documented, {"z"}, "Parameter z is in mutates_args, but only Tensors"),
    ],
)
def test_what_has_no_schema_is_refused(function: Any, mutates: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        infer_schema(function, mutates_args=mutates)


# arguments

F = parse_schema("lib::f(Tensor x, int[2] size=1, *, float k=1.0, Tensor[]? more=None) -> Tensor")


def test_arguments_are_put_in_order_and_defaults_filled_in() -> None:
    x = ts.ones(2)
    assert bind(F, (x,), {}) == (x, (1, 1), 1.0, None)
    assert bind(F, (x, 3), {"k": 2}) == (x, (3, 3), 2.0, None)
    assert bind(F, (), {"x": x, "size": [3, 4], "more": [x]}) == (x, (3, 4), 1.0, (x,))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((), {}, "is missing value for argument 'x'"),
        ((1,), {}, "Expected a value of type 'Tensor' for argument 'x' but instead found type "
                   "'int'.\nPosition: 0\nDeclaration: lib::f"),
        ((ts.ones(1), 1, 2.0), {}, "takes at most 2 positional arguments, but 3 were given"),
        ((ts.ones(1),), {"x": ts.ones(1)}, "got argument 'x' twice"),
        ((ts.ones(1),), {"q": 1}, "Unknown keyword argument 'q' for operator 'lib::f'"),
        ((ts.ones(1), "a"), {}, "Expected a value of type 'int[2]'"),
        ((ts.ones(1),), {"more": [1]}, "instead found type 'list[int]'"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_named(arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        bind(F, arguments, options)
    assert message in str(caught.value)
