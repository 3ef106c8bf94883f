"""Fields of objects that were read have the types that their classes state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tensorsmith.ops.calls.binding import Place
from tensorsmith.ops.language.expression import Expression
from tensorsmith.ops.registry import registry
from tensorsmith.tools.kernels.field_types import check_fields, has_type


@pytest.mark.parametrize(
    ("value", "hint", "fits"),
    [
        (3, int, True), (True, int, False), (True, int | bool, True), ("3", int, False),
        (None, int | None, True), (1.5, int | None, False), (object(), object, True),
        ((), tuple[int, ...], True), ((1, "x"), tuple[int, ...], False),
        ("ab", tuple[str, ...], False),
        (("a", 1), tuple[str, int], True), (("a",), tuple[str, int], False),
        ({"N": (2, 3)}, Mapping[str, tuple[int, ...]], True),
        ({"N": 2}, Mapping[str, tuple[int, ...]], False),
        ({1: (2,)}, Mapping[str, tuple[int, ...]], False), ((), Mapping[str, int], False),
        (3, Expression, False),
    ],
)  # fmt: skip
def test_a_value_has_a_type_with_all_its_parts(value: Any, hint: Any, fits: bool) -> None:
    assert has_type(value, hint) is fits


def test_every_entry_has_the_types_that_ops_state() -> None:
    for name in registry.names():
        check_fields(registry.get(name))


def test_the_field_the_type_and_what_was_read_are_named() -> None:
    why = "batch of Place must be tuple[int | None, ...], got ('x',)"
    with pytest.raises(TypeError, match=re.escape(why)):
        check_fields(Place(("x",), ()))  # type: ignore[arg-type]
    long = replace(registry.get("softmax"), doc=("y" * 100,))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"doc of Op must be str, got \('y{55}\.\.\.$"):
        check_fields(long)
