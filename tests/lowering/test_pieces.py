"""Dims that are mirrored, wrapped or resized are read by vectors, not element by element."""

from __future__ import annotations

import pytest
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.schedule import schedule
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.calls.binding import Argument
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.calls.specialize import specialize
from tensorsmith.ops.registry import registry

TARGET = MACHINES["x86-64-v3"].target


def kernels(name: str, attributes: dict[str, object], width: int) -> list[str]:
    """The kernels of an op along rows of 100 elements, as text."""
    op = specialize(registry.get(name), frozenset({"input"}), {})
    call = bind(op, {"input": Argument((64, 100), dtypes.float32)}, attributes)
    planned = schedule(op, call, {"input": (100, 1), "output": (width, 1)}, TARGET)
    return [print_function(launch.kernel.build()) for launch in planned.launches]


def test_what_is_read_backwards_is_loads_and_shuffles() -> None:
    (text,) = kernels("flip", {"dims": (1,)}, 100)
    assert "vector.gather" not in text and "[7, 6, 5, 4, 3, 2, 1, 0]" in text


@pytest.mark.parametrize("name", ["pad_reflect", "pad_circular"])
def test_pieces_are_read_as_they_lie_where_they_do_not_meet(name: str) -> None:
    (text,) = kernels(name, {"before": 3, "after": 4, "dim": 1}, 107)
    assert "vector.gather" not in text and "remui" not in text
    assert "vector.load %m0_input" in text and "vector.maskedload %m0_input" in text


def test_places_of_a_resized_dim_are_a_table() -> None:
    table, rows = kernels("resize_nearest", {"size": 200, "step": 0.5, "dim": 1}, 200)
    assert "arith.fptosi" in table and "arith.fptosi" not in rows and "vector.gather" in rows
