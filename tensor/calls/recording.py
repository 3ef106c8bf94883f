"""The seam to the tape: which calls it hears of, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ...ops.calls.binding import Binding
from ...ops.language.op import Op
from ..base import TensorBase
from ..interpreters import modes
from .plans import Plan
from .teaching import Learned


class Tape(Protocol):
    """What dispatch needs of the tape; `autograd` sets `recording.tape`."""

    def record(
        self,
        op: Op,
        operands: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        outputs: tuple[Any, ...],
        binding: Binding | None,
        learned: Learned | None = None,
    ) -> None:
        """Gives the outputs their history. `op` is specialised; operands and attributes are those
        that it still has, in its order. For a call in place, `outputs[0]` is the tensor written to
        and `operands[0]` stands for it as it was before, with its old history. `learned` is the
        call as native code knows it, which is then told how to record it."""

    def current_node(self, tensor: Any) -> Any:
        """The node that made a tensor as it is now; None if there is none."""

    def check_inplace(self, target: Any) -> None:
        """Raises RuntimeError if the tensor must not be written in place."""


tape: Tape | None = None


def is_recorded(operands: Sequence[Any]) -> bool:
    """The tape hears of a call with these operands: one of them requires grad."""
    return modes.grad and tape is not None and _any_requires(operands)


def _any_requires(operands: Sequence[Any]) -> bool:
    for x in operands:
        if isinstance(x, TensorBase):
            if x._requires or x._node is not None:
                return True
        elif isinstance(x, (tuple, list)) and _any_requires(x):
            return True
    return False


def record(
    plan: Plan,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    prefix: int,
    outputs: tuple[Any, ...],
    learned: Learned | None = None,
) -> None:
    """Tells the tape of a planned call, with the operands and attributes that its op still has."""
    assert tape is not None
    if len(plan.present) < len(operands):
        operands = tuple([operands[i] for i in plan.present])
    if len(plan.kept) < len(attributes):
        attributes = tuple([attributes[i] for i in plan.kept])
    tape.record(plan.op, operands, attributes, prefix, outputs, plan.binding, learned)
