"""Many calls in one: an op on each of some rows of operands, and counts that go up by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...ops.dtype import float32
from ..devices import CPU
from ..layout import strided
from ..native.attach import in_front
from ..tensor import Tensor
from .dispatch import call

COUNT = strided(float32, (), (), CPU)  # the layout of counts


@in_front("call_each")
def call_each(
    name: str, rows: Sequence[tuple[Any, ...]], attributes: tuple[Any, ...], places: tuple[int, ...]
) -> None:
    """Runs an op on each of some rows, in order, and writes its results into operands of the row.

    Args:
        name: Registry name.
        rows: For each call its operands, in the order of the op's inputs.
        attributes: Values in the op's order, the same for all rows.
        places: For each result the number of the operand that it is written into.

    Raises:
        RuntimeError, TypeError, ValueError: What `call` with `out=` raises.
    """
    for row in rows:
        call(name, row, attributes, out=tuple([row[place] for place in places]))


@in_front("count_up")
def count_up(counts: Sequence[Tensor], layout: Any) -> tuple[float, ...]:
    """Adds one to each of some 0-dim tensors, in place; what they are then.

    Args:
        layout: `COUNT`, that of the counts that need no Python.
    """
    return tuple([float(count.add_(1).item()) for count in counts])
